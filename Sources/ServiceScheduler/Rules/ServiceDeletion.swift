/// A service that was deleted stops all of its tasks, protected or not, and is INACTIVE when each is STOPPING or
/// STOPPED, or on a host that is lost.
///
/// - Source: spec/ecs-core.md, DeleteService and DeleteTaskSet.
enum ServiceDeletion {
    static func plan(_ draft: inout Draft) {
        draft.state.desiredCount = 0
        draft.state.rebalancing = nil
        draft.stop(Array(draft.tasks.indices), because: .deletion)
        draft.postStopped()
        for place in draft.deploymentStates.indices { draft.deploymentStates[place].desiredCount = 0 }
        if draft.tasks.indices.allSatisfy({ isOver($0, in: draft) }) { draft.actions.append(.deactivate) }
    }

    /// Whether nothing more is to be waited for.
    private static func isOver(_ task: Int, in draft: Draft) -> Bool {
        switch draft.tasks[task].phase {
        case .stopped, .stopping(begun: true): true
        case .pending, .running, .stopping: !draft.isReachable(task)
        }
    }

    /// The same for a task set.
    ///
    /// - Returns: whether it is gone.
    static func remove(_ subject: Subject, in draft: inout Draft) -> Bool {
        let own = draft.tasks.indices.filter { draft.deployments[$0] == subject.place }
        draft.stop(own, because: .deletion)
        draft.deploymentStates[subject.place].desiredCount = 0
        let isGone = own.allSatisfy { draft.standings[$0] == .stopped || !draft.isReachable($0) }
        if isGone { draft.actions.append(.remove(draft.service.deployments[subject.place].key)) }
        return isGone
    }
}
