import FoundationEssentials

/// REPLICA: the desired number of tasks, wherever they fit.
///
/// - Source: spec/ecs-scheduling.md sections 3.1 and 3.2.
enum Replica {
    static func plan(_ draft: inout Draft) {
        guard let primary = draft.primary else { return }
        let desiredCount = draft.service.desiredCount
        draft.state.desiredCount = desiredCount
        BackOff.account(in: &draft)
        CircuitBreaker.account(primary, in: &draft)
        CircuitBreaker.check(primary, desiredCount: desiredCount, in: &draft)
        let subject = Subject(
            place: primary, desiredCount: desiredCount, takesOver: true,
            configuration: draft.service.deploymentConfiguration)
        if !draft.isRollingBack { keep(subject, in: &draft) }
        if !draft.isRollingBack { SteadyState.conclude(subject, in: &draft) }
    }

    /// Brings a deployment, or a task set, nearer to its count.
    static func keep(_ subject: Subject, in draft: inout Draft) {
        if draft.deploymentStates[subject.place].rolloutState == .failed {
            stall(subject, in: &draft)
            return
        }
        RollingDeployment.stopLeaving(subject, in: &draft)
        replaceUnhealthy(subject, in: &draft)
        CircuitBreaker.check(subject.place, desiredCount: subject.desiredCount, in: &draft)
        if draft.isRollingBack { return }
        start(subject, in: &draft)
        if !ZoneRebalancing.decides(subject, in: &draft) { scaleIn(subject, in: &draft) }
        RollingDeployment.tellIfStuck(subject, in: &draft)
    }

    /// A deployment that failed, and was not rolled back, starts nothing, and what it was to replace stays. Of what
    /// there is beyond the desired count its own tasks go first.
    private static func stall(_ subject: Subject, in draft: inout Draft) {
        draft.state.rebalancing = nil
        RollingDeployment.stopLeaving(subject, onlyDraining: true, in: &draft)
        let census = draft.census(subject)
        let surplus = census.counted - subject.desiredCount
        guard surplus > 0 else { return }
        let own = draft.tasks(subject, leaving: false, \.isCounted)
        let stopped = stop(surplus, of: own, subject, in: &draft)
        stop(surplus - stopped, of: draft.tasks(subject, leaving: true, \.isCounted), subject, in: &draft)
    }

    // MARK: Starting

    /// How many tasks the subject lacks, and how many of them can be started now.
    private struct Need {
        let missing: Int
        /// Within `upper`, and none while it is known that they would find no instance.
        let startable: Int
    }

    private static func need(_ subject: Subject, in draft: inout Draft) -> Need {
        let census = draft.census(subject)
        let missing = max(0, subject.desiredCount - census.staying.promising)
        let room = max(0, subject.bounds.upper - census.counted)
        var startable = min(missing, room)
        if startable > 0, let unplaced = draft.service.deployments[subject.place].unplaced, !unplaced.cause.isOfZone,
            startable <= unplaced.count ?? .max
        {
            let retryAt = unplaced.triedAt.addingTimeInterval(draft.settings.placementRetrySeconds)
            draft.alarm.set(retryAt)
            if draft.now < retryAt { startable = 0 }
        }
        return Need(missing: missing, startable: startable)
    }

    private static func start(_ subject: Subject, in draft: inout Draft) {
        let need = need(subject, in: &draft)
        if let unplaced = draft.service.deployments[subject.place].unplaced, need.missing > 0 || unplaced.cause.isOfZone
        {
            Notices.raise(
                .unableToPlace, cause: unplaced.cause.noticeCause, .unableToPlace(unplaced.cause), in: &draft)
        }
        guard need.missing > 0 else { return }
        // What could not be placed is tried again: only when nothing is missing is it known to have been placed.
        Notices.keep(.unableToPlace, in: &draft)
        guard draft.deploymentStates[subject.place].rolloutState != .failed, need.startable > 0,
            !BackOff.holds(subject.place, in: &draft)
        else { return }
        draft.start(need.startable, of: subject.place, on: .anywhere, because: cause(subject, in: draft))
    }

    private static func cause(_ subject: Subject, in draft: Draft) -> StartCause {
        if subject.takesOver, draft.deploymentStates[subject.place].rolloutState == .inProgress { return .deployment }
        let census = draft.census(subject)
        return census.staying.unhealthy + census.leaving.counted > 0 ? .replacement : .missing
    }

