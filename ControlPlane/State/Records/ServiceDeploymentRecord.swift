package import FoundationEssentials

/// The history of one deployment of a service, a rollback included. Written when its state changes.
///
/// ```
/// IN_PROGRESS ──steady──▶ SUCCESSFUL
///     │ └─superseded, aborted, or failed without rollback──▶ STOPPED
///     └─failed, or asked to──▶ ROLLBACK_IN_PROGRESS ──steady──▶ ROLLBACK_SUCCESSFUL
///                                    └─failed, or aborted──▶ ROLLBACK_FAILED
/// ```
///
/// - Source: API Reference, ServiceDeployment; ECS scheduling rules, 4.1. PENDING and the REQUESTED states, which ECS
///   passes through, are over within the transaction here.
package struct ServiceDeploymentRecord: StoredRecord, Hashable {
    package static let kind = "serviceDeployment"
    package static let version = 1
    package var storeKey: String { id.rawValue }

    package enum Status: String, Codable, Sendable {
        case inProgress = "IN_PROGRESS"
        case successful = "SUCCESSFUL"
        case stopped = "STOPPED"
        case rollbackInProgress = "ROLLBACK_IN_PROGRESS"
        case rollbackSuccessful = "ROLLBACK_SUCCESSFUL"
        case rollbackFailed = "ROLLBACK_FAILED"

        package var isFinished: Bool { self != .inProgress && self != .rollbackInProgress }
    }

    /// A service revision, with how many of its tasks there were when the deployment was over; nil before.
    package struct Revision: Codable, Sendable, Hashable {
        package var id: ServiceRevisionID
        package var finalCounts: FinalCounts?

        package struct FinalCounts: Codable, Sendable, Hashable {
            package var requested: Int
            package var running: Int
            package var pending: Int
        }

        package init(id: ServiceRevisionID) { self.id = id }
    }

    package struct Rollback: Codable, Sendable, Hashable {
        package var reason: String
        package var startedAt: Date
        package var revision: ServiceRevisionID
    }

    /// How things stood when the circuit breaker stopped watching.
    package struct CircuitBreaker: Codable, Sendable, Hashable {
        package var status: SchedulingMemory.CircuitBreaker.Status
        package var failureCount: Int
        package var threshold: Int
    }

    package var id: ServiceDeploymentID
    package var service: ServiceID
    /// Grows with every service deployment: the order of ListServiceDeployments.
    package var sequence: Int
    /// The deployment that brings the target revision about.
    package var deployment: DeploymentID
    package var sourceRevisions: [Revision]
    package var targetRevision: Revision
    package var status: Status
    package var statusReason: String?
    /// As they were when it started.
    package var minimumHealthyPercent: Int
    package var maximumPercent: Int
    package var isCircuitBreakerEnabled: Bool
    package var rollsBackOnFailure: Bool
    /// Nil while the circuit breaker watches, or if it does not.
    package var circuitBreaker: CircuitBreaker?
    package var rollback: Rollback?
    package var createdAt: Date
    package var startedAt: Date
    package var updatedAt: Date
    package var finishedAt: Date?
    /// Only where somebody, or a failure without rollback, stopped it.
    package var stoppedAt: Date?

    package init(
        id: ServiceDeploymentID, service: ServiceID, sequence: Int, deployment: DeploymentID,
        sourceRevisions: [Revision], targetRevision: Revision, configuration: ServiceConfiguration, createdAt: Date
    ) {
        self.id = id
        self.service = service
        self.sequence = sequence
        self.deployment = deployment
        self.sourceRevisions = sourceRevisions
        self.targetRevision = targetRevision
        minimumHealthyPercent = configuration.minimumHealthyPercent
        maximumPercent = configuration.maximumPercent
        isCircuitBreakerEnabled = configuration.isCircuitBreakerEnabled
        rollsBackOnFailure = configuration.rollsBackOnFailure
        self.createdAt = createdAt
        startedAt = createdAt
        updatedAt = createdAt
        status = .inProgress
    }
}
