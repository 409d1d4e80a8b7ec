import AgentProtocol

extension DockerArguments {
    static func settings(_ settings: ContainerSettings) throws(RuntimeError) -> [String] { [] }

    static func logging(_ configuration: LogConfiguration) throws(RuntimeError) -> [String] { [] }
}
