import FoundationEssentials

/// How a task stands, in the order in which tasks are given up.
enum Standing: UInt8, Comparable {
    case stopped
    case stopping
    /// Its host has not been heard of for so long that the task is replaced. It may be running.
    case lost
    case pending
    case unhealthy
    /// RUNNING, and not healthy yet; or it fails its checks in its grace period.
    case maturing
    case healthy

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether its desired status is RUNNING.
    var isToRun: Bool { self >= .lost }
    /// Whether it counts as running or pending.
    var isCounted: Bool { self >= .pending }
}

/// When a task counts as healthy.
///
/// RUNNING, and
///  - where an essential container has a health check, HEALTHY;
///  - behind load balancers, healthy as a target of each;
///  - with neither, RUNNING for ``Settings/healthyAfterSeconds``.
///
/// What fails is unhealthy, but not within the service's health check grace period, which begins when the task is
/// RUNNING.
///
/// - Source: spec/ecs-scheduling.md section 3.2, "Healthy" and "Grace period".
enum HealthRule {
    static func standing(
        of task: ServiceTask, service: Service, instances: [Instance], now: Date, settings: Settings, alarm: inout Alarm
    ) -> Standing {
        if case .stopped = task.phase { return .stopped }
        let isLost =
            task.instance.map { LostHosts.isLost(instances[$0], now: now, settings: settings, alarm: &alarm) } ?? false
        if case .stopping = task.phase { return .stopping }
        if isLost { return .lost }
        guard case .running(let startedAt) = task.phase else { return .pending }
        if failure(of: task) != nil {
            let graceEnds = startedAt.addingTimeInterval(service.healthCheckGracePeriodSeconds)
            alarm.set(graceEnds)
            return now < graceEnds ? .maturing : .unhealthy
        }
        switch (task.containerHealth, task.targetHealth) {
        case (.unknown, _), (_, .unregistered), (_, .initial): return .maturing
        case (.unchecked, .unused):
            let settledAt = startedAt.addingTimeInterval(settings.healthyAfterSeconds)
            alarm.set(settledAt)
            return now < settledAt ? .maturing : .healthy
        default: return .healthy
        }
    }

    /// Which check it fails, if it fails one.
    static func failure(of task: ServiceTask) -> StopCause? {
        if task.containerHealth == .unhealthy { return .containerHealth }
        return task.targetHealth == .unhealthy ? .targetHealth : nil
    }
}
