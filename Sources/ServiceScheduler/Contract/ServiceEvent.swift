/// One of a service's `events`.
package enum ServiceEvent: Hashable, Sendable {
    case started([TaskKey])
    /// In a zone, to balance the service over the zones.
    case startedForBalance([TaskKey], deployment: String, zone: String)
    case stopped([TaskKey])
    case stoppedForBalance([TaskKey], deployment: String, zone: String)
    case registeredTargets(count: Int, targetGroup: String)
    case deregisteredTargets(count: Int, targetGroup: String)
    case drainingConnections(count: Int, deployment: String)
    case deploymentCompleted(String)
    case deploymentFailed(String)
    case rollingBack(to: String)
    case steadyState
    case unableToPlace(UnplacedCause)
    case cannotStartConsistently
    case failedContainerHealthChecks(TaskKey)
    case failedTargetHealthChecks(TaskKey)
    case throttled
    case stuckDeployment
    case protectedTasksBlockScaleIn(deployment: String)
    case zonesUnbalanced([ZoneCount])
    case zonesBalanced([ZoneCount])

    package struct ZoneCount: Hashable, Sendable {
        package let zone: String
        package let taskCount: Int
    }
}

/// What the caller knows by name, and the scheduler by number.
package struct EventNames {
    /// A target that fails its load balancer's checks.
    package struct Target: Sendable {
        package let port: Int
        package let targetGroup: String
        /// The load balancer's own words, such as "Request timed out".
        package let reason: String

        package init(port: Int, targetGroup: String, reason: String) {
            self.port = port
            self.targetGroup = targetGroup
            self.reason = reason
        }
    }

    /// The last part of the task's ARN.
    package let taskID: (TaskKey) -> String
    /// Nil where the service has no load balancer.
    package let target: (TaskKey) -> Target?

    package init(taskID: @escaping (TaskKey) -> String, target: @escaping (TaskKey) -> Target? = { _ in nil }) {
        self.taskID = taskID
        self.target = target
    }
}
