import FoundationEssentials

/// What follows once the tasks are as they should be: earlier deployments without tasks leave the list, the deployment
/// is COMPLETED, the service is steady.
///
/// Steady: as many tasks are RUNNING and healthy as desired, none is PENDING or stopping, none is on a DRAINING
/// instance, and there is one deployment. It is told when it is reached and every six hours after that.
///
/// - Source: spec/ecs-scheduling.md sections 3.2 and 3.3.
enum SteadyState {
    static func conclude(_ subject: Subject, in draft: inout Draft) {
        draft.postStopped()
        let census = draft.census(subject)
        let isSettled = isSettled(census, subject)
        let remaining = removeEmptied(subject, in: &draft)
        noteDesiredCounts(subject, in: &draft)
        let deployment = draft.service.deployments[subject.place]
        if draft.deploymentStates[subject.place].rolloutState == .inProgress {
            if isSettled, remaining == 0 {
                draft.deploymentStates[subject.place].rolloutState = .completed
                draft.deploymentStates[subject.place].rolloutStateReason = "ECS deployment \(deployment.id) completed."
                draft.deploymentStates[subject.place].circuitBreaker.complete()
                draft.actions.append(.complete(deployment.key))
                draft.post(.deploymentCompleted(deployment.id))
            } else {
                draft.deploymentStates[subject.place].rolloutStateReason =
                    "ECS deployment \(deployment.id) in progress."
            }
        }
        if isSettled, remaining == 0, census.staying.stopping + census.leaving.stopping == 0,
            draft.state.rebalancing == nil
        {
            announce(in: &draft)
        }
    }

    /// Whether the subject's tasks are all there and healthy, and no others are left.
    static func isSettled(_ census: Census, _ subject: Subject) -> Bool {
        census.staying.healthy == subject.desiredCount && census.staying.counted == subject.desiredCount
            && census.leaving.counted == 0
    }

    static func announce(in draft: inout Draft) { Notices.raise(.steadyState, .steadyState, in: &draft) }

    /// Removes earlier deployments that have no tasks. One on a lost host that was told to stop holds nothing up.
    ///
    /// - Returns: how many are left.
    private static func removeEmptied(_ subject: Subject, in draft: inout Draft) -> Int {
        guard draft.service.deployments.count > 1 else { return 0 }
        var isEmpty = [Bool](repeating: true, count: draft.service.deployments.count)
        for (task, place) in draft.deployments.enumerated() {
            guard let place else { continue }
            let standing = draft.standings[task]
            if standing.isToRun || (standing == .stopping && draft.isReachable(task)) { isEmpty[place] = false }
        }
        var remaining = 0
        for place in isEmpty.indices where place != subject.place {
            if isEmpty[place] {
                draft.actions.append(.remove(draft.service.deployments[place].key))
            } else {
                remaining += 1
            }
        }
        return remaining
    }

    private static func noteDesiredCounts(_ subject: Subject, in draft: inout Draft) {
        var kept = [Int](repeating: 0, count: draft.service.deployments.count)
        for (task, place) in draft.deployments.enumerated() where draft.standings[task].isCounted {
            if let place { kept[place] += 1 }
        }
        kept[subject.place] = subject.desiredCount
        for place in kept.indices { draft.deploymentStates[place].desiredCount = kept[place] }
    }
}

extension CircuitBreakerState {
    fileprivate mutating func complete() {
        if status == .monitoring { status = .complete }
    }
}
