package import AgentJournal
package import AgentProtocol

/// Something that a task needs on its host beside its containers, such as a cgroup or an interface.
///
/// A crash may come between any two steps, so each call may come again: `provision` for what is there already, or
/// there in part, and `release` for what is not there any more.
package protocol TaskResource: Sendable {
    func isNeeded(by task: TaskAssignment) -> Bool

    /// Takes in the tasks that an earlier run of the agent began to provision, and that are still to be released. Called
    /// once, before anything else: what has it later was provisioned in this run.
    func restore(_ tasks: [TaskAssignment]) async

    /// Makes it before the task's containers are made, and notes in `resources` what their launches need of it.
    ///
    /// Ends early when the calling task is cancelled, with an error.
    func provision(_ task: TaskAssignment, _ resources: inout TaskResources) async throws(ResourceError)

    /// Takes it away after the task's containers have stopped, while they are still there to be looked at.
    func release(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError)

    /// Takes away what may go only after the task's containers were removed.
    func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError)

    /// Compares what there is on the host with what tasks have: at the start, and every few minutes.
    ///
    /// It is not told which tasks there are: one may be released by the time it hears of it.
    func reconcile() async
}

extension TaskResource {
    package func restore(_ tasks: [TaskAssignment]) async {}

    package func reconcile() async {}
}

/// Why a task cannot have what it needs.
package struct ResourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// ECS's name for it and the details, as the task's `stoppedReason` or the container's `reason` shows them.
    ///
    /// - Source: spec/ecs-runtime.md section 1.1.
    package var reason: String

    package init(reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}
