/// One rule that a host must meet, in one place for the search and for the explanation.
protocol HostFilter: Sendable {
    /// Filters of one stage are all listed in a refusal; later stages are not asked after a refusal.
    var stage: HostFilterStage { get }
    /// The ECS reason for a refusal.
    var reason: RefusalReason { get }
    /// By how much the host falls short, in the filter's own unit; 0 if it passes.
    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int
    /// What exactly is wrong; not empty if there is a shortfall.
    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause]
}

enum HostFilterStage: Sendable {
    case status
    case agent
    case attributes
    case resources
    case location
    case constraints
}

enum HostFilters {
    /// ECS's order (spec: ecs-scheduling.md, 2.1).
    static let inOrder: [any HostFilter] = [
        StatusFilter(), AgentFilter(), AttributeFilter(),
        CPUFilter(), MemoryFilter(), TCPPortFilter(), UDPPortFilter(), InterfaceFilter(), GPUFilter(),
        LocationFilter(), MemberOfFilter(), DistinctInstanceFilter(),
    ]

    /// How near a host is that the filter in this place of `inOrder` refuses. What tasks hold can be had one day; what a
    /// host is can not.
    static let nearness = [0, 1, 4, 5, 6, 7, 8, 9, 10, 2, 3, 11]

    /// The first filter that refuses, by its place in `inOrder`, and by how much; nil if the host passes all.
    ///
    /// Written out, because searches ask this of every candidate and a list of any filters costs more than the checks.
    static func firstShortfall(
        slot: Int, demand: CompiledRequest, index: borrowing HostIndex
    ) -> (order: Int, amount: Int)? {
        var amount = StatusFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (0, amount) }
        amount = AgentFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (1, amount) }
        amount = AttributeFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (2, amount) }
        amount = CPUFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (3, amount) }
        amount = MemoryFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (4, amount) }
        amount = TCPPortFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (5, amount) }
        amount = UDPPortFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (6, amount) }
        amount = InterfaceFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (7, amount) }
        amount = GPUFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (8, amount) }
        amount = LocationFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (9, amount) }
        return nil
    }

    /// The same, with the constraints behind it, which a pool and a search see to in their own way.
    ///
    /// - Parameter isMember: whether the host is in the request's pool, if that is known: it saves evaluating expressions.
    static func firstShortfallOfAll(
        slot: Int, demand: CompiledRequest, index: borrowing HostIndex, isMember: Bool? = nil
    ) -> (order: Int, amount: Int)? {
        if let shortfall = firstShortfall(slot: slot, demand: demand, index: index) { return shortfall }
        var amount: Int
        switch isMember {
        case true?: amount = 0
        // It has the attributes and the location, so it is the expression that keeps it out.
        case false? where demand.expressions.count == 1: amount = 1
        default: amount = MemberOfFilter().shortfall(slot: slot, demand: demand, index: index)
        }
        if amount > 0 { return (10, amount) }
        amount = DistinctInstanceFilter().shortfall(slot: slot, demand: demand, index: index)
        if amount > 0 { return (11, amount) }
        return nil
    }
}

struct StatusFilter: HostFilter {
    var stage: HostFilterStage { .status }
    var reason: RefusalReason { .inactive }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        index.slots[slot].host.status == .active ? 0 : 1
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        [.inactive(index.slots[slot].host.status)]
    }
}

struct AgentFilter: HostFilter {
    var stage: HostFilterStage { .agent }
    var reason: RefusalReason { .agent }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        index.slots[slot].host.isAgentConnected ? 0 : 1
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        [.agentDisconnected]
    }
}

struct AttributeFilter: HostFilter {
    var stage: HostFilterStage { .attributes }
    var reason: RefusalReason { .attribute }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        var missing = demand.unknownAttributeCount
        for number in demand.attributes where !index.slots[slot].attributes.containsSorted(number) { missing += 1 }
        return missing
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        let attributes = index.slots[slot].host.attributes
        var causes: [RefusalCause] = []
        for required in demand.demand.requiredAttributes {
            let actual = attributes.last { $0.name == required.name }
            if let actual, required.value == nil || required.value == actual.value { continue }
            causes.append(.attribute(required: required, actual: actual))
        }
        return causes
    }
}

