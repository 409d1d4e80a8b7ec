import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// Order, health checks, restarts.
    mutating func takeLifecycle(of container: ECS.ContainerDefinition) {
        let dependencies = (container.dependsOn ?? []).compactMap(ContainerDependency.init)
        dependsOn = dependencies.isEmpty ? nil : dependencies
        startTimeoutSeconds = container.startTimeout
        healthCheck = container.healthCheck.map(HealthCheck.init)
        restartPolicy = container.restartPolicy.flatMap(RestartPolicy.init)
    }
}

extension ContainerDependency {
    /// Nil only for what registration does not let in.
    fileprivate init?(_ dependency: ECS.ContainerDependency) {
        guard let name = dependency.containerName,
            let condition = dependency.condition.flatMap({ Condition(rawValue: $0.rawValue) })
        else { return nil }
        self.init(name, condition)
    }
}

extension HealthCheck {
    fileprivate init(_ check: ECS.HealthCheck) {
        self.init(command: check.command ?? [], startPeriodSeconds: check.startPeriod)
        intervalSeconds = check.interval ?? intervalSeconds
        timeoutSeconds = check.timeout ?? timeoutSeconds
        retries = check.retries ?? retries
    }
}

extension RestartPolicy {
    /// Nil if it is not enabled.
    fileprivate init?(_ policy: ECS.ContainerRestartPolicy) {
        guard policy.enabled == true else { return nil }
        self.init(ignoredExitCodes: policy.ignoredExitCodes ?? [])
        restartAttemptPeriodSeconds = policy.restartAttemptPeriod ?? restartAttemptPeriodSeconds
    }
}
