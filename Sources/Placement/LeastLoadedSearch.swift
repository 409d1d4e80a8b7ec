/// Finds, bucket after bucket, a host that fits with the fewest tasks of a group.
struct LeastLoadedSearch {
    /// Blind tries for a host without tasks of the group, where the group is on few hosts.
    private static let probeLimit = 16

    let request: CompiledRequest
    let pool: Int
    /// Random bits: where among equals the walk starts, so that equal hosts get equal shares, roughly.
    let rotation: UInt64
    /// The best host so far.
    private(set) var slot: Int?
    private(set) var fewest: Int

    /// - Parameter limit: how few tasks of the group a host must at least have not to be passed by: 1 finds only hosts
    ///   without any.
    init(request: CompiledRequest, pool: Int, limit: Int, rotation: UInt64) {
        self.request = request
        self.pool = pool
        self.rotation = rotation
        fewest = limit
    }

    mutating func visit(
        bucket: Int, counts: borrowing TaskCounts, index: borrowing HostIndex, using random: inout SeededGenerator
    ) {
        if let tree = counts.tree {
            let top = tree.topLevel
            for base in stride(from: 0, to: tree.count(level: top), by: MaxTree.branching) {
                descend(level: top, base: base, bucket: bucket, tree: tree, index: index)
            }
        } else {
            visitList(bucket: bucket, list: counts.list, index: index, using: &random)
        }
    }

    /// Few hosts have tasks of the group: nearly any other host is best, and if none fits the few are compared.
    private mutating func visitList(
        bucket: Int, list: [TaskCounts.Entry], index: borrowing HostIndex, using random: inout SeededGenerator
    ) {
        let positionCount = index.pools[pool].buckets[bucket].slots.count
        guard positionCount > 0, index.pools[pool].buckets[bucket].nextCandidate(for: request, from: 0) != nil else { return }
        for _ in 0..<Self.probeLimit {
            let position = random.index(below: positionCount)
            if list.contains(where: { $0.position == position }) { continue }
            if let slot = index.fittingHost(request, pool: pool, bucket: bucket, position: position) {
                accept(slot, count: 0)
                return
            }
        }
        let start = random.index(below: positionCount)
        for range in [start..<positionCount, 0..<start] {
            var next = range.lowerBound
            while let position = index.pools[pool].buckets[bucket].nextCandidate(for: request, from: next), position < range.upperBound {
                next = position + 1
                if list.contains(where: { $0.position == position }) { continue }
                if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: position) {
                    accept(slot, count: 0)
                    return
                }
            }
        }
        let first = random.index(below: max(1, list.count))
        for offset in list.indices {
            let entry = list[(first + offset) % list.count]
            guard entry.count < fewest else { continue }
            if let slot = index.fittingHost(request, pool: pool, bucket: bucket, position: Int(entry.position)) {
                accept(slot, count: Int(entry.count))
            }
        }
    }

    /// Walks the children of one entry, the least loaded first, and stops where none can beat the best so far.
    private mutating func descend(
        level: Int, base: Int, bucket: Int, tree: MaxTree, index: borrowing HostIndex
    ) {
        // A shift spreads the sign: all ones where nobody fits, and those get the minimum.
        let isFull = index.pools[pool].buckets[bucket].shortfalls(request, level: level, base: base) &>> MaxTree.Line(repeating: 31)
        var spareness = (tree.line(level: level, base: base) & ~isFull) | (MaxTree.Line(repeating: .min) & isFull)
        let first = Int(truncatingIfNeeded: rotation >> UInt64(level * MaxTree.branchingBits))
        while let (child, best) = Self.takeLargest(of: &spareness, first: first), -Int(best) < fewest {
            if level > 0 {
                let children = (base + child) << MaxTree.branchingBits
                descend(level: level - 1, base: children, bucket: bucket, tree: tree, index: index)
            } else if let slot = index.passingHost(request, pool: pool, bucket: bucket, position: base + child) {
                accept(slot, count: -Int(best))
                return
            }
        }
    }

    /// Finds the largest entry, from `first` on round the line, and puts the minimum in its place. Nil if all are the minimum.
    private static func takeLargest(of line: inout MaxTree.Line, first: Int) -> (child: Int, value: Int32)? {
        // Through memory: a subscript with a variable index makes the compiler store the whole line for each entry.
        withUnsafeMutableBytes(of: &line) { bytes in
            let entries = bytes.assumingMemoryBound(to: Int32.self)
            var largest = -1
            var value = Int32.min
            for offset in 0..<MaxTree.branching {
                let entry = (first &+ offset) & (MaxTree.branching - 1)
                if entries[entry] > value { (largest, value) = (entry, entries[entry]) }
            }
            guard largest >= 0 else { return nil }
            entries[largest] = .min
            return (largest, value)
        }
    }

    private mutating func accept(_ slot: Int, count: Int) {
        self.slot = slot
        fewest = count
    }
}
