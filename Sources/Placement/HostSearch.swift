/// The search for hosts for the copies of one request: a host that passes every filter and that the strategies like best.
///
/// Nothing changes the hosts while it lasts but the tasks that it finds hosts for. So what it has learnt of a bucket stays
/// right until one of them goes there, and ten copies cost little more than one.
struct HostSearch {
    /// The host of a bucket with the least left.
    private struct Least {
        /// Of only the hosts with so many tasks of the group; nil for all.
        let wanted: Int?
        /// Nil if none fits.
        let found: (entry: OrderedHosts.Entry, slot: Int)?
    }

    let request: CompiledRequest
    let plan: SearchPlan
    let pool: Int
    /// The number of the group's counts in the pool; nil if nobody asks for them.
    private var tally: Int?
    /// The pool's buckets that are alike in the leading spreads. Kept for its room.
    private var alike: [Int] = []
    private var loads = BucketLoads()
    private var leastLoaded: LeastLoadedSearch
    /// By bucket; nil where it is not known.
    private var leasts: [Least?] = []
    /// Hosts that this search has passed by for the group's tasks that they have.
    private var passedBy = 0

    init(_ request: CompiledRequest, _ strategies: [PlacementStrategy], in index: inout HostIndex) {
        self.request = request
        plan = SearchPlan(strategies, isDistinct: request.isDistinct)
        var key = request.poolKey
        key.spreadAttributes = plan.spreadAttributes
        pool = index.pool(key)
        leastLoaded = LeastLoadedSearch(request: request, pool: pool)
        if let field = plan.order { index.pools[pool].order(by: field) }
    }

    /// The slot of the host that is best now; nil if none fits.
    ///
    /// - Precondition: a task of the request is on each host that was found before.
    mutating func next(in index: inout HostIndex, using random: inout SeededGenerator) -> Int? {
        index.catchUp(pool)
        if plan.countsTasks || request.isDistinct {
            let number = index.poolTally(group: request.group, pool: pool)
            index.catchUpHostsByCount(group: request.group, tally: number, pool: pool)
            tally = number
            passedBy = 0
        }
        defer {
            if let tally, let field = plan.order {
                index.passedBy(
                    passedBy, group: request.group, tally: tally, field: field, limit: request.isDistinct ? 1 : .max)
            }
        }
        // A task may then bring any host in or out.
        if index.pools[pool].asksForTasks { forget() }
        if leasts.count != index.pools[pool].buckets.count {
            forget()
            leasts = [Least?](repeating: nil, count: index.pools[pool].buckets.count)
            alike = Array(leasts.indices)
        }
        let slot = search(in: index, using: &random)
        if let slot { take(index.pools[pool].place(of: slot), in: index) }
        return slot
    }

    private mutating func search(in index: borrowing HostIndex, using random: inout SeededGenerator) -> Int? {
        if plan.countsTasks, loads.isEmpty {
            loads = BucketLoads(levelCount: plan.spreadAttributes.count, index.pools[pool]) {
                total(bucket: $0, in: index)
            }
        }
        guard plan.leadingCount > 0 else { return choose(in: index, using: &random) }
        // Buckets with equally few tasks of the group are alike; fuller ones are asked only if nobody there fits.
        loads.least(after: nil, levels: plan.leadingCount, into: &alike)
        while let asked = alike.first {
            if let slot = choose(in: index, using: &random) { return slot }
            loads.least(after: asked, levels: plan.leadingCount, into: &alike)
        }
        return nil
    }

    private mutating func choose(in index: borrowing HostIndex, using random: inout SeededGenerator) -> Int? {
        switch plan.choice {
        case .any: anyHost(in: index, using: &random)
        case .fewestTasks: fewestTasks(in: index, using: &random) ? leastLoaded.slot : nil
        case .fewestTasksThenLeast(let field):
            fewestTasks(in: index, using: &random) ? least(field, in: index, wanted: leastLoaded.fewest) : nil
        case .least(let field, let ties):
            ties.isEmpty
                ? least(field, in: index, wanted: request.isDistinct ? 0 : nil)
                : least(field, ties: ties, in: index, using: &random)
        }
    }

    // MARK: What is known

    private mutating func forget() {
        loads = BucketLoads()
        leastLoaded.forget()
        for bucket in leasts.indices { leasts[bucket] = nil }
    }

