package import FoundationEssentials

/// What the scheduler remembers of a service from one plan to the next. The loop keeps it with the service, and shows
/// from it what the API shows.
package struct ServiceState: Codable, Hashable, Sendable {
    /// `desiredCount` of the service: what was asked for; of a DAEMON, how many instances are to have a task.
    package var desiredCount = 0
    /// Problems that were told and still are; each kind once.
    package var notices: [Notice] = []
    /// How many tasks were started to bring the zones into balance, for as many to be stopped elsewhere; nil when
    /// nothing is being moved.
    package var rebalancing: Int?

    /// Whether the service was steady at the last plan.
    package var isSteady: Bool { notices.contains { $0.kind == .steadyState } }

    package init() {}
}

/// An event that is not told again while it says the same.
package struct Notice: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case unableToPlace, cannotStartConsistently, stuckDeployment, protectedTasks, zonesUnbalanced, steadyState
    }

    package var kind: Kind
    /// What of the event has to change for it to be told again.
    package var cause: String
    package var toldAt: Date

    package init(kind: Kind, cause: String, toldAt: Date) {
        self.kind = kind
        self.cause = cause
        self.toldAt = toldAt
    }
}

/// What the scheduler remembers of a deployment or task set from one plan to the next.
package struct DeploymentState: Codable, Hashable, Sendable {
    /// What the API shows of it: of the PRIMARY the service's, of an earlier deployment the tasks it still keeps; of a
    /// task set `computedDesiredCount`.
    package var desiredCount = 0
    package var rolloutState = RolloutState.inProgress
    /// In ECS's words; empty until the first plan.
    package var rolloutStateReason = ""
    /// Only of the ECS controller's deployments.
    package var circuitBreaker = CircuitBreakerState()
    package var backOff = BackOffState()
    /// Only of task sets.
    package var stabilityStatus = StabilityStatus.stabilizing
    package var stabilityStatusAt: Date?

    /// `failedTasks`
    package var failedTaskCount: Int { circuitBreaker.failureCount }

    package init() {}
}

/// - Source: API Reference, Deployment, `rolloutState`.
package enum RolloutState: String, Codable, Sendable {
    case inProgress = "IN_PROGRESS"
    case completed = "COMPLETED"
    case failed = "FAILED"
}

/// - Source: API Reference, TaskSet, `stabilityStatus`.
package enum StabilityStatus: String, Codable, Sendable {
    case steadyState = "STEADY_STATE"
    case stabilizing = "STABILIZING"
}

/// - Source: spec/ecs-scheduling.md section 4.2.
package struct CircuitBreakerState: Codable, Hashable, Sendable {
    package enum Stage: String, Codable, Sendable {
        /// No task of the deployment was RUNNING yet: failures to start count.
        case starting
        /// One was: tasks that fail their health checks count.
        case checking
    }

    /// `ServiceDeploymentCircuitBreaker.status`
    package enum MonitoringStatus: String, Codable, Sendable {
        case disabled = "DISABLED"
        case monitoring = "MONITORING"
        case complete = "MONITORING_COMPLETE"
        case triggered = "TRIGGERED"
    }

    package var stage = Stage.starting
    /// Counted while the deployment is in progress, whether or not the circuit breaker is enabled.
    package var failureCount = 0
    package var status = MonitoringStatus.disabled

    package init() {}
}

/// - Source: spec/ecs-scheduling.md section 3.4.
package struct BackOffState: Codable, Hashable, Sendable {
    /// How many attempts in a row failed. The tasks of one attempt are those that were made before its delay was over.
    package var failedAttempts = 0
    /// No task is started before.
    package var notBefore: Date?
    /// The IDs of the instances on which a DAEMON's tasks fail to start: only they are waited for.
    package var failedInstances: [String] = []

    package init() {}
}
