package import FoundationEssentials

/// What the scheduler has learnt of the tasks of a deployment or task set, and has to know after a restart.
package struct SchedulingMemory: Codable, Sendable, Hashable {
    /// - Source: ECS scheduling rules, 4.2. Of deployments only.
    package struct CircuitBreaker: Codable, Sendable, Hashable {
        package enum Stage: String, Codable, Sendable {
            /// No task was RUNNING yet: failures to start count.
            case starting
            /// One was: failed health checks count.
            case checking
        }

        package enum Status: String, Codable, Sendable {
            case disabled = "DISABLED"
            case monitoring = "MONITORING"
            case complete = "MONITORING_COMPLETE"
            case triggered = "TRIGGERED"
        }

        package var stage = Stage.starting
        /// The `failedTasks` of the API, counted also where the circuit breaker is off.
        package var failureCount = 0
        package var status: Status

        package init(status: Status) { self.status = status }
    }

    /// - Source: ECS scheduling rules, 3.4.
    package struct BackOff: Codable, Sendable, Hashable {
        package var failedAttempts = 0
        /// No task is started before.
        package var notBefore: Date?
        /// Where tasks of a DAEMON service fail to start.
        package var failedInstances: [ContainerInstanceID] = []

        package init() {}
    }

    package var circuitBreaker: CircuitBreaker
    package var backOff = BackOff()

    package init(isCircuitBreakerEnabled: Bool) {
        circuitBreaker = CircuitBreaker(status: isCircuitBreakerEnabled ? .monitoring : .disabled)
    }
}

/// One entry of a service's `deployments`: which of its tasks belong to which service revision. Written for what happens
/// to the deployment, not for each task.
package struct DeploymentRecord: StoredRecord, Hashable {
    package static let kind = "deployment"
    package static let version = 1
    package var storeKey: String { id.number.digits }

    /// One that is replaced and has no task left is removed.
    package enum Status: String, Codable, Sendable {
        case primary = "PRIMARY"
        case active = "ACTIVE"
    }

    package enum RolloutState: String, Codable, Sendable {
        case inProgress = "IN_PROGRESS"
        case completed = "COMPLETED"
        case failed = "FAILED"
    }

    package var id: DeploymentID
    package var service: ServiceID
    /// Grows with every deployment.
    package var sequence: Int
    package var revision: ServiceRevisionID
    /// That of the revision: what it needs to start tasks.
    package var tasks: TaskConfiguration
    /// What it is part of; a rollback has a deployment of its own in the same one.
    package var serviceDeployment: ServiceDeploymentID
    package var status: Status
    /// That of the service, while PRIMARY; afterwards what is left to it.
    package var desiredCount: Int
    package var rolloutState: RolloutState
    package var rolloutStateReason: String
    package var scheduling: SchedulingMemory
    package var createdAt: Date
    package var updatedAt: Date

    package init(
        id: DeploymentID, service: ServiceID, sequence: Int, revision: ServiceRevisionID, tasks: TaskConfiguration,
        serviceDeployment: ServiceDeploymentID, desiredCount: Int, isCircuitBreakerEnabled: Bool, createdAt: Date
    ) {
        self.id = id
        self.service = service
        self.sequence = sequence
        self.revision = revision
        self.tasks = tasks
        self.serviceDeployment = serviceDeployment
        self.desiredCount = desiredCount
        self.createdAt = createdAt
        updatedAt = createdAt
        status = .primary
        rolloutState = .inProgress
        rolloutStateReason = "ECS deployment \(id) in progress."
        scheduling = SchedulingMemory(isCircuitBreakerEnabled: isCircuitBreakerEnabled)
    }
}
