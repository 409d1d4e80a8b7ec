import FoundationEssentials

/// The task sets of a service with the EXTERNAL controller: each has a share of the desired count, and none gives way
/// to another. The minimum and maximum percentages only matter to ``Draining``.
///
/// - Source: spec/ecs-scheduling.md section 4.5.
package enum TaskSets {
    /// How many tasks a set is to have.
    ///
    /// - Source: `computedDesiredCount = ceil(desired × scale / 100)`
    package static func computedDesiredCount(desiredCount: Int, scalePercent: Double) -> Int {
        // What floating point adds to a whole number is not a task.
        Int((Double(desiredCount) * scalePercent / 100 - 1e-9).rounded(.up))
    }

    static func plan(_ draft: inout Draft) {
        draft.state.desiredCount = draft.service.desiredCount
        BackOff.account(in: &draft)
        var areSteady = true
        for (place, taskSet) in draft.service.deployments.enumerated() {
            let isDeleted = taskSet.status == .draining
            let count =
                isDeleted
                ? 0
                : computedDesiredCount(
                    desiredCount: draft.service.desiredCount, scalePercent: taskSet.scalePercent)
            let subject = Subject(
                place: place, desiredCount: count, takesOver: false,
                configuration: draft.service.deploymentConfiguration)
            if isDeleted {
                areSteady = ServiceDeletion.remove(subject, in: &draft) && areSteady
            } else {
                Replica.keep(subject, in: &draft)
                areSteady = noteStability(subject, in: &draft) && areSteady
            }
        }
        draft.postStopped()
        // Without any there is nothing to be steady.
        if areSteady, !draft.service.deployments.isEmpty { SteadyState.announce(in: &draft) }
    }

    private static func noteStability(_ subject: Subject, in draft: inout Draft) -> Bool {
        let census = draft.census(subject)
        let isSteady = SteadyState.isSettled(census, subject)
        let status = isSteady ? StabilityStatus.steadyState : .stabilizing
        draft.deploymentStates[subject.place].desiredCount = subject.desiredCount
        if draft.deploymentStates[subject.place].stabilityStatus != status
            || draft.deploymentStates[subject.place].stabilityStatusAt == nil
        {
            draft.deploymentStates[subject.place].stabilityStatus = status
            draft.deploymentStates[subject.place].stabilityStatusAt = draft.now
        }
        return isSteady && census.staying.stopping + census.leaving.stopping == 0
    }
}