    // MARK: Unhealthy tasks

    /// A task that is unhealthy stops once another that is healthy is there for it. Where there is no room for that
    /// other one, because of maximumPercent or because no instance has any, one stops first, and the next when its
    /// replacement is healthy; a deployment in progress whose service does not need them stops as many as are in the
    /// way.
    ///
    /// - Source: Developer Guide, "Determine task health using container health checks".
    private static func replaceUnhealthy(_ subject: Subject, in draft: inout Draft) {
        var unhealthy = draft.tasks(subject, leaving: false) { $0 == .unhealthy }[...]
        guard !unhealthy.isEmpty else { return }
        let census = draft.census(subject)
        let replaced = max(0, census.staying.healthy + unhealthy.count - subject.desiredCount)
        stopUnhealthy(unhealthy.prefix(replaced), subject, in: &draft)
        unhealthy = unhealthy.dropFirst(replaced)

        let need = need(subject, in: &draft)
        guard !unhealthy.isEmpty, need.missing > 0, need.startable == 0, !BackOff.holds(subject.place, in: &draft)
        else {
            return
        }
        // What is stopping makes room as well, if it is a host's room that is missing.
        let stopping = census.staying.stopping + census.leaving.stopping
        let inTheWay = max(0, min(unhealthy.count, need.missing - stopping))
        let isInProgress = subject.takesOver && draft.deploymentStates[subject.place].rolloutState == .inProgress
        if isInProgress, census.healthy >= subject.bounds.lower || census.leaving.counted == 0 {
            stopUnhealthy(unhealthy.prefix(inTheWay), subject, in: &draft)
        } else if census.staying.pending + census.staying.maturing + census.staying.stopping == 0 {
            stopUnhealthy(unhealthy.prefix(1), subject, in: &draft)
        }
    }

    static func stopUnhealthy(_ tasks: some Collection<Int>, _ subject: Subject, in draft: inout Draft) {
        for task in tasks {
            let key = draft.tasks[task].key
            let cause = HealthRule.failure(of: draft.tasks[task]) ?? .containerHealth
            draft.post(cause == .containerHealth ? .failedContainerHealthChecks(key) : .failedTargetHealthChecks(key))
        }
        for cause in [StopCause.containerHealth, .targetHealth] {
            let failed = tasks.filter { (HealthRule.failure(of: draft.tasks[$0]) ?? .containerHealth) == cause }
            draft.stop(failed, because: cause)
        }
        CircuitBreaker.noteFailedChecks(tasks.count, of: subject.place, in: &draft)
    }

    // MARK: Scaling in

    private static func scaleIn(_ subject: Subject, in draft: inout Draft) {
        let surplus = draft.census(subject).staying.promising - subject.desiredCount
        guard surplus > 0 else { return }
        let candidates = draft.tasks(subject, leaving: false) { $0.isCounted && $0 != .unhealthy }
        let stopped = stop(surplus, of: candidates, subject, in: &draft)
        let protectedCount = candidates.count { draft.isProtected($0) }
        if stopped < surplus, protectedCount > subject.desiredCount {
            let id = draft.service.deployments[subject.place].id
            Notices.raise(.protectedTasks, .protectedTasksBlockScaleIn(deployment: id), in: &draft)
        }
    }

    /// Stops so many of the candidates, but of the healthy ones not more than `lower` leaves: where those that are not
    /// healthy are protected, the others are still needed.
    ///
    /// - Returns: how many.
    @discardableResult
    private static func stop(
        _ surplus: Int, of candidates: [Int], _ subject: Subject, in draft: inout Draft
    ) -> Int {
        let others = ScaleInOrder.choose(surplus, of: candidates.filter { draft.standings[$0] != .healthy }, in: &draft)
        let budget = max(0, draft.census(subject).healthy - subject.bounds.lower)
        let healthy = ScaleInOrder.choose(
            min(surplus - others.count, budget), of: candidates.filter { draft.standings[$0] == .healthy }, in: &draft)
        draft.stop(others + healthy, because: .scaleIn)
        return others.count + healthy.count
    }
}

extension UnplacedCause {
    /// Whether it is only one zone that has no room.
    var isOfZone: Bool {
        if case .noInstanceFitsInZone = self { return true }
        return false
    }
}
