extension HostIndex {
    /// Everything that keeps a task off a host, in the filters' order; empty if it fits.
    func refusalCauses(slot: Int, demand: CompiledRequest) -> [RefusalCause] {
        var causes: [RefusalCause] = []
        var refusedStage: HostFilterStage?
        for filter in HostFilters.inOrder {
            if let refusedStage, filter.stage != refusedStage { break }
            if filter.shortfall(slot: slot, demand: demand, index: self) == 0 { continue }
            refusedStage = filter.stage
            causes += filter.causes(slot: slot, demand: demand, index: self)
        }
        return causes
    }

    /// What keeps a request's tasks off the hosts, as things are now; changes nothing.
    package func explain(_ request: PlacementRequest) -> PlacementExplanation {
        let compiled = CompiledRequest(
            request.demand, constraints: request.constraints, candidates: request.candidates,
            group: groupOfName[request.group] ?? -1, in: self)
        return explain(compiled, limit: request.explainLimit)
    }

    /// Whether a task of a request fits on one of these hosts, as things are now. Costs the hosts that are asked about,
    /// most of which are passed over for want of CPU or memory.
    package func fits(_ request: PlacementRequest, onAnyOf ids: some Sequence<HostID>) -> Bool {
        var compiled: CompiledRequest?
        for id in ids {
            guard let slot = slotOfHost[id], slots[slot].isAvailable,
                request.demand.cpuUnits <= max(0, slots[slot].freeCPUUnits),
                request.demand.memoryMiB <= max(0, slots[slot].freeMemoryMiB)
            else { continue }
            let demand =
                compiled
                ?? CompiledRequest(
                    request.demand, constraints: request.constraints, candidates: request.candidates,
                    group: groupOfName[request.group] ?? -1, in: self)
            compiled = demand
            if let attribute = demand.candidates, !slots[slot].attributes.containsSorted(attribute) { continue }
            if HostFilters.firstShortfallOfAll(slot: slot, demand: demand, index: self) == nil { return true }
        }
        return false
    }

    /// The hosts that could take a request's tasks by what they are: attributes, location and expressions, not by what
    /// they have left, nor by their status or agent. Looks at every host.
    package func suitableHosts(_ request: PlacementRequest) -> Set<HostID> {
        let compiled = CompiledRequest(
            request.demand, constraints: request.constraints, candidates: request.candidates, group: -1, in: self)
        let filters: [any HostFilter] = [AttributeFilter(), LocationFilter(), MemberOfFilter()]
        var suitable: Set<HostID> = []
        for slot in slots.indices where slots[slot].isOccupied {
            if let attribute = compiled.candidates, !slots[slot].attributes.containsSorted(attribute) { continue }
            if filters.allSatisfy({ $0.shortfall(slot: slot, demand: compiled, index: self) == 0 }) {
                suitable.insert(slots[slot].host.id)
            }
        }
        return suitable
    }

    /// What keeps a task off the hosts. Counts every host, spells out the nearest `limit` of those that refuse.
    ///
    /// Linear in hosts, a few comparisons each; called once a failed request.
    ///
    /// - Parameter pool: the request's, if it is up to date; it knows whom the expressions select.
    func explain(_ demand: CompiledRequest, limit: Int, pool: Int? = nil) -> PlacementExplanation {
        var draining = 0
        var counts = [Int](repeating: 0, count: HostFilters.inOrder.count)
        var nearest = NearestRefusals(limit: max(0, limit))
        var fitting = 0
        for slot in slots.indices where slots[slot].isOccupied {
            if let attribute = demand.candidates, !slots[slot].attributes.containsSorted(attribute) { continue }
            if slots[slot].host.status != .active {
                draining += 1
                continue
            }
            let isMember = pool.map { pools[$0].place(of: slot).position >= 0 }
            guard
                let (order, amount) = HostFilters.firstShortfallOfAll(
                    slot: slot, demand: demand, index: self, isMember: isMember)
            else {
                fitting += 1
                continue
            }
            counts[order] += 1
            nearest.consider(.init(nearness: HostFilters.nearness[order], shortfall: amount, slot: slot))
        }
        return PlacementExplanation(
            activeHostCount: counts.reduce(fitting, +), fittingHostCount: fitting,
            drainingHostCount: draining,
            counts: zip(HostFilters.inOrder, counts).filter { $0.1 > 0 }.map {
                PlacementExplanation.ReasonCount(reason: $0.0.reason, hostCount: $0.1)
            },
            nearest: nearest.sorted().map {
                HostRefusal(host: slots[$0].host.id, causes: refusalCauses(slot: $0, demand: demand))
            })
    }
}

/// The hosts that came closest, kept while all are looked at once.
private struct NearestRefusals {
    struct Candidate {
        let nearness: Int
        let shortfall: Int
        let slot: Int
    }

    private let limit: Int
    /// Up to twice `limit`; sorted and cut when full, so that each candidate costs a comparison on average.
    private var candidates: [Candidate] = []
    /// The last of the nearest at the last cut: who is no nearer need not be kept.
    private var bar: Candidate?

    init(limit: Int) {
        self.limit = limit
    }

    mutating func consider(_ candidate: Candidate) {
        guard limit > 0 else { return }
        if let bar, !Self.isNearer(candidate, bar) { return }
        candidates.append(candidate)
        if candidates.count >= 2 * limit { cut() }
    }

    /// The slots of the nearest hosts, the nearest first.
    mutating func sorted() -> [Int] {
        cut()
        return candidates.map(\.slot)
    }

    private mutating func cut() {
        candidates.sort(by: Self.isNearer)
        if candidates.count >= limit {
            candidates.removeLast(candidates.count - limit)
            bar = candidates.last
        }
    }

    private static func isNearer(_ left: Candidate, _ right: Candidate) -> Bool {
        if left.nearness != right.nearness { return left.nearness > right.nearness }
        if left.shortfall != right.shortfall { return left.shortfall < right.shortfall }
        return left.slot < right.slot
    }
}
