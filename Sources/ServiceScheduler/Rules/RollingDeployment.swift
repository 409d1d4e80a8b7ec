/// How the tasks of one deployment give way to those of the next.
///
/// For D desired tasks, `lower` stay healthy and there are not more than `upper`: see ``Bounds``. In one plan
///  1. what leaves and is unhealthy or PENDING stops; nobody misses it;
///  2. of what leaves and is healthy so many stop that `lower` are left, whoever they belong to: at once, so that with
///     room for nothing more, or with static ports, the next ones find the place of those;
///  3. so many start that the deployment has D, and there are not more than `upper`. STOPPING tasks do not count.
///
/// What leaves is older deployments' tasks, as many as are in flight, and those of ``Draining`` instances. Tasks that
/// are RUNNING and not yet healthy are spared for as long as they could still be needed to make up `lower`.
///
/// - Source: spec/ecs-scheduling.md section 3.2.
enum RollingDeployment {
    struct Bounds: Equatable {
        let lower: Int
        let upper: Int

        /// - Source: `ceil(D × minimumHealthyPercent / 100)`, `floor(D × maximumPercent / 100)`. Never so that D tasks
        ///   are too many.
        init(desiredCount: Int, _ configuration: DeploymentConfiguration) {
            lower = (desiredCount * configuration.minimumHealthyPercent + 99) / 100
            upper = max(desiredCount, desiredCount * configuration.maximumPercent / 100)
        }
    }

    /// Steps 1 and 2.
    ///
    /// - Parameter onlyDraining: of a deployment that has stalled: what it should have replaced stays.
    static func stopLeaving(_ subject: Subject, onlyDraining: Bool = false, in draft: inout Draft) {
        func leaving(_ draft: Draft, _ isWanted: (Standing) -> Bool) -> [Int] {
            draft.tasks(subject, leaving: true, isWanted).filter { !onlyDraining || Draining.isLeaving($0, in: draft) }
        }
        stop(leaving(draft) { $0 == .unhealthy }, subject, in: &draft)
        // Of lost tasks only those of other deployments: should their hosts come back, they are not wanted. The others
        // could be.
        let useless = leaving(draft) { $0 == .pending || $0 == .lost }
        let older = useless.filter { draft.deployments[$0] != subject.place }
        stop(draft.unprotected(older), subject, in: &draft)
        stop(
            useless.filter { draft.standings[$0] == .pending && Draining.isLeaving($0, in: draft) }, subject, in: &draft
        )

        let census = draft.census(subject)
        let healthy = census.healthy - subject.bounds.lower
        let maturing = leaving(draft) { $0 == .maturing }
        let chosen = ScaleInOrder.choose(
            min(maturing.count, max(0, healthy + maturing.count)), of: maturing, leaving: true, in: &draft)
        let chosenHealthy = ScaleInOrder.choose(
            max(0, healthy), of: leaving(draft) { $0 == .healthy }, leaving: true, in: &draft)
        stop(chosen + chosenHealthy, subject, in: &draft)
    }

    private static func stop(_ tasks: [Int], _ subject: Subject, in draft: inout Draft) {
        let draining = tasks.filter { Draining.isLeaving($0, in: draft) }
        draft.stop(draining, because: .draining)
        draft.stop(tasks, because: .deployment)
    }

    /// Tells of a deployment, or of ``Draining`` instances, that cannot go on because both budgets are rounded to nothing.
    ///
    /// A DAEMON's task on a DRAINING instance waits for others to leave and not for a budget.
    static func tellIfStuck(_ subject: Subject, in draft: inout Draft) {
        let census = draft.census(subject)
        let isDaemon = draft.service.schedulingStrategy == .daemon
        let leaving = draft.tasks(subject, leaving: true, \.isCounted)
        guard subject.bounds.lower >= subject.desiredCount, subject.bounds.upper <= subject.desiredCount,
            census.staying.promising < subject.desiredCount,
            leaving.contains(where: { !isDaemon || !Draining.isLeaving($0, in: draft) })
        else { return }
        // While a task that died is replaced, the others are as stuck as before.
        Notices.keep(.stuckDeployment, in: &draft)
        guard !census.isMoving, census.counted >= subject.bounds.upper,
            !draft.actions.contains(where: \.startsTasks)
        else { return }
        Notices.raise(.stuckDeployment, .stuckDeployment, in: &draft)
    }
}

extension Action {
    var startsTasks: Bool {
        if case .start = self { return true }
        return false
    }
}
