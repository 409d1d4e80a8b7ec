/// The search for hosts for the copies of one request: a host that passes every filter and that the strategies like best.
struct HostSearch {
    let request: CompiledRequest
    let plan: SearchPlan
    let pool: Int
    /// The number of the group's counts in the pool; nil if nobody asks for them.
    private var tally: Int?
    /// The pool's buckets that are alike in the leading spreads. Kept for its room.
    var alike: [Int] = []
    private var loads: [Int] = []

    init(_ request: CompiledRequest, _ strategies: [PlacementStrategy], in index: inout HostIndex) {
        self.request = request
        plan = SearchPlan(strategies, isDistinct: request.isDistinct)
        var key = request.poolKey
        key.spreadAttributes = plan.spreadAttributes
        pool = index.pool(key)
        if let field = plan.order { index.pools[pool].order(by: field) }
    }

    /// The slot of the host that is best now; nil if none fits.
    mutating func next(in index: inout HostIndex, using random: inout SeededGenerator) -> Int? {
        index.catchUp(pool)
        if plan.countsTasks || request.isDistinct { tally = index.poolTally(group: request.group, pool: pool) }
        guard plan.leadingCount > 0 else {
            if alike.count != index.pools[pool].buckets.count { alike = Array(index.pools[pool].buckets.indices) }
            return choose(in: index, using: &random)
        }
        // Buckets with equally few tasks of the group are alike; fuller ones are asked only if nobody there fits.
        weigh(in: index)
        var asked = -1
        while let least = loads.lazy.filter({ $0 > asked }).min() {
            alike.removeAll(keepingCapacity: true)
            for bucket in loads.indices where loads[bucket] == least { alike.append(bucket) }
            if let slot = choose(in: index, using: &random) { return slot }
            asked = least
        }
        return nil
    }

    private func choose(in index: borrowing HostIndex, using random: inout SeededGenerator) -> Int? {
        switch plan.choice {
        case .any: anyHost(in: index, using: &random)
        case .fewestTasks: leastLoaded(in: index, using: &random).slot
        case .fewestTasksThenLeast(let field): leastLoadedThenLeast(field, in: index, using: &random)
        case .least(let field, let ties):
            ties.isEmpty ? least(field, in: index, count: nil) : least(field, ties: ties, in: index)
        }
    }

    // MARK: Buckets

    /// What the leading spreads minimise, for each bucket. Only the order of the numbers means anything.
    private mutating func weigh(in index: borrowing HostIndex) {
        let count = index.pools[pool].buckets.count
        loads.removeAll(keepingCapacity: true)
        if plan.spreadAttributes.count == 1 {
            for bucket in 0..<count { loads.append(total(bucket: bucket, in: index)) }
            return
        }
        let totals = (0..<plan.leadingCount).map { prefixTotals(level: $0, in: index) }
        let ranked = (0..<count).map { bucket in
            (bucket: bucket, totals: totals.map { $0[bucket] })
        }.sorted { $0.totals.lexicographicallyPrecedes($1.totals) }
        loads = [Int](repeating: 0, count: count)
        var rank = 0
        for place in ranked.indices {
            if place > 0 && ranked[place].totals != ranked[place - 1].totals { rank += 1 }
            loads[ranked[place].bucket] = rank
        }
    }

    /// For each bucket the group's tasks in all that are like it in the attributes up to this level.
    private func prefixTotals(level: Int, in index: borrowing HostIndex) -> [Int] {
        let prefixes = index.pools[pool].prefixes[level]
        var totals: [Int32: Int] = [:]
        for bucket in prefixes.indices { totals[prefixes[bucket], default: 0] += total(bucket: bucket, in: index) }
        return prefixes.map { totals[$0] ?? 0 }
    }

    private func total(bucket: Int, in index: borrowing HostIndex) -> Int {
        tally.map { index.groups[request.group].pools[$0].total(bucket: bucket) } ?? 0
    }

    private func count(bucket: Int, position: Int, in index: borrowing HostIndex) -> Int {
        tally.map { index.groups[request.group].pools[$0].count(bucket: bucket, position: position) } ?? 0
    }

    // MARK: Hosts

    /// Blind tries before a search. Where one host in twenty fits, 19 of 20 searches are saved.
    private static let probeLimit = 64

