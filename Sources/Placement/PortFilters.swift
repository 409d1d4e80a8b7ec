struct TCPPortFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .ports }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        PortRule.shortfall(.tcp, slot: slot, demand: demand, index: index)
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        PortRule.causes(.tcp, slot: slot, demand: demand, index: index)
    }
}

struct UDPPortFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .portsUDP }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        PortRule.shortfall(.udp, slot: slot, demand: demand, index: index)
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        PortRule.causes(.udp, slot: slot, demand: demand, index: index)
    }
}

/// What both port filters check, for one protocol.
private enum PortRule {
    /// In ports.
    static func shortfall(
        _ protocol: PortProtocol, slot: Int, demand: CompiledRequest, index: borrowing HostIndex
    ) -> Int {
        let wanted = demand.staticPorts(`protocol`)
        let dynamicCount = demand.dynamicPortCount(`protocol`)
        if wanted.isEmpty && dynamicCount == 0 && demand.demand.portRanges.isEmpty { return 0 }
        var lacking = 0
        for (offset, port) in wanted.enumerated() {
            let isRepeated = offset > 0 && wanted[offset - 1] == port
            if isRepeated || index.slots[slot].ports.isHeld(HostPort(`protocol`, port)) { lacking += 1 }
        }
        if answersForLimit(`protocol`, demand) {
            let total = index.slots[slot].ports.staticCount + demand.demand.staticPorts.count
            lacking += max(0, total - index.staticPortLimit)
        }
        let trial = DynamicTrial(`protocol`, slot: slot, demand: demand, index: index)
        return trial.unfit.reduce(lacking) { $0 + $1.count } + dynamicCount - trial.free
    }

    static func causes(
        _ protocol: PortProtocol, slot: Int, demand: CompiledRequest, index: borrowing HostIndex
    ) -> [RefusalCause] {
        var causes: [RefusalCause] = []
        let wanted = demand.staticPorts(`protocol`)
        for (offset, number) in wanted.enumerated() {
            let port = HostPort(`protocol`, number)
            if offset > 0 && wanted[offset - 1] == number {
                causes.append(.staticPort(port, holder: .sameTask))
            } else if let holder = index.holder(of: port, slot: slot) {
                causes.append(.staticPort(port, holder: holder))
            }
        }
        let limit = Shortage(
            requested: demand.demand.staticPorts.count, used: index.slots[slot].ports.staticCount,
            capacity: index.staticPortLimit)
        if answersForLimit(`protocol`, demand), limit.used + limit.requested > limit.capacity {
            causes.append(.staticPortLimit(`protocol`, limit))
        }
        let range = index.slots[slot].host.dynamicPortRange
        let trial = DynamicTrial(`protocol`, slot: slot, demand: demand, index: index)
        causes += trial.unfit.map { .portRange($0, range: range) }
        let dynamicCount = demand.dynamicPortCount(`protocol`)
        if trial.free < dynamicCount {
            let shortage = Shortage(requested: dynamicCount, used: range.count - trial.free, capacity: range.count)
            causes.append(.dynamicPorts(`protocol`, shortage, range: range))
        }
        return causes
    }

    /// The limit is on both protocols together; a task that wants static ports of both is refused for TCP.
    private static func answersForLimit(_ protocol: PortProtocol, _ demand: CompiledRequest) -> Bool {
        switch `protocol` {
        case .tcp: !demand.staticTCP.isEmpty
        case .udp: demand.staticTCP.isEmpty && !demand.staticUDP.isEmpty
        }
    }
}

/// What the index would find for the open ports of one protocol: the ranges first, then the single ones.
private struct DynamicTrial {
    /// Ranges without a gap that is long enough.
    private(set) var unfit: [PortRangeDemand] = []
    /// Ports left for single mappings, not counted further than they are wanted.
    let free: Int

    init(_ protocol: PortProtocol, slot: Int, demand: CompiledRequest, index: borrowing HostIndex) {
        let range = index.slots[slot].host.dynamicPortRange
        let taken = demand.staticPorts(`protocol`)
        let wanted = demand.dynamicPortCount(`protocol`)
        if demand.demand.portRanges.isEmpty {
            free = wanted == 0 ? 0 : index.freePorts(`protocol`, slot: slot, in: range, beside: taken, enough: wanted)
            return
        }
        // The same steps as when they are taken, so that what passes here is found there too.
        var ledger = index.slots[slot].ports.ledger(`protocol`)
        for port in taken { ledger.hold(fixed: port) }
        for place in demand.rangesBySize where demand.demand.portRanges[place].protocol == `protocol` {
            let wanted = demand.demand.portRanges[place]
            if ledger.takeDynamic(wanted.count, inARowFrom: range) == nil { unfit.append(wanted) }
        }
        free = wanted == 0 ? 0 : ledger.freeDynamicPorts(in: range, beside: [], enough: wanted)
    }
}

extension HostIndex {
    /// Without a copy of the ledger.
    fileprivate borrowing func freePorts(
        _ protocol: PortProtocol, slot: Int, in range: ClosedRange<UInt16>, beside taken: [UInt16], enough: Int
    ) -> Int {
        switch `protocol` {
        case .tcp: slots[slot].ports.tcp.freeDynamicPorts(in: range, beside: taken, enough: enough)
        case .udp: slots[slot].ports.udp.freeDynamicPorts(in: range, beside: taken, enough: enough)
        }
    }
}
