import Placement
import Testing

/// The index and the reference, given the same random operations.
struct RandomHistory {
    var index = HostIndex()
    var reference = ReferenceCluster()
    var random: SeededGenerator
    let seed: UInt64
    let hostLimit: Int
    let zoneCount: Int
    var nextTask = 0
    var disagreed = false

    init(seed: UInt64, hostLimit: Int, zoneCount: Int) {
        self.zoneCount = zoneCount
        self.seed = seed
        self.hostLimit = hostLimit
        random = SeededGenerator(seed: seed)
    }

    mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<45: place()
        case 45..<50: stopTask()
        case 50..<60: releaseTask()
        case 60..<66: upsertHost()
        case 66..<69: removeHost()
        case 69..<74: connectOrDisconnect()
        case 74..<79: drainOrActivate()
        case 79..<82: setAttributes()
        case 82..<90: reserveOnHost()
        case 90..<93: reassign()
        case 93..<94: reassignRange()
        case 94..<95: changeWhatOthersKnow()
        default: restore()
        }
    }

    mutating func upsertHost() {
        let host = randomHost()
        index.upsert(host)
        if reference.hosts[host.id] == nil {
            reference.addressLimits[host.id] = nil
            reference.runningTaskCounts[host.id] = nil
        }
        reference.hosts[host.id] = host
        compare(host.id)
    }

    mutating func removeHost() {
        guard let id = anyHostID() else { return }
        let expected = reference.tasks(on: id).map(\.task).sorted()
        check(index.remove(id) == expected, "tasks of the removed host")
        for task in expected { reference.set(task, nil) }
        reference.hosts[id] = nil
        check(index.remaining(on: id) == nil, "a removed host is unknown")
    }

    mutating func connectOrDisconnect() {
        guard let id = anyHostID() else { return }
        let isConnected = Int.random(in: 0..<3, using: &random) > 0
        check(index.setAgentConnected(isConnected, on: id), "host is known")
        reference.hosts[id]?.isAgentConnected = isConnected
    }

    mutating func drainOrActivate() {
        guard let id = anyHostID() else { return }
        let status: HostStatus = Int.random(in: 0..<3, using: &random) > 0 ? .active : .draining
        check(index.setStatus(status, on: id), "host is known")
        reference.hosts[id]?.status = status
    }

    mutating func setAttributes() {
        guard let id = anyHostID() else { return }
        let attributes = randomAttributes()
        check(index.setAttributes(attributes, on: id), "host is known")
        reference.hosts[id]?.attributes = attributes
    }

    /// The desired status becomes STOPPED.
    mutating func stopTask() {
        guard let task = anyTask() else { return }
        index.discount(task)
        index.discount(task)
        reference.stopping.insert(task)
    }

    mutating func changeWhatOthersKnow() {
        guard let id = anyHostID() else { return }
        let limit = Bool.random(using: &random) ? Int.random(in: 0...3, using: &random) : nil
        index.setAddressLimit(limit, on: id)
        reference.addressLimits[id] = limit
        let count = Int.random(in: 0...4, using: &random)
        index.setRunningTaskCount(count, on: id)
        reference.runningTaskCounts[id] = count
    }

    mutating func place() {
        let request = randomRequest()
        let tasks = newTasks(Int.random(in: 1...10, using: &random))
        let result = index.place(request, tasks: tasks, using: &random)
        check(
            result.placements.map(\.task) == Array(tasks.prefix(result.placements.count)), "tasks are placed in order")
        for placement in result.placements {
            let fitting = reference.fittingHosts(request)
            let scores = fitting.map { reference.score($0, request) }
            let best = scores.min { $0.lexicographicallyPrecedes($1) }
            let chosen = fitting.firstIndex { $0.id == placement.host }
            check(chosen != nil, "\(placement.host) fits \(request)")
            check(
                chosen.map { scores[$0] } == best, "no host is better than \(placement.host) for \(request.strategies)")
            accept(placement, request.demand)
        }
        compareAccepted(result.placements, request.demand)
        if result.placements.count < tasks.count {
            check(reference.fittingHosts(request).isEmpty, "no host fits \(request)")
            compare(result.explanation, request)
        } else {
            check(result.explanation == nil, "nothing to explain")
        }
    }

    mutating func reserveOnHost() {
        guard let id = anyHostID(), let host = reference.hosts[id] else { return }
        let demand = randomDemand()
        let expected = reference.refusal(demand, host)
        switch index.reserve(demand, task: newTasks(1)[0], group: randomGroup(), on: id) {
        case .reserved(let placement):
            check(expected == nil, "reference refuses for \(String(describing: expected))")
            accept(placement, demand)
            compareAccepted([placement], demand)
        case .refused(let refusal):
            check(refusal.reason == expected, "\(refusal) but reference says \(String(describing: expected))")
            check(refusal.host == id && !refusal.detail.isEmpty, "a refusal names host and reason")
        }
    }

    mutating func releaseTask() {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            guard let task = anyTask() else { return }
            check(index.release(task) == reference.tasks[task], "release returns what was held")
            check(index.release(task) == nil, "a second release does nothing")
            let host = reference.set(task, nil)?.host
            if let host { compare(host) }
        }
    }

    /// What start-up does: any record, whether it fits or not, and some of them twice.
    mutating func restore() {
        guard let id = anyHostID() else { return }
        let task = Bool.random(using: &random) ? anyTask() ?? newTasks(1)[0] : newTasks(1)[0]
        let ports = (0..<2).map { _ in HostPort(.tcp, UInt16.random(in: 80...84, using: &random)) }
        let dynamic = [HostPort(.udp, UInt16.random(in: 100...130, using: &random))]
        let reservation = Reservation(
            cpuUnits: Int.random(in: 0...3000, using: &random), memoryMiB: Int.random(in: 0...3000, using: &random),
            staticPorts: Array(Set(ports)).sorted(), dynamicPorts: dynamic, portRanges: randomHeldRanges(),
            gpuIDs: Self.gpus.filter { _ in random.next() & 7 == 0 })
        let placement = Placement(
            task: task, host: id, group: randomGroup(), reservation: reservation,
            holdsInterface: Bool.random(using: &random))
        check(index.restore(placement), "host is known")
        reference.stopping.remove(task)
        let before = reference.set(task, placement)
        if let before { compare(before.host) }
        compare(id)
    }

    mutating func reassign() {
        guard let task = anyTask(), let placement = reference.tasks[task], let host = reference.hosts[placement.host],
            let old = placement.reservation.dynamicPorts.first
        else { return }
        let new = HostPort(old.protocol, UInt16.random(in: 90...140, using: &random))
        let outcome = index.reassignPort(of: task, protocol: old.protocol, from: old.number, to: new.number)
        if old == new || !reference.heldPorts(host).contains(new) {
            check(outcome == .reassigned, "\(new) is free")
            var changed = placement
            changed.reservation.dynamicPorts[0] = new
            reference.set(task, changed)
        } else {
            let holders = reference.tasks(on: host.id).filter {
                $0.reservation.staticPorts.contains(new) || $0.reservation.dynamicPorts.contains(new)
                    || $0.reservation.portRanges.flatMap(\.ports).contains(new)
            }.map(\.task)
            guard case .inUse(let holder) = outcome else { return check(false, "\(new) is in use") }
            check(holder.map(holders.contains) ?? holders.isEmpty, "the holder is named")
        }
        compare(host.id)
    }

    mutating func reassignRange() {
        guard let task = reference.tasks.keys.sorted().first(where: { reference.hasRange($0) }),
            let placement = reference.tasks[task], let host = reference.hosts[placement.host],
            let old = placement.reservation.portRanges.first
        else { return }
        let start = UInt16.random(in: 90...140, using: &random)
        let new = HostPortRange(old.protocol, start...start + UInt16(old.numbers.count - 1))
        var without = reference
        var changed = placement
        changed.reservation = placement.reservation.with(ranges: Array(placement.reservation.portRanges.dropFirst()))
        without.set(task, changed)
        let outcome = index.reassignRange(of: task, from: old, to: new)
        if old == new || without.heldPorts(host).isDisjoint(with: new.ports) {
            check(outcome == .reassigned, "\(new) is free")
            let ranges = [new] + changed.reservation.portRanges
            changed.reservation = placement.reservation.with(ranges: ranges)
            reference.set(task, changed)
        } else {
            guard case .inUse = outcome else { return check(false, "\(new) is in use") }
        }
        compare(host.id)
    }
}
