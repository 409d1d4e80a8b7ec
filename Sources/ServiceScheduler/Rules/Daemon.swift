import FoundationEssentials

/// DAEMON: one task on each ACTIVE instance that may have one; never two.
///
/// An instance that is DRAINING loses its task when the others have left it, one that does not match any more at once.
/// A new deployment stops the old task of an instance, as far as minimumHealthyPercent of all instances allows it, and
/// starts its own there when the old one is STOPPED. A lost host is not waited for, and its task is not started
/// elsewhere; when it is back the task is still the one.
///
/// - Source: spec/ecs-scheduling.md section 3.1.
enum Daemon {
    static func plan(_ draft: inout Draft) {
        guard let primary = draft.primary else { return }
        let isMember = draft.instances.map { instance in
            instance.canRunDaemon && instance.status == .active
                && !LostHosts.isLost(instance, now: draft.now, settings: draft.settings, alarm: &draft.alarm)
        }
        let desiredCount = isMember.count { $0 }
        draft.state.desiredCount = desiredCount
        let subject = Subject(
            place: primary, desiredCount: desiredCount, takesOver: true,
            configuration: draft.service.deploymentConfiguration)
        BackOff.account(in: &draft)
        CircuitBreaker.account(primary, in: &draft)
        CircuitBreaker.check(primary, desiredCount: desiredCount, in: &draft)
        if draft.isRollingBack { return }
        let isStalled = draft.deploymentStates[primary].rolloutState == .failed

        leaveInstances(isMember, in: &draft)
        if !isStalled {
            giveWay(subject, in: &draft)
            replaceUnhealthy(subject, in: &draft)
            CircuitBreaker.check(primary, desiredCount: desiredCount, in: &draft)
            if draft.isRollingBack { return }
            start(subject, isMember, in: &draft)
        }
        RollingDeployment.tellIfStuck(subject, in: &draft)
        SteadyState.conclude(subject, in: &draft)
    }

    /// Stops tasks where there should be none, and what is more than one on an instance.
    private static func leaveInstances(_ isMember: [Bool], in draft: inout Draft) {
        var draining: [Int] = []
        var misplaced: [Int] = []
        var surplus: [Int] = []
        var holder = [Int?](repeating: nil, count: draft.instances.count)
        for task in draft.tasks.indices where draft.standings[task].isCounted {
            guard let place = draft.tasks[task].instance else {
                misplaced.append(task)
                continue
            }
            let instance = draft.instances[place]
            if !instance.canRunDaemon {
                misplaced.append(task)
            } else if instance.status == .draining {
                if draft.standings[task] == .pending || !instance.hasTasksToDrain { draining.append(task) }
            } else if let other = holder[place] {
                let isBetter = draft.standings[task] > draft.standings[other]
                surplus.append(isBetter ? other : task)
                if isBetter { holder[place] = task }
            } else {
                holder[place] = task
            }
        }
        draft.stop(draining, because: .draining)
        draft.stop(misplaced, because: .constraint)
        draft.stop(surplus, because: .scaleIn)
    }

    /// Stops tasks of earlier deployments: those that are not healthy without asking, the others within the budget.
    private static func giveWay(_ subject: Subject, in draft: inout Draft) {
        let older = draft.tasks.indices.filter {
            draft.standings[$0].isToRun && draft.deployments[$0] != subject.place && !Draining.isLeaving($0, in: draft)
        }
        draft.stop(older.filter { draft.standings[$0] == .unhealthy }, because: .deployment)
        draft.stop(draft.unprotected(older.filter { draft.standings[$0] <= .pending }), because: .deployment)
        // Tasks on instances that they have to leave keep nobody's minimum up.
        let healthy = draft.tasks.indices.count {
            draft.standings[$0] == .healthy && !Draining.isLeaving($0, in: draft)
        }
        let budget = healthy - subject.bounds.lower
        let maturing = older.filter { draft.standings[$0] == .maturing }
        let chosen = ScaleInOrder.choose(
            min(maturing.count, max(0, budget + maturing.count)), of: maturing, leaving: true, in: &draft)
        let chosenHealthy = ScaleInOrder.choose(
            max(0, budget), of: older.filter { draft.standings[$0] == .healthy }, leaving: true, in: &draft)
        draft.stop(chosen + chosenHealthy, because: .deployment)
    }

    /// There is no place for a replacement beside a task that is unhealthy: it stops first, one at a time if that
    /// leaves fewer than minimumHealthyPercent to do the work.
    private static func replaceUnhealthy(_ subject: Subject, in draft: inout Draft) {
        let unhealthy = draft.tasks(subject, leaving: false) { $0 == .unhealthy }
        guard !unhealthy.isEmpty else { return }
        let census = draft.census(subject)
        if census.staying.healthy >= subject.bounds.lower {
            Replica.stopUnhealthy(unhealthy, subject, in: &draft)
        } else if census.staying.pending + census.staying.maturing + census.staying.stopping == 0 {
            Replica.stopUnhealthy(unhealthy.prefix(1), subject, in: &draft)
        }
    }

    private static func start(_ subject: Subject, _ isMember: [Bool], in draft: inout Draft) {
        guard draft.deploymentStates[subject.place].rolloutState != .failed else { return }
        var isTaken = [Bool](repeating: false, count: draft.instances.count)
        for task in draft.tasks.indices where draft.standings[task] != .stopped {
            if let place = draft.tasks[task].instance { isTaken[place] = true }
        }
        let failed = Set(draft.deploymentStates[subject.place].backOff.failedInstances)
        let isInProgress = draft.deploymentStates[subject.place].rolloutState == .inProgress
        for (place, instance) in draft.instances.enumerated() where isMember[place] && !isTaken[place] {
            if let unplaced = draft.service.deployments[subject.place].unplaced {
                Notices.raise(
                    .unableToPlace, cause: unplaced.cause.noticeCause, .unableToPlace(unplaced.cause), in: &draft)
            }
            Notices.keep(.unableToPlace, in: &draft)
            // Its agent could not hear of it.
            if instance.lastHeardAt != nil { continue }
            if failed.contains(instance.id), BackOff.holds(subject.place, in: &draft) { continue }
            if let refusedAt = instance.daemonRefusedAt {
                let retryAt = refusedAt.addingTimeInterval(draft.settings.placementRetrySeconds)
                draft.alarm.set(retryAt)
                if draft.now < retryAt { continue }
            }
            draft.start(
                1, of: subject.place, on: .instance(place), because: isInProgress ? .deployment : .missing)
        }
    }
}
