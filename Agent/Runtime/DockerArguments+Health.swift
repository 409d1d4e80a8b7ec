import AgentProtocol

extension DockerArguments {
    static func health(_ check: HealthCheck?) -> [String] { [] }
}