struct CPUFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .cpu }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        max(0, demand.demand.cpuUnits - max(0, index.slots[slot].freeCPUUnits))
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        let capacity = index.slots[slot].host.cpuUnits
        return [
            .cpu(
                Shortage(
                    requested: demand.demand.cpuUnits, used: capacity - index.slots[slot].freeCPUUnits,
                    capacity: capacity))
        ]
    }
}

struct MemoryFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .memory }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        max(0, demand.demand.memoryMiB - max(0, index.slots[slot].freeMemoryMiB))
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        let capacity = index.slots[slot].host.memoryMiB
        return [
            .memory(
                Shortage(
                    requested: demand.demand.memoryMiB, used: capacity - index.slots[slot].freeMemoryMiB,
                    capacity: capacity))
        ]
    }
}

struct GPUFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .gpu }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        let wanted = demand.demand.gpuCount
        return wanted == 0 ? 0 : max(0, wanted - index.slots[slot].gpus.free.count)
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        let capacity = index.slots[slot].host.gpuIDs.count
        return [
            .gpu(
                Shortage(
                    requested: demand.demand.gpuCount, used: capacity - index.slots[slot].gpus.free.count,
                    capacity: capacity))
        ]
    }
}

extension [Int32] {
    func containsSorted(_ number: Int32) -> Bool {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == number
    }
}

/// A task with an interface can only be where one of its subnets is.
struct LocationFilter: HostFilter {
    var stage: HostFilterStage { .location }
    var reason: RefusalReason { .location }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        guard !demand.demand.locations.isEmpty else { return 0 }
        for number in demand.locations where index.slots[slot].attributes.containsSorted(number) { return 0 }
        return 1
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        [.location(demand.demand.locations)]
    }
}

/// A task in network mode awsvpc needs an interface, for which its host may have no room or its subnet no address.
struct InterfaceFilter: HostFilter {
    var stage: HostFilterStage { .resources }
    var reason: RefusalReason { .eni }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        guard demand.demand.wantsInterface, let limit = index.interfaceLimit(slot: slot) else { return 0 }
        return max(0, index.slots[slot].interfaceCount + 1 - limit)
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        let limit = index.interfaceLimit(slot: slot) ?? 0
        return [.interfaces(Shortage(requested: 1, used: index.slots[slot].interfaceCount, capacity: limit))]
    }
}

extension HostIndex {
    /// Nil for a host that can have any number.
    fileprivate borrowing func interfaceLimit(slot: Int) -> Int? {
        guard let own = slots[slot].host.interfaceLimit else { return slots[slot].addressLimit }
        return min(own, slots[slot].addressLimit ?? own)
    }
}

struct MemberOfFilter: HostFilter {
    var stage: HostFilterStage { .constraints }
    var reason: RefusalReason { .memberOf }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        var unmet = 0
        for expression in demand.expressions where !index.selects(expression, slot: slot) { unmet += 1 }
        return unmet
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        var causes: [RefusalCause] = []
        for expression in demand.expressions where !index.selects(expression, slot: slot) {
            causes.append(.memberOf(expression))
        }
        return causes
    }
}

struct DistinctInstanceFilter: HostFilter {
    var stage: HostFilterStage { .constraints }
    var reason: RefusalReason { .distinctInstance }

    func shortfall(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> Int {
        demand.isDistinct && demand.group >= 0 ? index.groups[demand.group].taskCount(slot: slot) : 0
    }

    func causes(slot: Int, demand: CompiledRequest, index: borrowing HostIndex) -> [RefusalCause] {
        [
            .distinctInstance(
                group: index.groups[demand.group].name, taskCount: index.groups[demand.group].taskCount(slot: slot))
        ]
    }
}
