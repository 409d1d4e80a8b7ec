import FoundationEssentials

/// A steady service whose tasks are not spread evenly over its zones is brought into balance: as many tasks as there is
/// room for start in the zones that have too few, and when all are healthy as many stop in those that have too many.
///
///     steady, uneven ──start──▶ surplus, not all healthy ──▶ all healthy ──stop──▶ steady
///                                     │ anything else happens: given up, the surplus is scaled in as any other
///
/// Each zone is to have D/n, rounded down; what remains goes to those that have most. Zones that differ by one are
/// even.
///
/// - Source: spec/ecs-scheduling.md section 4.6.
enum ZoneRebalancing {
    /// Starts or ends a move where it is time.
    ///
    /// - Returns: whether the surplus, if there is one, is its business.
    static func decides(_ subject: Subject, in draft: inout Draft) -> Bool {
        guard subject.takesOver, draft.service.balancedZones.count > 1 else {
            draft.state.rebalancing = nil
            return false
        }
        let census = draft.census(subject)
        let isQuiet =
            census.leaving.counted == 0 && census.staying.unhealthy == 0
            && census.staying.promising >= subject.desiredCount && !draft.actions.contains(where: \.startsTasks)
        let surplus = census.staying.promising - subject.desiredCount
        guard isQuiet else {
            draft.state.rebalancing = nil
            if surplus <= 0 { Notices.keep(.zonesUnbalanced, in: &draft) }
            return false
        }
        if let moving = draft.state.rebalancing, surplus > 0, surplus <= moving {
            Notices.keep(.zonesUnbalanced, in: &draft)
            if census.staying.healthy == census.staying.counted {
                finish(surplus, subject, in: &draft)
                draft.state.rebalancing = nil
            }
            return true
        }
        draft.state.rebalancing = nil
        guard surplus == 0, census.staying.healthy == subject.desiredCount, census.staying.stopping == 0,
            draft.deploymentStates[subject.place].rolloutState == .completed
        else {
            Notices.keep(.zonesUnbalanced, in: &draft)
            return false
        }
        begin(subject, in: &draft)
        return true
    }

    /// How many tasks each of the balanced zones has of the subject, and how many it should have.
    private struct Balance {
        var counts: [Int]
        let targets: [Int]

        init(_ subject: Subject, in draft: Draft) {
            var counts = [Int](repeating: 0, count: draft.service.balancedZones.count)
            for task in draft.tasks(subject, leaving: false, \.isCounted) {
                if let zone = draft.instance(of: task)?.zone { counts[zone] += 1 }
            }
            let zoneCount = counts.count
            let richestFirst = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
            var targets = [Int](repeating: subject.desiredCount / zoneCount, count: zoneCount)
            for zone in richestFirst.prefix(subject.desiredCount % zoneCount) { targets[zone] += 1 }
            self.counts = counts
            self.targets = targets
        }

        var missing: [Int] { counts.indices.map { max(0, targets[$0] - counts[$0]) } }

        func zoneCounts(_ names: [String]) -> [ServiceEvent.ZoneCount] {
            names.indices.map { .init(zone: names[$0], taskCount: counts[$0]) }
        }
    }

    private static func begin(_ subject: Subject, in draft: inout Draft) {
        let balance = Balance(subject, in: draft)
        let names = draft.service.balancedZones
        let missing = balance.missing
        let moves = missing.reduce(0, +)
        if moves == 0 {
            if Notices.isTold(.zonesUnbalanced, in: draft) { draft.post(.zonesBalanced(balance.zoneCounts(names))) }
            return
        }
        let movable = movable(subject, balance, in: &draft).count
        var left = min(moves, subject.bounds.upper - subject.desiredCount, movable)
        if let unplaced = draft.service.deployments[subject.place].unplaced {
            let retryAt = unplaced.triedAt.addingTimeInterval(draft.settings.placementRetrySeconds)
            draft.alarm.set(retryAt)
            if draft.now < retryAt { left = 0 }
        }
        Notices.keep(.zonesUnbalanced, in: &draft)
        guard left > 0 else { return }
        Notices.raise(.zonesUnbalanced, .zonesUnbalanced(balance.zoneCounts(names)), in: &draft)
        draft.state.rebalancing = left
        for zone in missing.indices.sorted(by: { (balance.counts[$0], $0) < (balance.counts[$1], $1) }) {
            let count = min(left, missing[zone])
            draft.start(count, of: subject.place, on: .zone(zone), because: .zoneBalance)
            left -= count
        }
    }

    /// Tasks that may be stopped in zones that have too many.
    private static func movable(_ subject: Subject, _ balance: Balance, in draft: inout Draft) -> [Int] {
        let tooMany = draft.tasks(subject, leaving: false, \.isCounted).filter { task in
            draft.instance(of: task)?.zone.map { balance.counts[$0] > balance.targets[$0] } ?? false
        }
        return draft.unprotected(tooMany)
    }

    private static func finish(_ surplus: Int, _ subject: Subject, in draft: inout Draft) {
        let balance = Balance(subject, in: draft)
        var candidates = movable(subject, balance, in: &draft)
        var excess = balance.counts.indices.map { balance.counts[$0] - balance.targets[$0] }
        if candidates.count > surplus {
            candidates = ScaleInOrder.byRule(
                surplus, of: candidates, without: [], instances: .mostTasks, in: draft
            ) { $0.zone.map { $0 + 1 } ?? 0 }
        }
        let id = draft.service.deployments[subject.place].id
        for zone in draft.service.balancedZones.indices where excess[zone] > 0 {
            let stopped = candidates.filter { draft.instance(of: $0)?.zone == zone }.prefix(excess[zone])
            excess[zone] = 0
            guard !stopped.isEmpty else { continue }
            draft.stop(Array(stopped), because: .zoneBalance)
            draft.post(
                .stoppedForBalance(
                    stopped.map { draft.tasks[$0].key }, deployment: id, zone: draft.service.balancedZones[zone]))
        }
    }
}
