import Placement
import Testing

extension RandomHistory {
    mutating func accept(_ placement: Placement, _ demand: ResourceDemand) {
        let reservation = placement.reservation
        guard let host = reference.hosts[placement.host] else { return check(false, "host is known") }
        check(reservation.cpuUnits == demand.cpuUnits && reservation.memoryMiB == demand.memoryMiB, "amounts as asked")
        check(reservation.staticPorts == demand.staticPorts, "static ports as asked")
        let kinds = reservation.dynamicPorts.map(\.protocol)
        let wanted =
            Array(repeating: PortProtocol.tcp, count: demand.dynamicTCPPortCount)
            + Array(repeating: .udp, count: demand.dynamicUDPPortCount)
        check(kinds == wanted, "as many dynamic ports as asked, TCP first")
        check(reservation.dynamicPorts.allSatisfy { host.dynamicPortRange.contains($0.number) }, "ports from the range")
        check(
            reservation.portRanges.map { PortRangeDemand($0.protocol, count: $0.numbers.count) } == demand.portRanges,
            "ranges as asked")
        let inRanges = reservation.portRanges.flatMap(\.ports)
        check(inRanges.allSatisfy { host.dynamicPortRange.contains($0.number) }, "ranges within the range")
        check(reservation.gpuIDs.count == demand.gpuCount, "as many GPUs as asked")
        check(Set(reservation.gpuIDs).count == demand.gpuCount, "no GPU twice in a task")
        check(Set(reference.freeGPUs(host)).isSuperset(of: reservation.gpuIDs), "no GPU that someone holds")
        let ports = reservation.staticPorts + reservation.dynamicPorts + inRanges
        check(Set(ports).count == ports.count, "no port twice in a task")
        check(reference.heldPorts(host).isDisjoint(with: ports), "no port that someone holds")
        reference.set(placement.task, placement)
    }

    /// After all placements of a call, for the index is already past the last of them.
    mutating func compareAccepted(_ placements: [Placement], _ demand: ResourceDemand) {
        for id in Set(placements.map(\.host)).sorted() { compareAccepted(id, demand) }
    }

    mutating func compareAccepted(_ id: HostID, _ demand: ResourceDemand) {
        compare(id)
        let remaining = index.remaining(on: id)
        check(
            remaining.map { $0.cpuUnits >= 0 || demand.cpuUnits == 0 } == true, "CPU not oversubscribed by a placement")
        check(remaining.map { $0.memoryMiB >= 0 || demand.memoryMiB == 0 } == true, "nor memory")
    }

    mutating func compare(_ explanation: PlacementExplanation?, _ request: PlacementRequest) {
        guard let explanation else { return check(false, "a failure is explained") }
        let candidates = reference.hosts.values.filter { reference.isCandidate($0, request) }
        let active = candidates.filter { $0.status == .active }
        check(explanation.activeHostCount == active.count, "active hosts")
        check(explanation.drainingHostCount == candidates.count - active.count, "draining hosts")
        let reasons = active.map { reference.refusal(request, $0) }
        for reason in RefusalReason.allCases {
            let expected = reasons.count { $0 == reason }
            let counted = explanation.counts.first { $0.reason == reason }?.hostCount ?? 0
            check(counted == expected, "hosts that refuse for \(reason)")
        }
        check(explanation.nearest.count == min(request.explainLimit, active.count), "as many named as asked")
        for refusal in explanation.nearest {
            let expected = reference.hosts[refusal.host].flatMap { reference.refusal(request, $0) }
            check(refusal.reason == expected, "\(refusal) but reference says \(String(describing: expected))")
        }
    }

    mutating func compareAll() {
        check(index.hostCount == reference.hosts.count, "host count")
        check(index.reservationCount == reference.tasks.count, "task count")
        for id in reference.hosts.keys.sorted() { compare(id) }
        for task in reference.tasks.keys.sorted() {
            check(index.placement(of: task) == reference.tasks[task], "placement of \(task)")
        }
        for group in Self.groups {
            let zoneCounts = reference.zoneCounts(group: group)
            check(index.taskCount(group: group) == zoneCounts.values.reduce(0, +), "tasks of \(group)")
            for zone in Self.zones {
                let expected = zoneCounts[zone] ?? 0
                check(index.taskCount(group: group, availabilityZone: zone) == expected, "tasks of \(group) in \(zone)")
            }
        }
    }

    mutating func compare(_ id: HostID) {
        guard let host = reference.hosts[id] else { return }
        check(index.host(id) == host, "host \(id)")
        let expected = reference.remaining(host)
        let actual = index.remaining(on: id)
        check(actual == expected, "remaining on \(id): \(String(describing: actual)), reference \(expected)")
        check(index.tasks(on: id) == reference.tasks(on: id).map(\.task).sorted(), "tasks on \(id)")
        for group in Self.groups {
            let expected = reference.taskCount(group, on: id)
            check(index.taskCount(group: group, on: id) == expected, "tasks of \(group) on \(id)")
        }
    }

    mutating func check(
        _ holds: Bool, _ claim: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if holds || disagreed { return }
        disagreed = true
        Issue.record("seed \(seed): \(claim())", sourceLocation: sourceLocation)
    }
}
