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
            fargateTimeout("start", container.startTimeout, of: container)
        },
        .container("stopTimeout", for: .fargate) { container, _ in
            fargateTimeout("stop", container.stopTimeout, of: container)
        },
    ]

    private static func timeout(_ field: String, _ value: Int?, of container: ECS.ContainerDefinition) -> String? {
        let most = Limits.containerTimeout.value
        guard let value, !(1...most).contains(value) else { return nil }
        return "Invalid '\(field)' setting for container '\(container.shownName)'. It must be from 1 to \(most) "
            + "seconds."
    }

    private static func fargateTimeout(_ kind: String, _ value: Int?, of container: ECS.ContainerDefinition) -> String?
    {
        let least = Limits.fargateTimeoutLeast.value
        let most = Limits.fargateTimeoutMost.value
        guard let value, !(least...most).contains(value) else { return nil }
        return value < least
            ? "Granular \(kind) timeout on container '\(container.shownName)' must be at least \(least) seconds."
            : "Tasks using the Fargate launch type must have a container \(kind) timeout of less than \(most) seconds."
    }
}
