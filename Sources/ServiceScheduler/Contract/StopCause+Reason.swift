extension StopCause {
    /// `stoppedReason` of a task that the scheduler stops.
    ///
    /// - Parameter deployment: the task's, `ecs-svc/N`.
    /// - Parameter target: of a task whose load balancer says that it is unhealthy.
    /// - Source: spec/ecs-runtime.md section 1, "stopCode / stoppedReason". What ECS says for a service that is
    ///   deleted, or a DAEMON's instance that fits no more, is not published; it is one of these.
    package func stoppedReason(deployment: String, target: EventNames.Target? = nil) -> String {
        switch self {
        case .scaleIn, .deployment, .draining, .constraint, .zoneBalance, .deletion:
            "Scaling activity initiated by (deployment \(deployment))"
        case .containerHealth: "Task failed container health checks"
        case .targetHealth:
            "Task failed ELB health checks" + (target.map { " in (target-group \($0.targetGroup))" } ?? "")
        }
    }
}
