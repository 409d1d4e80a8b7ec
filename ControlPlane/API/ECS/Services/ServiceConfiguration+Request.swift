import AWSModels
import ControlPlaneState

extension ServiceConfiguration {
    /// A new service's, with ECS's defaults for what the request does not say. Its `tasks` are still to be found.
    ///
    /// - Source: API Reference, CreateService; ECS scheduling rules, 3.1.
    init(_ request: ServiceRequest) {
        let strategy: SchedulingStrategy = request.schedulingStrategy == .daemon ? .daemon : .replica
        self.init(
            tasks: nil, schedulingStrategy: strategy,
            deploymentController: request.deploymentController == .external ? .external : .ecs,
            minimumHealthyPercent: strategy == .daemon ? 0 : 100, maximumPercent: strategy == .daemon ? 100 : 200)
        apply(request)
    }

    /// Takes what the request says; what it does not say stays.
    mutating func apply(_ request: ServiceRequest) {
        if let given = request.deploymentConfiguration {
            minimumHealthyPercent = given.minimumHealthyPercent ?? minimumHealthyPercent
            maximumPercent = given.maximumPercent ?? maximumPercent
            if let circuitBreaker = given.deploymentCircuitBreaker {
                isCircuitBreakerEnabled = circuitBreaker.enable ?? false
                rollsBackOnFailure = circuitBreaker.rollback ?? false
            }
        }
        placementConstraints = request.placementConstraints ?? placementConstraints
        if let given = request.placementStrategy {
            // "To remove an existing placement strategy, specify an empty object."
            placementStrategy = given.filter { $0 != ECS.PlacementStrategy() }
        }
        healthCheckGracePeriodSeconds = request.healthCheckGracePeriodSeconds ?? healthCheckGracePeriodSeconds
        propagateTags = request.propagateTags.flatMap { TagSource(rawValue: $0.rawValue) } ?? propagateTags
        enableECSManagedTags = request.enableECSManagedTags ?? enableECSManagedTags
        enableExecuteCommand = request.enableExecuteCommand ?? enableExecuteCommand
        if let given = request.availabilityZoneRebalancing { rebalancesAvailabilityZones = given == .enabled }
    }
}
