import AWSModels

extension TaskDefinitionRule {
    /// How long a container may take to start, and to stop.
    ///
    /// - Unit: seconds.
    /// - Source: ECS core rules, 7.3; API Reference, ContainerDefinition, `startTimeout` and `stopTimeout`.
    static let timeouts: [Self] = [
        .container("startTimeout") { container, _ in timeout("startTimeout", container.startTimeout, of: container) },
        .container("stopTimeout") { container, _ in timeout("stopTimeout", container.stopTimeout, of: container) },
        .container("startTimeout", for: .fargate) { container, _ in
            guard let timeout = container.startTimeout else { return nil }
            if timeout < Limits.fargateTimeoutLeast.value {
                return "Granular start timeout on container '\(container.shownName)' must be at least 2 seconds."
            }
            return timeout > Limits.fargateTimeoutMost.value
                ? "Tasks using the Fargate launch type must have a container start timeout of less than 120 seconds."
                : nil
        },
        .container("stopTimeout", for: .fargate) { container, _ in
            guard let timeout = container.stopTimeout else { return nil }
            if timeout < Limits.fargateTimeoutLeast.value {
                return "Granular stop timeout on container '\(container.shownName)' must be at least 2 seconds."
            }
            return timeout > Limits.fargateTimeoutMost.value
                ? "Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds."
                : nil
        },
    ]

    private static func timeout(_ field: String, _ value: Int?, of container: ECS.ContainerDefinition) -> String? {
        let most = Limits.containerTimeout.value
        guard let value, !(1...most).contains(value) else { return nil }
        return "Invalid '\(field)' setting for container '\(container.shownName)'. It must be from 1 to \(most) "
            + "seconds."
    }
}