    /// Uniform over the hosts that fit.
    ///
    /// A probe that hits is uniform over them. If no probe hits, few fit, and the search can visit each of them
    /// to choose fairly: a walk that stops at the first hit would favour hosts that come after a long run of full ones.
    private func anyHost(in index: borrowing HostIndex, using random: inout SeededGenerator) -> Int? {
        var positionCount = 0
        var canFit = false
        for bucket in alike {
            positionCount += index.pools[pool].buckets[bucket].slots.count
            canFit = canFit || index.pools[pool].buckets[bucket].nextCandidate(for: request, from: 0) != nil
        }
        guard canFit else { return nil }
        for _ in 0..<Self.probeLimit {
            var position = random.index(below: positionCount)
            for bucket in alike {
                let count = index.pools[pool].buckets[bucket].slots.count
                if position < count {
                    if let slot = index.fittingHost(request, pool: pool, bucket: bucket, position: position) { return slot }
                    break
                }
                position -= count
            }
        }
        var chosen: Int?
        var fitting = 0
        for bucket in alike {
            var start = 0
            while let position = index.pools[pool].buckets[bucket].nextCandidate(for: request, from: start) {
                start = position + 1
                guard let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) else {
                    continue
                }
                fitting += 1
                if random.index(below: fitting) == 0 { chosen = slot }
            }
        }
        return chosen
    }

    /// A host with the fewest tasks of the group, and how many they are.
    private func leastLoaded(
        in index: borrowing HostIndex, using random: inout SeededGenerator
    ) -> (slot: Int?, count: Int) {
        var search = LeastLoadedSearch(
            request: request, pool: pool, limit: request.isDistinct ? 1 : .max, rotation: random.next())
        guard let tally else { return (nil, 0) }
        let first = random.index(below: max(1, alike.count))
        for offset in alike.indices {
            let bucket = alike[(first + offset) % alike.count]
            search.visit(
                bucket: bucket, counts: index.groups[request.group].pools[tally].counts(bucket: bucket), index: index,
                using: &random)
            if search.fewest == 0 { break }
        }
        return (search.slot, search.fewest)
    }

    private func leastLoadedThenLeast(
        _ field: PlacementStrategy.BinpackField, in index: borrowing HostIndex, using random: inout SeededGenerator
    ) -> Int? {
        let fewest = leastLoaded(in: index, using: &random)
        return fewest.slot == nil ? nil : least(field, in: index, count: fewest.count)
    }

    /// The host with the least left, and of equal ones that with the least of the other resource.
    ///
    /// - Parameter count: of only those with so many tasks of the group; nil for all.
    private func least(
        _ field: PlacementStrategy.BinpackField, in index: borrowing HostIndex, count wanted: Int?
    ) -> Int? {
        let wanted = request.isDistinct ? 0 : wanted
        var best: (entry: OrderedHosts.Entry, slot: Int)?
        for bucket in alike {
            index.pools[pool].buckets[bucket].scan(field, request) { entry in
                if let best, (best.entry.first, best.entry.second) <= (entry.first, entry.second) { return false }
                let position = Int(entry.position)
                if let wanted, count(bucket: bucket, position: position, in: index) != wanted { return true }
                guard let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) else {
                    return true
                }
                best = (entry, slot)
                return false
            }
        }
        return best?.slot
    }

    /// The host with the least left, and of equal ones the one that the ties like best.
    private func least(
        _ field: PlacementStrategy.BinpackField, ties: [SearchPlan.Tie], in index: borrowing HostIndex
    ) -> Int? {
        let totals = (0..<plan.spreadAttributes.count).map { prefixTotals(level: $0, in: index) }
        var best: (score: [Int], slot: Int)?
        for bucket in alike {
            index.pools[pool].buckets[bucket].scan(field, request) { entry in
                if let best, best.score[0] < Int(entry.first) { return false }
                let position = Int(entry.position)
                let load = count(bucket: bucket, position: position, in: index)
                let score =
                    [Int(entry.first)]
                    + ties.map { tie in
                        switch tie {
                        case .instance: load
                        case .attribute(let level): totals[level][bucket]
                        case .otherResource: Int(entry.second)
                        }
                    }
                if let best, !score.lexicographicallyPrecedes(best.score) { return true }
                if request.isDistinct && load > 0 { return true }
                if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) {
                    best = (score, slot)
                }
                return true
            }
        }
        return best?.slot
    }
}

extension HostIndex {
    /// The host at any position of a bucket, if it fits.
    func fittingHost(_ request: CompiledRequest, pool: Int, bucket: Int, position: Int) -> Int? {
        guard pools[pool].buckets[bucket].mayFit(request, position: position) else { return nil }
        return passingHost(request, pool: pool, bucket: bucket, position: position)
    }

    /// The host at a position where the bucket's trees see enough CPU and memory, if it passes the filters too.
    func passingHost(_ request: CompiledRequest, pool: Int, bucket: Int, position: Int) -> Int? {
        let slot = Int(pools[pool].buckets[bucket].slots[position])
        guard request.needsFilters else { return slot }
        return HostFilters.firstShortfall(slot: slot, demand: request, index: self) == nil ? slot : nil
    }
}
