/// Another container of the task that has to be so far before this one is started, and that outlives it.
///
/// - Source: API Reference, ContainerDependency.
package struct ContainerDependency: Codable, Sendable, Hashable {
    package enum Condition: String, Codable, Sendable, Hashable {
        case start = "START"
        case complete = "COMPLETE"
        case success = "SUCCESS"
        case healthy = "HEALTHY"
    }

    package var containerName: String
    package var condition: Condition

    package init(_ containerName: String, _ condition: Condition) {
        self.containerName = containerName
        self.condition = condition
    }
}

/// When a container that has ended is started again without the task noticing.
///
/// - Source: API Reference, ContainerRestartPolicy. There is one only where `enabled` is true.
package struct RestartPolicy: Codable, Sendable, Hashable {
    /// Exit codes after which it stays stopped.
    package var ignoredExitCodes: [Int]
    /// How long it must have run to be started again. ECS: 60 to 1800, 300 if the definition does not say.
    package var restartAttemptPeriodSeconds: Int

    package init(ignoredExitCodes: [Int] = [], restartAttemptPeriodSeconds: Int = 300) {
        self.ignoredExitCodes = ignoredExitCodes
        self.restartAttemptPeriodSeconds = restartAttemptPeriodSeconds
    }
}

/// How the runtime finds out whether a container is well.
///
/// - Source: API Reference, HealthCheck, whose defaults the control plane has filled in.
package struct HealthCheck: Codable, Sendable, Hashable {
    /// `CMD` or `CMD-SHELL` and what to run; `NONE` alone for no check.
    package var command: [String]
    package var intervalSeconds: Int
    package var timeoutSeconds: Int
    package var retries: Int
    package var startPeriodSeconds: Int?

    package init(
        command: [String], intervalSeconds: Int = 30, timeoutSeconds: Int = 5, retries: Int = 3,
        startPeriodSeconds: Int? = nil
    ) {
        self.command = command
        self.intervalSeconds = intervalSeconds
        self.timeoutSeconds = timeoutSeconds
        self.retries = retries
        self.startPeriodSeconds = startPeriodSeconds
    }

    /// Whether it checks anything: `NONE` does not, nor does a form that runtimes do not know.
    package var isEffective: Bool {
        command.count > 1 && (command[0] == "CMD" || command[0] == "CMD-SHELL")
    }
}
