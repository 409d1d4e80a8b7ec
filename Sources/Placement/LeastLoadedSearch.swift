/// Finds, zone after zone, a host that fits with the fewest tasks of a group.
struct LeastLoadedSearch {
    /// Blind tries for a host without tasks of the group, where the group is on few hosts.
    private static let probeLimit = 16

    let demand: CompiledDemand
    /// Random bits: where among equals the walk starts, so that equal hosts get equal shares, roughly.
    let rotation: UInt64
    /// The best host so far.
    private(set) var slot: Int?
    private(set) var fewest = Int.max

    init(demand: CompiledDemand, rotation: UInt64) {
        self.demand = demand
        self.rotation = rotation
    }

    mutating func visit(
        zone: Int, counts: borrowing TaskCounts, index: borrowing HostIndex, using random: inout SeededGenerator
    ) {
        if let tree = counts.tree {
            let top = tree.topLevel
            for base in stride(from: 0, to: tree.count(level: top), by: MaxTree.branching) {
                descend(level: top, base: base, zone: zone, tree: tree, index: index)
            }
        } else {
            visitList(zone: zone, list: counts.list, index: index, using: &random)
        }
    }

    /// Few hosts have tasks of the group: nearly any other host is best, and if none fits the few are compared.
    private mutating func visitList(
        zone: Int, list: [TaskCounts.Entry], index: borrowing HostIndex, using random: inout SeededGenerator
    ) {
        let positionCount = index.zones[zone].slots.count
        guard positionCount > 0, index.zones[zone].nextCandidate(for: demand, from: 0) != nil else { return }
        for _ in 0..<Self.probeLimit {
            let position = random.index(below: positionCount)
            if list.contains(where: { $0.position == position }) { continue }
            if let slot = index.fittingHost(zone: zone, position: position, demand: demand) {
                accept(slot, count: 0)
                return
            }
        }
        let start = random.index(below: positionCount)
        for range in [start..<positionCount, 0..<start] {
            var next = range.lowerBound
            while let position = index.zones[zone].nextCandidate(for: demand, from: next), position < range.upperBound {
                next = position + 1
                if list.contains(where: { $0.position == position }) { continue }
                if let slot = index.passingHost(zone: zone, position: position, demand: demand) {
                    accept(slot, count: 0)
                    return
                }
            }
        }
        let first = random.index(below: max(1, list.count))
        for offset in list.indices {
            let entry = list[(first + offset) % list.count]
            guard entry.count < fewest else { continue }
            if let slot = index.fittingHost(zone: zone, position: Int(entry.position), demand: demand) {
                accept(slot, count: Int(entry.count))
            }
        }
    }

    /// Walks the children of one entry, the least loaded first, and stops where none can beat the best so far.
    private mutating func descend(
        level: Int, base: Int, zone: Int, tree: MaxTree, index: borrowing HostIndex
    ) {
        var open: UInt16 = 0
        for child in 0..<MaxTree.branching where index.zones[zone].mayFit(demand, level: level, index: base + child) {
            open |= 1 << UInt16(child)
        }
        let first = Int(truncatingIfNeeded: rotation >> UInt64(level * MaxTree.branchingBits))
        while open != 0 {
            var best = -1
            var bestCount = fewest
            for offset in 0..<MaxTree.branching {
                let child = (first + offset) & (MaxTree.branching - 1)
                guard open & 1 << UInt16(child) != 0 else { continue }
                let count = -Int(tree[level, base + child])
                if count < bestCount { (best, bestCount) = (child, count) }
            }
            guard best >= 0 else { return }
            open &= ~(1 << UInt16(best))
            let child = base + best
            if level > 0 {
                descend(level: level - 1, base: child << MaxTree.branchingBits, zone: zone, tree: tree, index: index)
            } else if let slot = index.passingHost(zone: zone, position: child, demand: demand) {
                accept(slot, count: bestCount)
            }
        }
    }

    private mutating func accept(_ slot: Int, count: Int) {
        self.slot = slot
        fewest = count
    }
}
