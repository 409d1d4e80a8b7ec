/// Searches for one host among the hosts of some zones. Each returns a host that passes every filter, or nil.
extension HostIndex {
    /// Blind tries before a search. Where one host in twenty fits, 19 of 20 searches are saved.
    private static let probeLimit = 64

    /// Uniform over the hosts that fit.
    ///
    /// A probe that hits is uniform over them. If no probe hits, few fit, and the search can visit each of them
    /// to choose fairly: a walk that stops at the first hit would favour hosts that come after a long run of full ones.
    func anyHost(for demand: CompiledDemand, among bucket: [Int], using random: inout SeededGenerator) -> Int? {
        let positionCount = bucket.reduce(0) { $0 + zones[$1].slots.count }
        guard bucket.contains(where: { zones[$0].nextCandidate(for: demand, from: 0) != nil }) else { return nil }
        for _ in 0..<Self.probeLimit {
            var position = random.index(below: positionCount)
            for zone in bucket {
                if position < zones[zone].slots.count {
                    if let slot = fittingHost(zone: zone, position: position, demand: demand) { return slot }
                    break
                }
                position -= zones[zone].slots.count
            }
        }
        var chosen: Int?
        var fitting = 0
        for zone in bucket {
            var start = 0
            while let position = zones[zone].nextCandidate(for: demand, from: start) {
                start = position + 1
                guard let slot = passingHost(zone: zone, position: position, demand: demand) else { continue }
                fitting += 1
                if random.index(below: fitting) == 0 { chosen = slot }
            }
        }
        return chosen
    }

    /// A host with the fewest tasks of the group.
    ///
    /// The zones' group trees must have the zones' capacity.
    func leastLoadedHost(
        for demand: CompiledDemand, among bucket: [Int], group: Int, using random: inout SeededGenerator
    ) -> Int? {
        var search = LeastLoadedSearch(demand: demand, rotation: random.next())
        let first = random.index(below: max(1, bucket.count))
        for offset in bucket.indices {
            let zone = bucket[(first + offset) % bucket.count]
            search.visit(zone: zone, counts: groups[group].counts(zone: zone), index: self, using: &random)
            if search.fewest == 0 { break }
        }
        return search.slot
    }

    /// A host that the strategies, compared one after the other, like best. Uniform over equally good ones.
    func bestHost(
        for demand: CompiledDemand, among bucket: [Int], strategies: [PlacementStrategy], group: Int,
        using random: inout SeededGenerator
    ) -> Int? {
        var best: Int?
        var bestScore = [Int](repeating: 0, count: strategies.count)
        var score = bestScore
        var equals = 0
        for zone in bucket {
            var start = 0
            while let position = zones[zone].nextCandidate(for: demand, from: start) {
                start = position + 1
                guard let slot = passingHost(zone: zone, position: position, demand: demand) else { continue }
                for (link, strategy) in strategies.enumerated() {
                    score[link] = self.score(strategy, slot: slot, group: group)
                }
                if best == nil || score.lexicographicallyPrecedes(bestScore) {
                    (best, equals) = (slot, 1)
                    swap(&score, &bestScore)
                } else if score == bestScore {
                    equals += 1
                    if random.index(below: equals) == 0 { best = slot }
                }
            }
        }
        return best
    }

    /// What a strategy minimises.
    private func score(_ strategy: PlacementStrategy, slot: Int, group: Int) -> Int {
        switch strategy {
        case .random: 0
        case .spread(.availabilityZone): groups[group].taskCount(zone: slots[slot].zone)
        case .spread(.instance): groups[group].taskCount(zone: slots[slot].zone, position: slots[slot].position)
        case .binpack(.cpu): slots[slot].freeCPUUnits
        case .binpack(.memory): slots[slot].freeMemoryMiB
        }
    }

    /// The host at any position of a zone, if it fits.
    func fittingHost(zone: Int, position: Int, demand: CompiledDemand) -> Int? {
        guard zones[zone].mayFit(demand, position: position) else { return nil }
        return passingHost(zone: zone, position: position, demand: demand)
    }

    /// The host at a position where the zone's trees see enough CPU and memory, if it passes the filters too.
    func passingHost(zone: Int, position: Int, demand: CompiledDemand) -> Int? {
        let slot = Int(zones[zone].slots[position])
        guard demand.needsFilters else { return slot }
        return HostFilters.firstShortfall(slot: slot, demand: demand, index: self) == nil ? slot : nil
    }
}
