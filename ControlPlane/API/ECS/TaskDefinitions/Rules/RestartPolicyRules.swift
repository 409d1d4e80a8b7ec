import AWSModels

extension TaskDefinitionRule {
    /// - Source: ECS core rules, 7.3; API Reference, ContainerRestartPolicy.
    static let restartPolicy: [Self] = [
        .container("restartPolicy.restartAttemptPeriod") { container, _ in
            let range = Limits.restartAttemptPeriodLeast.value...Limits.restartAttemptPeriodMost.value
            guard let period = container.restartPolicy?.restartAttemptPeriod, !range.contains(period) else {
                return nil
            }
            return "the 'restartAttemptPeriod' setting for container '\(container.shownName)' must be between "
                + "\(range.lowerBound) and \(range.upperBound)"
        },
        .container("restartPolicy.ignoredExitCodes") { container, _ in
            let most = Limits.ignoredExitCodesPerContainer.value
            guard (container.restartPolicy?.ignoredExitCodes?.count ?? 0) > most else { return nil }
            return "the 'ignoredExitCodes' setting for container '\(container.shownName)' can have at most "
                + "\(most) items"
        },
    ]
}
