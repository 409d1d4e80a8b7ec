/// A DRAINING instance gives its tasks away: PENDING ones stop at once, RUNNING ones when minimumHealthyPercent allows
/// it, and others are started elsewhere as far as maximumPercent allows it. So with 100 and 100 it cannot be drained,
/// which the service says: ``RollingDeployment/tellIfStuck(_:in:)``.
/// To the service its tasks are what those of an earlier deployment are: they count as running and healthy, but not
/// towards what it should have.
///
/// Protection does not hold them. Of a DAEMON see ``Daemon``.
///
/// - Source: spec/ecs-scheduling.md section 5.
enum Draining {
    static func isLeaving(_ task: Int, in draft: Draft) -> Bool {
        draft.tasks[task].instance.map { draft.instances[$0].status == .draining } ?? false
    }
}
