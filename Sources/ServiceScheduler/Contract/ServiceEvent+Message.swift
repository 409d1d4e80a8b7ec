extension ServiceEvent {
    /// `message` of the event.
    ///
    /// - Parameter service: its name.
    /// - Source: spec/ecs-scheduling.md section 3.3; of balancing, Developer Guide, "Availability Zone service
    ///   rebalancing service event messages".
    package func message(service: String, names: EventNames) -> String {
        switch self {
        case .started(let tasks):
            return "(service \(service)) has started \(tasks.count) tasks: \(Self.list(tasks, names))."
        case .stopped(let tasks):
            return "(service \(service)) has stopped \(tasks.count) running tasks: \(Self.list(tasks, names))."
        case .startedForBalance(let tasks, let deployment, let zone):
            return "(service \(service), taskSet \(deployment)) has started \(tasks.count) tasks in \(zone) "
                + "to AZ Rebalance: \(Self.list(tasks, names))."
        case .stoppedForBalance(let tasks, let deployment, let zone):
            return "(service \(service), taskSet \(deployment)) has stopped \(tasks.count) running tasks in \(zone) "
                + "due to AZ rebalancing: \(Self.list(tasks, names))."
        case .registeredTargets(let count, let targetGroup):
            return "(service \(service)) registered \(count) targets in (target-group \(targetGroup))"
        case .deregisteredTargets(let count, let targetGroup):
            return "(service \(service)) deregistered \(count) targets in (target-group \(targetGroup))"
        case .drainingConnections(let count, let deployment):
            return "(service \(service), taskSet \(deployment)) has begun draining connections on \(count) tasks."
        case .deploymentCompleted(let deployment):
            return "(service \(service)) (deployment \(deployment)) deployment completed."
        case .deploymentFailed(let deployment):
            return "(service \(service)) (deployment \(deployment)) deployment failed: tasks failed to start."
        case .rollingBack(let deployment):
            return "(service \(service)) rolling back to deployment \(deployment)."
        case .steadyState:
            return "(service \(service)) has reached a steady state."
        case .unableToPlace(let cause):
            return cause.message(service: service)
        case .cannotStartConsistently:
            return "(service \(service)) is unable to consistently start tasks successfully."
        case .failedContainerHealthChecks(let task):
            return "(service \(service)) (task \(names.taskID(task))) failed container health checks."
        case .failedTargetHealthChecks(let task):
            guard let target = names.target(task) else {
                return "(service \(service)) (task \(names.taskID(task))) failed health checks."
            }
            return "(service \(service)) (port \(target.port)) is unhealthy in (target-group \(target.targetGroup)) "
                + "due to (reason \(target.reason))."
        case .throttled:
            return "(service \(service)) operations are being throttled. Will try again later."
        case .stuckDeployment:
            return "(service \(service)) was unable to stop or start tasks during a deployment because of the service "
                + "deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
        case .protectedTasksBlockScaleIn(let deployment):
            return
                "(service \(service)) was unable to reach steady state because task set (\(deployment)) was unable to "
                + "scale in. Reason: The number of protected tasks are more than the desired count of tasks."
        case .zonesUnbalanced(let counts):
            return "(service \(service)) is not AZ balanced with \(Self.list(counts)). AZ Rebalancing in progress."
        case .zonesBalanced(let counts):
            return "(service \(service)) is AZ balanced with \(Self.list(counts))."
        }
    }

    /// `(task ID) (task ID)`
    private static func list(_ tasks: [TaskKey], _ names: EventNames) -> String {
        tasks.map { "(task \(names.taskID($0)))" }.joined(separator: " ")
    }

    /// `2 tasks in a, 1 tasks in b, and 1 tasks in c`
    private static func list(_ counts: [ZoneCount]) -> String {
        let texts = counts.map { "\($0.taskCount) tasks in \($0.zone)" }
        guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
        let comma = texts.count > 2 ? "," : ""
        return texts.dropLast().joined(separator: ", ") + "\(comma) and \(last)"
    }
}

extension UnplacedCause {
    private static let unable = "was unable to place a task because no container instance met all of its requirements."
    private static let more =
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

    /// `message` of the event that tells of it.
    package func message(service: String) -> String {
        let subject = "(service \(service))"
        switch self {
        case .noInstancesInCluster:
            return "\(subject) \(Self.unable) Reason: No Container Instances were found in your cluster. \(Self.more)"
        case .noInstancesInCapacityProvider:
            return "\(subject) \(Self.unable) Reason: No Container Instances were found in your capacity provider. "
                + Self.more
        case .noInstanceFits(let closest?):
            return "\(subject) \(Self.unable) The closest matching (container-instance \(closest.id)) "
                + "\(closest.obstacle.text) \(Self.more)"
        case .noInstanceFits(nil):
            return "\(subject) \(Self.unable) \(Self.more)"
        case .noInstanceFitsInZone(let zone):
            return "\(subject) is unable to place a task in \(zone) because no container instance met all of its "
                + "requirements."
        case .other(let reason):
            return "\(subject) was unable to place a task. Reason: \(reason)."
        case .roleNotAssumable(let arn):
            return "\(subject) failed to launch a task with (error ECS was unable to assume the role '\(arn)' that "
                + "was provided for this task. Please verify that the role being passed has the proper trust "
                + "relationship and permissions and that your IAM user has permissions to pass this role.)."
        }
    }

    /// What of it has to change for it to be told again: which instance is closest changes too often.
    var noticeCause: String {
        switch self {
        case .noInstancesInCluster: "cluster"
        case .noInstancesInCapacityProvider: "capacityProvider"
        case .noInstanceFits(let closest): "instance \(closest.map { "\($0.obstacle)" } ?? "")"
        case .noInstanceFitsInZone(let zone): "zone \(zone)"
        case .other(let reason): reason
        case .roleNotAssumable(let arn): arn
        }
    }
}

extension UnplacedCause.Obstacle {
    /// What follows "The closest matching (container-instance ID)".
    fileprivate var text: String {
        switch self {
        case .cpu: "has insufficient CPU units available."
        case .memory: "has insufficient memory available."
        case .port: "is already using a port required by your task."
        case .agentDisconnected: "encountered error \"AGENT\"."
        case .attribute: "is missing an attribute required by your task."
        case .other(let reason): "encountered error \"\(reason)\"."
        }
    }
}
