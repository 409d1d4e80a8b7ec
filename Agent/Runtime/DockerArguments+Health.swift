import AgentProtocol

extension DockerArguments {
    /// The container's health check, and none of its image's.
    ///
    /// The command line only has checks that a shell runs. A check without one (`CMD`) is one whose words mean nothing to
    /// the shell, which gives way to its program: an image for that has to have `/bin/sh`, or another shell of its own.
    ///
    /// - Source: API Reference, HealthCheck; Docker, Engine API, HealthConfig.
    static func health(_ check: HealthCheck?) -> [String] {
        guard let check, check.isEffective else { return ["--no-healthcheck"] }
        var arguments = [
            "--health-cmd=\(shellCommand(check.command))", "--health-interval=\(check.intervalSeconds)s",
            "--health-timeout=\(check.timeoutSeconds)s", "--health-retries=\(check.retries)",
        ]
        if let period = check.startPeriodSeconds { arguments.append("--health-start-period=\(period)s") }
        return arguments
    }

    private static func shellCommand(_ command: [String]) -> String {
        let words = command.dropFirst()
        if command[0] == "CMD-SHELL", let script = words.first {
            // More words than one are parameters of the script.
            return words.count == 1 ? script : exec(["/bin/sh", "-c"] + words)
        }
        return exec(Array(words))
    }

    /// With `exec`, what has the name of a keyword or of a function of the shell is a program all the same.
    private static func exec(_ words: [String]) -> String {
        (["exec"] + words.map(quoted)).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
