import AWSModels
import AWSProtocol
import ControlPlaneState

/// One thing that ECS asks of a service, as a request would have it: of CreateService and UpdateService alike.
///
/// Rules run in order and the first that is broken answers. What tasks need, launch types, networks and placement, is
/// ``LaunchRule``'s.
struct ServiceRule: Sendable {
    /// What a rule looks at.
    struct Candidate: Sendable {
        /// What the service would be. Its `tasks` are not looked at yet.
        var configuration: ServiceConfiguration
        var request: ServiceRequest
        var isNew: Bool

        fileprivate var isDaemon: Bool { configuration.schedulingStrategy == .daemon }
        fileprivate var isExternal: Bool { configuration.deploymentController == .external }
    }

    /// The field or fields that the rule is about, as the API names them.
    let field: String
    /// What is wrong, in ECS's words where they are known; nil if nothing is.
    let violation: @Sendable (Candidate) -> String?

    private init(_ field: String, _ violation: @escaping @Sendable (Candidate) -> String?) {
        self.field = field
        self.violation = violation
    }

    /// - Throws: InvalidParameterException for the first rule that is broken.
    static func check(_ candidate: Candidate) throws(AWSError) {
        for rule in all {
            if let problem = rule.violation(candidate) { throw .invalidParameter(problem) }
        }
    }

    static let all: [Self] = counts + daemon + percentages + external + others

    private static let counts: [Self] = [
        Self("desiredCount") { candidate in
            guard let count = candidate.request.desiredCount else {
                // The controller of task sets scales them later.
                return candidate.isNew && !candidate.isDaemon && !candidate.isExternal
                    ? "desiredCount must be specified for services with the REPLICA scheduling strategy." : nil
            }
            let most = Limits.tasksPerService.value
            return (0...most).contains(count) ? nil : "desiredCount must be from 0 to \(most); found \(count)."
        },
        Self("healthCheckGracePeriodSeconds") { candidate in
            (candidate.request.healthCheckGracePeriodSeconds ?? 0) < 0
                ? "healthCheckGracePeriodSeconds must be from 0 to 2147483647." : nil
        },
    ]

    /// - Source: ECS core rules, section 8; ECS scheduling rules, 3.1.
    private static let daemon: [Self] = [
        Self("schedulingStrategy, desiredCount") { candidate in
            candidate.isDaemon && candidate.request.desiredCount != nil
                ? "The daemon scheduling strategy does not support a desired count for services. Remove the desired "
                    + "count value and try again." : nil
        },
        Self("schedulingStrategy, deploymentController") { candidate in
            candidate.isDaemon && candidate.isExternal
                ? "The daemon scheduling strategy does not support the EXTERNAL deployment controller." : nil
        },
        Self("schedulingStrategy, maximumPercent") { candidate in
            candidate.isDaemon && candidate.configuration.maximumPercent > 100
                ? "The daemon scheduling strategy does not support values above 100 for maximumPercent. Change the "
                    + "value for maximumPercent, and try again." : nil
        },
        Self("schedulingStrategy, placementStrategy") { candidate in
            candidate.isDaemon && !candidate.configuration.placementStrategy.isEmpty
                ? "The daemon scheduling strategy does not support placement strategies. Remove the placement strategy "
                    + "and try again." : nil
        },
    ]

    /// - Source: ECS core rules, section 8; ECS scheduling rules, 3.2.
    private static let percentages: [Self] = [
        Self("minimumHealthyPercent") { candidate in
            (0...100).contains(candidate.configuration.minimumHealthyPercent)
                ? nil
                : "minimumHealthyPercent must be from 0 to 100; found "
                    + "\(candidate.configuration.minimumHealthyPercent)."
        },
        Self("maximumPercent, minimumHealthyPercent") { candidate in
            let least = candidate.configuration.minimumHealthyPercent
            guard candidate.configuration.maximumPercent == least, least == 0 || least == 100 else { return nil }
            return "Both maximumPercent and minimumHealthyPercent cannot be \(least) as this will block deployments."
        },
        Self("maximumPercent, minimumHealthyPercent") { candidate in
            candidate.configuration.maximumPercent > candidate.configuration.minimumHealthyPercent
                ? nil : "maximumPercent must be greater than minimumHealthyPercent."
        },
        // Fewer than the desired count could never be the desired count.
        Self("maximumPercent") { candidate in
            candidate.configuration.maximumPercent < 100 && !candidate.isDaemon
                ? "maximumPercent must be at least 100; found \(candidate.configuration.maximumPercent)." : nil
        },
    ]

