extension Action {
    /// What it does and why, for a person; nil for events, which have a text of their own.
    ///
    /// - Parameter service: the one that was planned for.
    package func explanation(of service: Service, instances: [Instance]) -> String? {
        switch self {
        case .start(let count, let deployment, let place, let cause):
            let location = place.text(of: service, instances: instances)
            return "start \(Self.tasks(count)) of \(Self.name(deployment, of: service))\(location), "
                + cause.explanation(of: service)
        case .stop(let tasks, let deployment, let cause):
            return "stop \(Self.tasks(tasks.count)) of \(Self.name(deployment, of: service)), "
                + cause.explanation(of: service)
        case .complete(let deployment):
            return
                "\(Self.name(deployment, of: service)) is COMPLETED: all its tasks are healthy and no others are left"
        case .fail(let deployment):
            let threshold = CircuitBreaker.threshold(desiredCount: service.plannedCount)
            return
                "\(Self.name(deployment, of: service)) is FAILED: \(threshold) of its tasks failed, and the deployment "
                + "circuit breaker is enabled"
        case .rollBack(_, let target): return "go back to what \(target.id) deployed"
        case .remove(let deployment): return "\(Self.name(deployment, of: service)) has no tasks left and is removed"
        case .deactivate: return "the service has no tasks left and is INACTIVE"
        case .post: return nil
        }
    }

    private static func tasks(_ count: Int) -> String { count == 1 ? "1 task" : "\(count) tasks" }

    private static func name(_ key: DeploymentKey, of service: Service) -> String {
        let id = service.deployments.first { $0.key == key }?.id
        return (service.deploymentController == .external ? "task set " : "deployment ") + (id ?? "\(key.rawValue)")
    }
}

extension StartPlace {
    fileprivate func text(of service: Service, instances: [Instance]) -> String {
        switch self {
        case .anywhere: ""
        case .zone(let zone): " in \(service.balancedZones[zone])"
        case .instance(let instance): " on \(instances[instance].id)"
        }
    }
}

extension StartCause {
    fileprivate func explanation(of service: Service) -> String {
        switch self {
        case .deployment: "which is being rolled out" + service.ceiling
        case .missing: "which is short of them" + service.ceiling
        case .replacement: "in place of tasks that are unhealthy or on DRAINING instances" + service.ceiling
        case .zoneBalance: "which has fewer tasks there than in other zones" + service.ceiling
        }
    }
}

extension StopCause {
    fileprivate func explanation(of service: Service) -> String {
        switch self {
        case .scaleIn: "which has more than it should have"
        case .deployment: "which gives way to a later one" + service.floor
        case .draining: "as their instances are DRAINING" + service.floor
        case .constraint: "as their instances may not have one any more"
        case .zoneBalance: "which has more tasks there than in other zones"
        case .deletion: "which is being deleted"
        case .containerHealth: "as they fail their container health checks"
        case .targetHealth: "as they fail their load balancer's health checks"
        }
    }
}

extension Service {
    fileprivate var ceiling: String {
        guard schedulingStrategy == .replica else { return "" }
        let bounds = RollingDeployment.Bounds(desiredCount: desiredCount, deploymentConfiguration)
        return " (at most \(bounds.upper) may be there: \(deploymentConfiguration.maximumPercent)% of \(desiredCount))"
    }

    /// What the last plan made of a DAEMON's count.
    fileprivate var plannedCount: Int { schedulingStrategy == .daemon ? state.desiredCount : desiredCount }

    fileprivate var floor: String {
        let bounds = RollingDeployment.Bounds(desiredCount: plannedCount, deploymentConfiguration)
        return " (\(bounds.lower) stay healthy: \(deploymentConfiguration.minimumHealthyPercent)% of \(plannedCount))"
    }
}
