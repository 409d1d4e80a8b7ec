import AWSModels

extension TaskDefinitionRule {
    /// - Unit: seconds, but for `retries`.
    /// - Source: ECS core rules, 7.3; API Reference, HealthCheck.
    static let healthCheck: [Self] = [
        .container("healthCheck.command") { container, _ in
            guard let check = container.healthCheck else { return nil }
            let command = check.command ?? []
            if command.isEmpty { return "HealthCheck.command should not be null or empty." }
            if command.contains(where: RuleText.hasNUL) {
                return "The health check command of container '\(container.shownName)' contains a NUL character."
            }
            return ["CMD", "CMD-SHELL"].contains(command[0]) && command.count == 1
                ? "The health check command of container '\(container.shownName)' has nothing to run after "
                    + "\(command[0])." : nil
        },
        .container("healthCheck.interval") { container, _ in
            range("interval", container.healthCheck?.interval, 5...300, "seconds", of: container)
        },
        .container("healthCheck.timeout") { container, _ in
            range("timeout", container.healthCheck?.timeout, 2...60, "seconds", of: container)
        },
        .container("healthCheck.retries") { container, _ in
            range("retries", container.healthCheck?.retries, 1...10, "retries", of: container)
        },
        .container("healthCheck.startPeriod") { container, _ in
            range("startPeriod", container.healthCheck?.startPeriod, 0...300, "seconds", of: container)
        },
    ]

    private static func range(
        _ field: String, _ value: Int?, _ range: ClosedRange<Int>, _ unit: String, of container: ECS.ContainerDefinition
    ) -> String? {
        guard let value, !range.contains(value) else { return nil }
        return "Invalid health check '\(field)' setting for container '\(container.shownName)'. It must be from "
            + "\(range.lowerBound) to \(range.upperBound) \(unit)."
    }
}
