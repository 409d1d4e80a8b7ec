package import AWSModels
package import FoundationEssentials
import ServiceScheduler

/// Tasks of a service whose deployments somebody else controls (EXTERNAL).
///
/// - Source: API Reference, TaskSet; ECS scheduling rules, 4.5.
package struct TaskSetRecord: StoredRecord, Hashable {
    package static let kind = "taskSet"
    package static let version = 1
    package var storeKey: String { id.number.digits }

    /// One that is DRAINING and has no task left is removed.
    package enum Status: String, Codable, Sendable {
        case primary = "PRIMARY"
        case active = "ACTIVE"
        case draining = "DRAINING"
    }

    package enum StabilityStatus: String, Codable, Sendable {
        case steadyState = "STEADY_STATE"
        case stabilizing = "STABILIZING"
    }

    package var id: DeploymentID
    package var service: ServiceID
    /// Grows with every task set.
    package var sequence: Int
    package var status: Status
    package var tasks: TaskConfiguration
    /// Percent of the service's desired count, 0 to 100.
    package var scale: Double
    /// Whatever the controller calls it.
    package var externalID: String?
    package var tags: [ECS.Tag]
    /// Its scheduler's word, with when that last changed.
    package var stabilityStatus: StabilityStatus
    package var stabilityStatusAt: Date
    package var scheduling: SchedulingMemory
    package var createdAt: Date
    package var updatedAt: Date
    package var creationToken: ServiceRecord.CreationToken?

    package init(
        id: DeploymentID, service: ServiceID, sequence: Int, tasks: TaskConfiguration, scale: Double,
        externalID: String?, tags: [ECS.Tag], createdAt: Date, creationToken: ServiceRecord.CreationToken?
    ) {
        self.id = id
        self.service = service
        self.sequence = sequence
        self.tasks = tasks
        self.scale = scale
        self.externalID = externalID
        self.tags = tags
        self.createdAt = createdAt
        self.creationToken = creationToken
        status = .active
        stabilityStatus = .stabilizing
        stabilityStatusAt = createdAt
        updatedAt = createdAt
        scheduling = SchedulingMemory(isCircuitBreakerEnabled: false)
    }

    /// Its share of the service's desired count, rounded up; none while it is DRAINING.
    package func computedDesiredCount(of desiredCount: Int) -> Int {
        status == .draining
            ? 0 : TaskSets.computedDesiredCount(desiredCount: desiredCount, scalePercent: scale)
    }
}