    /// What is said of each task set, and not of the service.
    ///
    /// - Source: ECS scheduling rules, 4.5; API Reference, UpdateService.
    private static let external: [Self] = [
        Self("taskDefinition") { candidate in
            guard candidate.request.taskDefinition != nil, candidate.isExternal else { return nil }
            return candidate.isNew
                ? "TaskDefinition must be blank"
                : "Unable to update task definition on services with an EXTERNAL deployment controller. Use "
                    + "CreateTaskSet to start tasks of another."
        },
        Self("networkConfiguration") { candidate in
            guard candidate.request.networkConfiguration != nil, candidate.isExternal else { return nil }
            return "Unable to update network parameters on services with an EXTERNAL deployment controller. Use "
                + "CreateTaskSet to give tasks another network configuration."
        },
        Self("forceNewDeployment") { candidate in
            candidate.request.forceNewDeployment && candidate.isExternal
                ? "Cannot force a new deployment on services with an EXTERNAL deployment controller. Use CreateTaskSet "
                    + "to start a new deployment." : nil
        },
        Self("launchType, capacityProviderStrategy, platformVersion") { candidate in
            let request = candidate.request
            guard candidate.isExternal else { return nil }
            return request.launchType != nil || request.capacityProviderStrategy != nil
                || request.platformVersion != nil
                ? "launchType, capacityProviderStrategy and platformVersion are of the task sets of services with an "
                    + "EXTERNAL deployment controller. Use CreateTaskSet." : nil
        },
        Self("deploymentConfiguration.deploymentCircuitBreaker") { candidate in
            candidate.configuration.isCircuitBreakerEnabled && candidate.isExternal
                ? "The deployment circuit breaker is only supported for services with the ECS deployment controller."
                : nil
        },
        Self("deploymentController") { candidate in
            guard let type = candidate.request.deploymentController, !candidate.isNew else { return nil }
            return type.rawValue == candidate.configuration.deploymentController.rawValue
                ? nil
                : "Changing the deployment controller of a service is not supported by this version of Stevedore."
        },
    ]

    private static let others: [Self] = [
        Self("taskDefinition") { candidate in
            candidate.isNew && candidate.request.taskDefinition == nil && !candidate.isExternal
                ? "TaskDefinition can not be blank." : nil
        },
        Self("role") { candidate in
            candidate.request.role == nil
                ? nil : "IAM roles are only valid for services configured to use load balancers."
        },
        Self("launchType, capacityProviderStrategy") { candidate in
            candidate.request.launchType != nil && candidate.request.capacityProviderStrategy.given != nil
                ? "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try "
                    + "again." : nil
        },
        Self("availabilityZoneRebalancing") { candidate in
            guard candidate.configuration.rebalancesAvailabilityZones else { return nil }
            return candidate.configuration.obstacleToRebalancing.map {
                "Availability Zone rebalancing cannot be enabled for \($0)."
            }
        },
    ]
}

extension ServiceConfiguration {
    /// Why the service cannot be kept balanced over Availability Zones, as the end of a sentence; nil if it can.
    ///
    /// - Source: ECS scheduling rules, 4.6.
    var obstacleToRebalancing: String? {
        let zone = "ecs.availability-zone"
        if schedulingStrategy == .daemon { return "services with the daemon scheduling strategy" }
        if deploymentController == .external { return "services with an EXTERNAL deployment controller" }
        if tasks?.launchType == .external { return "services with the EXTERNAL launch type" }
        if maximumPercent <= 100 { return "services with a maximumPercent of 100 or less" }
        if let first = placementStrategy.first, first.type != .spread || first.field != "attribute:\(zone)" {
            return "services whose first placement strategy is not a spread over attribute:\(zone)"
        }
        if placementConstraints.contains(where: { $0.expression?.contains(zone) == true }) {
            return "services with a placement constraint on attribute:\(zone)"
        }
        return nil
    }
}
