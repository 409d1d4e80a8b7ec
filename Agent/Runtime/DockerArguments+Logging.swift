import AgentProtocol

extension DockerArguments {
    /// The log driver and its options, which are docker's own.
    static func logging(_ configuration: LogConfiguration) throws(RuntimeError) -> [String] {
        var arguments = ["--log-driver=\(configuration.logDriver)"]
        for (name, value) in configuration.options.sorted(by: { $0.key < $1.key }) {
            let name = try part(name, of: "logConfiguration.options", endedBy: "=")
            arguments.append("--log-opt=\(name)=\(value)")
        }
        return arguments
    }
}
