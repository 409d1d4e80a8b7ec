struct TCPPortFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .ports }

    func shortfall(slot: Int, demand: CompiledDemand, index: borrowing HostIndex) -> Int {
        PortRule.shortfall(.tcp, slot: slot, demand: demand, index: index)
    }

    func causes(slot: Int, demand: CompiledDemand, index: borrowing HostIndex) -> [RefusalCause] {
        PortRule.causes(.tcp, slot: slot, demand: demand, index: index)
    }
}

struct UDPPortFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .portsUDP }

    func shortfall(slot: Int, demand: CompiledDemand, index: borrowing HostIndex) -> Int {
        PortRule.shortfall(.udp, slot: slot, demand: demand, index: index)
    }

    func causes(slot: Int, demand: CompiledDemand, index: borrowing HostIndex) -> [RefusalCause] {
        PortRule.causes(.udp, slot: slot, demand: demand, index: index)
    }
}

/// What both port filters check, for one protocol.
private enum PortRule {
    /// In ports.
    static func shortfall(
        _ protocol: PortProtocol, slot: Int, demand: CompiledDemand, index: borrowing HostIndex
    ) -> Int {
        let wanted = demand.staticPorts(`protocol`)
        let dynamicCount = demand.dynamicPortCount(`protocol`)
        if wanted.isEmpty && dynamicCount == 0 { return 0 }
        var lacking = 0
        for (offset, port) in wanted.enumerated() {
            let isRepeated = offset > 0 && wanted[offset - 1] == port
            if isRepeated || index.slots[slot].ports.isHeld(HostPort(`protocol`, port)) { lacking += 1 }
        }
        if answersForLimit(`protocol`, demand) {
            let total = index.slots[slot].ports.staticCount + demand.demand.staticPorts.count
            lacking += max(0, total - index.staticPortLimit)
        }
        let free = freeDynamic(`protocol`, slot: slot, demand: demand, index: index, enough: dynamicCount)
        return lacking + dynamicCount - free
    }

    static func causes(
        _ protocol: PortProtocol, slot: Int, demand: CompiledDemand, index: borrowing HostIndex
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
        let dynamicCount = demand.dynamicPortCount(`protocol`)
        let free = freeDynamic(`protocol`, slot: slot, demand: demand, index: index, enough: dynamicCount)
        if free < dynamicCount {
            let range = index.slots[slot].host.dynamicPortRange
            let shortage = Shortage(requested: dynamicCount, used: range.count - free, capacity: range.count)
            causes.append(.dynamicPorts(`protocol`, shortage, range: range))
        }
        return causes
    }

    /// The limit is on both protocols together; a task that wants static ports of both is refused for TCP.
    private static func answersForLimit(_ protocol: PortProtocol, _ demand: CompiledDemand) -> Bool {
        switch `protocol` {
        case .tcp: !demand.staticTCP.isEmpty
        case .udp: demand.staticTCP.isEmpty && !demand.staticUDP.isEmpty
        }
    }

    private static func freeDynamic(
        _ protocol: PortProtocol, slot: Int, demand: CompiledDemand, index: borrowing HostIndex, enough: Int
    ) -> Int {
        if enough == 0 { return 0 }
        let range = index.slots[slot].host.dynamicPortRange
        let taken = demand.staticPorts(`protocol`)
        return switch `protocol` {
        case .tcp: index.slots[slot].ports.tcp.freeDynamicPorts(in: range, beside: taken, enough: enough)
        case .udp: index.slots[slot].ports.udp.freeDynamicPorts(in: range, beside: taken, enough: enough)
        }
    }
}
