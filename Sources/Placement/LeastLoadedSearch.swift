/// Finds, bucket after bucket, a host that fits with the fewest tasks of a group.
///
/// One walk of a group's tree finds a line of hosts that are alike, and all of them are taken before the next walk: a
/// line's other hosts stay the best of their bucket while nothing but this search changes the hosts.
struct LeastLoadedSearch {
    /// What a walk has found beside the host that it was for.
    private struct Rest {
        let base: Int
        var entries: LineEntries
        let count: Int
    }

    /// Blind tries for a host without tasks of the group, where the group is on few hosts.
    private static let probeLimit = 16

    let request: CompiledRequest
    let pool: Int
    /// How few tasks of the group a host must at least have not to be passed by: 1 finds only hosts without any.
    private let limit: Int
    /// Random bits: where among equals the walk starts, so that equal hosts get equal shares, roughly.
    private var rotation: UInt64 = 0
    /// The best host so far.
    private(set) var slot: Int?
    private(set) var fewest: Int
    private var bucket = 0
    /// By bucket.
    private var rest: [Rest?] = []

    init(request: CompiledRequest, pool: Int) {
        self.request = request
        self.pool = pool
        limit = request.isDistinct ? 1 : .max
        fewest = limit
    }

    /// Starts the search for one more host.
    mutating func start(bucketCount: Int, rotation: UInt64) {
        self.rotation = rotation
        slot = nil
        fewest = limit
        while rest.count < bucketCount { rest.append(nil) }
    }

    /// Whoever was found gets a task.
    mutating func take() {
        guard let found = rest[bucket], let entry = found.entries.next(from: Int(truncatingIfNeeded: rotation))
        else { return }
        rest[bucket]?.entries.remove(entry)
    }

    /// Has every bucket searched anew.
    mutating func forget() {
        for bucket in rest.indices { rest[bucket] = nil }
    }

    /// Looks for a host in a bucket of which the last walk has left some, and says whether that is all that there is to do.
    mutating func visitRest(bucket: Int, index: borrowing HostIndex) -> Bool {
        guard let count = rest[bucket]?.count else { return false }
        return count >= fewest || acceptRest(bucket: bucket, index: index)
    }

    mutating func visit(
        bucket: Int, counts: borrowing TaskCounts, index: borrowing HostIndex, using random: inout SeededGenerator
    ) {
        guard let tree = counts.tree else {
            return visitList(bucket: bucket, list: counts.list, index: index, using: &random)
        }
        let top = tree.topLevel
        for base in stride(from: 0, to: tree.count(level: top), by: MaxTree.branching) {
            descend(level: top, base: base, bucket: bucket, tree: tree, index: index)
        }
    }

    /// Whether a host is left of the line that was found last.
    private mutating func acceptRest(bucket: Int, index: borrowing HostIndex) -> Bool {
        while let found = rest[bucket], let entry = found.entries.next(from: Int(truncatingIfNeeded: rotation)) {
            if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: found.base + entry) {
                accept(slot, count: found.count, bucket: bucket)
                return true
            }
            rest[bucket]?.entries.remove(entry)
        }
        rest[bucket] = nil
        return false
    }

    /// Few hosts have tasks of the group: nearly any other host is best, and if none fits the few are compared.
    private mutating func visitList(
        bucket: Int, list: [TaskCounts.Entry], index: borrowing HostIndex, using random: inout SeededGenerator
    ) {
        let positionCount = index.pools[pool].buckets[bucket].slots.count
        guard positionCount > 0, index.pools[pool].buckets[bucket].nextCandidate(for: request, from: 0) != nil else {
            return
        }
        for _ in 0..<Self.probeLimit {
            let position = random.index(below: positionCount)
            if list.contains(where: { $0.position == position }) { continue }
            if let slot = index.fittingHost(request, pool: pool, bucket: bucket, position: position) {
                accept(slot, count: 0, bucket: bucket)
                return
            }
        }
        let start = random.index(below: positionCount)
        for range in [start..<positionCount, 0..<start] {
            var next = range.lowerBound
            while let position = index.pools[pool].buckets[bucket].nextCandidate(for: request, from: next),
                position < range.upperBound
            {
                next = position + 1
                if list.contains(where: { $0.position == position }) { continue }
                if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) {
                    accept(slot, count: 0, bucket: bucket)
                    return
                }
            }
        }
        let first = random.index(below: max(1, list.count))
        for offset in list.indices {
            let entry = list[(first + offset) % list.count]
            guard entry.count < fewest else { continue }
            if let slot = index.fittingHost(request, pool: pool, bucket: bucket, position: Int(entry.position)) {
                accept(slot, count: Int(entry.count), bucket: bucket)
            }
        }
    }

    /// Walks the children of one entry, the least loaded first, and stops where none can beat the best so far.
    private mutating func descend(
        level: Int, base: Int, bucket: Int, tree: MaxTree, index: borrowing HostIndex
    ) {
        // A shift spreads the sign: all ones where nobody fits, and those get the minimum.
        let isFull =
            index.pools[pool].buckets[bucket].shortfalls(request, level: level, base: base)
            &>> MaxTree.Line(repeating: 31)
        var spareness = (tree.line(level: level, base: base) & ~isFull) | (MaxTree.Line(repeating: .min) & isFull)
        let first = Int(truncatingIfNeeded: rotation >> UInt64(level * MaxTree.branchingBits))
        while true {
            let best = spareness.max()
            guard best != .min else { return }
            var entries = LineEntries(of: spareness, equalTo: best)
            while let entry = entries.next(from: first) {
                guard -Int(best) < fewest else { return }
                if level > 0 {
                    let children = (base + entry) << MaxTree.branchingBits
                    descend(level: level - 1, base: children, bucket: bucket, tree: tree, index: index)
                } else if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: base + entry) {
                    accept(slot, count: -Int(best), bucket: bucket)
                    rest[bucket] = Rest(base: base, entries: entries, count: -Int(best))
                    return
                }
                entries.remove(entry)
            }
            spareness.replace(with: .min, where: spareness .== MaxTree.Line(repeating: best))
        }
    }

    private mutating func accept(_ slot: Int, count: Int, bucket: Int) {
        self.slot = slot
        self.bucket = bucket
        fewest = count
    }
}