    private mutating func take(_ place: Pool.Place, in index: borrowing HostIndex) {
        let bucket = Int(place.bucket)
        loads.add(bucket: bucket)
        leasts[bucket] = nil
        if case .fewestTasks = plan.choice { leastLoaded.take() } else { leastLoaded.forget() }
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
                    if let slot = index.fittingHost(request, pool: pool, bucket: bucket, position: position) {
                        return slot
                    }
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

    /// Has ``leastLoaded`` find a host with the fewest tasks of the group. False if none fits.
    private mutating func fewestTasks(in index: borrowing HostIndex, using random: inout SeededGenerator) -> Bool {
        leastLoaded.start(bucketCount: leasts.count, rotation: random.next())
        guard let tally else { return false }
        let first = random.index(below: max(1, alike.count))
        for offset in alike.indices {
            let bucket = alike[(first + offset) % alike.count]
            if !leastLoaded.visitRest(bucket: bucket, index: index) {
                leastLoaded.visit(
                    bucket: bucket, counts: index.groups[request.group].pools[tally].counts(bucket: bucket),
                    index: index, using: &random)
            }
            if leastLoaded.fewest == 0 { break }
        }
        return leastLoaded.slot != nil
    }

    /// The host with the least left, and of equal ones that with the least of the other resource.
    ///
    /// - Parameter wanted: of only those with so many tasks of the group; nil for all.
    private mutating func least(
        _ field: PlacementStrategy.BinpackField, in index: borrowing HostIndex, wanted: Int?
    ) -> Int? {
        var best: (entry: OrderedHosts.Entry, slot: Int)?
        for bucket in alike {
            if leasts[bucket] == nil || leasts[bucket]?.wanted != wanted {
                leasts[bucket] = Least(wanted: wanted, found: least(field, of: bucket, in: index, wanted: wanted))
            }
            guard let found = leasts[bucket]?.found else { continue }
            if let best, (best.entry.first, best.entry.second) <= (found.entry.first, found.entry.second) { continue }
            best = found
        }
        return best?.slot
    }

    private mutating func least(
        _ field: PlacementStrategy.BinpackField, of bucket: Int, in index: borrowing HostIndex, wanted: Int?
    ) -> (entry: OrderedHosts.Entry, slot: Int)? {
        var best: (entry: OrderedHosts.Entry, slot: Int)?
        var passedBy = 0
        scan(bucket, field, wanted: wanted, in: index) { entry in
            let position = Int(entry.position)
            if let wanted, count(bucket: bucket, position: position, in: index) != wanted {
                passedBy += 1
                return true
            }
            guard let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) else {
                return true
            }
            best = (entry, slot)
            return false
        }
        self.passedBy += passedBy
        return best
    }

    /// Hands `body` the hosts of a bucket in the order of what they have left; only those with so many tasks of the group,
    /// if such an order was made.
    private func scan(
        _ bucket: Int, _ field: PlacementStrategy.BinpackField, wanted: Int?, in index: borrowing HostIndex,
        _ body: (OrderedHosts.Entry) -> Bool
    ) {
        if let wanted, let tally,
            index.groups[request.group].pools[tally].hostsByCount?.tells(wanted, by: field) == true
        {
            index.groups[request.group].pools[tally].hostsByCount?.scan(bucket: bucket, count: wanted, request, body)
        } else {
            index.pools[pool].buckets[bucket].scan(field, request, body)
        }
    }

    /// The host with the least left, and of equal ones the one that the ties like best.
    private mutating func least(
        _ field: PlacementStrategy.BinpackField, ties: [SearchPlan.Tie], in index: borrowing HostIndex,
        using random: inout SeededGenerator
    ) -> Int? {
        // No host has fewer tasks: a scan may stop where even so few would not make a better one.
        var fewest = 0
        if ties.contains(.instance), !request.isDistinct {
            guard fewestTasks(in: index, using: &random) else { return nil }
            fewest = leastLoaded.fewest
        }
        var best: (score: [Int], slot: Int)?
        for bucket in alike {
            index.pools[pool].buckets[bucket].scan(field, request) { entry in
                if let best, !score(ties, entry, load: fewest, bucket: bucket).lexicographicallyPrecedes(best.score) {
                    return false
                }
                let position = Int(entry.position)
                let load = count(bucket: bucket, position: position, in: index)
                if request.isDistinct && load > 0 { return true }
                let score = score(ties, entry, load: load, bucket: bucket)
                if let best, !score.lexicographicallyPrecedes(best.score) { return true }
                if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) {
                    best = (score, slot)
                }
                return true
            }
        }
        return best?.slot
    }

    private func score(_ ties: [SearchPlan.Tie], _ entry: OrderedHosts.Entry, load: Int, bucket: Int) -> [Int] {
        [Int(entry.first)]
            + ties.map { tie in
                switch tie {
                case .instance: load
                case .attribute(let level): loads.total(level: level, bucket: bucket)
                case .otherResource: Int(entry.second)
                }
            }
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
