/// The hosts of a pool without tasks of one group, in the order of what they have left.
///
/// What `distinctInstance` and `spread` over instances want before a `binpack`. Without it a search passes by the group's
/// own hosts one after the other, and those are what a `binpack` has filled and looks at first. Made only when that has
/// cost more than making it, and kept up to date when it is used.
struct UntouchedHosts: Sendable {
    private struct Member: Equatable, Sendable {
        var bucket: Int
        var entry: OrderedHosts.Entry
    }

    let field: PlacementStrategy.BinpackField
    /// The first entry of the journal that was not read.
    var cursor = -1
    private var members: [Member?] = []
    private var orders: [OrderedHosts] = []

    init(by field: PlacementStrategy.BinpackField) {
        self.field = field
    }

    /// - Parameter entry: nil for a host that has tasks of the group or takes none at all.
    mutating func set(slot: Int, bucket: Int, entry: OrderedHosts.Entry?) {
        while members.count <= slot { members.append(nil) }
        let member = entry.map { Member(bucket: bucket, entry: $0) }
        guard members[slot] != member else { return }
        if let old = members[slot] { orders[old.bucket].remove(old.entry) }
        if let member {
            while orders.count <= bucket { orders.append(OrderedHosts([])) }
            orders[bucket].insert(member.entry)
        }
        members[slot] = member
    }

    func scan(bucket: Int, _ request: CompiledRequest, _ body: (OrderedHosts.Entry) -> Bool) {
        guard bucket < orders.count else { return }
        switch field {
        case .cpu: orders[bucket].scan(first: request.cpuKey, second: request.memoryKey, body)
        case .memory: orders[bucket].scan(first: request.memoryKey, second: request.cpuKey, body)
        }
    }
}

extension HostIndex {
    /// With more hosts than this in all of them, the oldest goes. About 60 MB.
    private static let untouchedLimit = 2_000_000

    /// Notes that a search has passed by so many hosts of the group, and makes an order without them once that pays.
    mutating func passedBy(_ count: Int, group: Int, tally: Int, field: PlacementStrategy.BinpackField) {
        guard count > 0 else { return }
        groups[group].pools[tally].passedBy += count
        guard groups[group].pools[tally].passedBy > orderingCost * slots.count else { return }
        groups[group].pools[tally].passedBy = 0
        groups[group].pools[tally].untouched = UntouchedHosts(by: field)
        untouched.append((group, groups[group].pools[tally].generation))
        guard untouched.count > 1, untouched.count * slots.count > Self.untouchedLimit else { return }
        let oldest = untouched.removeFirst()
        for number in groups[oldest.group].pools.indices
        where groups[oldest.group].pools[number].generation == oldest.generation {
            groups[oldest.group].pools[number].untouched = nil
        }
    }

    /// Brings a group's order up to date, if there is one. The pool has to be.
    mutating func catchUpUntouched(group: Int, tally: Int, pool: Int) {
        guard let field = groups[group].pools[tally].untouched?.field else { return }
        let cursor = groups[group].pools[tally].untouched?.cursor ?? -1
        if cursor < journal.start {
            for slot in slots.indices { refreshUntouched(field, group: group, tally: tally, pool: pool, slot: slot) }
        } else {
            for number in cursor..<journal.end {
                refreshUntouched(field, group: group, tally: tally, pool: pool, slot: journal[number])
            }
        }
        groups[group].pools[tally].untouched?.cursor = journal.end
    }

    private mutating func refreshUntouched(
        _ field: PlacementStrategy.BinpackField, group: Int, tally: Int, pool: Int, slot: Int
    ) {
        let place = pools[pool].place(of: slot)
        let bucket = Int(place.bucket)
        var entry: OrderedHosts.Entry?
        if place.position >= 0, groups[group].pools[tally].count(bucket: bucket, position: Int(place.position)) == 0 {
            entry = pools[pool].buckets[bucket].entry(field, position: Int(place.position))
        }
        groups[group].pools[tally].untouched?.set(slot: slot, bucket: bucket, entry: entry)
    }
}
