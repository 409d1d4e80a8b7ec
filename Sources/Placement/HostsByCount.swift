/// The hosts of a pool by how many tasks of one group they have, and those with equally many in the order of what they
/// have left.
///
/// What `distinctInstance` and `spread` over instances want before a `binpack`. Without it a search passes by the hosts
/// with more tasks of the group one after the other, and those are what a `binpack` has filled and looks at first. Made
/// only when that has cost more than making it, and kept up to date when it is used.
struct HostsByCount: Sendable {
    private struct Level: Hashable, Sendable {
        let bucket: Int
        let count: Int
    }

    private struct Member: Equatable, Sendable {
        var level: Level
        var entry: OrderedHosts.Entry
    }

    let field: PlacementStrategy.BinpackField
    /// Hosts with so many tasks of the group or more are not in it.
    private let limit: Int
    /// The first entry of the journal that was not read.
    var cursor = -1
    private var members: [Member?] = []
    private var orders: [Level: OrderedHosts] = [:]

    init(by field: PlacementStrategy.BinpackField, limit: Int) {
        self.field = field
        self.limit = limit
    }

    /// - Parameter entry: nil for a host that takes no tasks at all.
    mutating func set(slot: Int, bucket: Int, count: Int, entry: OrderedHosts.Entry?) {
        while members.count <= slot { members.append(nil) }
        let member = count < limit ? entry.map { Member(level: Level(bucket: bucket, count: count), entry: $0) } : nil
        guard members[slot] != member else { return }
        if let old = members[slot] {
            orders[old.level]?.remove(old.entry)
            if orders[old.level]?.isEmpty == true { orders[old.level] = nil }
        }
        if let member { orders[member.level, default: OrderedHosts([])].insert(member.entry) }
        members[slot] = member
    }

    /// Whether it knows the order of the hosts with so many tasks of the group.
    func tells(_ count: Int, by field: PlacementStrategy.BinpackField) -> Bool { field == self.field && count < limit }

    func scan(bucket: Int, count: Int, _ request: CompiledRequest, _ body: (OrderedHosts.Entry) -> Bool) {
        let order = orders[Level(bucket: bucket, count: count)]
        switch field {
        case .cpu: order?.scan(first: request.cpuKey, second: request.memoryKey, body)
        case .memory: order?.scan(first: request.memoryKey, second: request.cpuKey, body)
        }
    }
}

extension HostIndex {
    /// With more hosts than this in all of them, the oldest goes. About 60 MB.
    private static let byCountLimit = 2_000_000

    /// Notes that a search has passed by so many hosts of the group, and puts the hosts in order by their tasks once that pays.
    mutating func passedBy(
        _ count: Int, group: Int, tally: Int, field: PlacementStrategy.BinpackField, limit: Int
    ) {
        guard count > 0 else { return }
        groups[group].pools[tally].passedBy += count
        guard groups[group].pools[tally].passedBy > orderingCost * slots.count else { return }
        groups[group].pools[tally].passedBy = 0
        groups[group].pools[tally].hostsByCount = HostsByCount(by: field, limit: limit)
        haveHostsByCount.append((group, groups[group].pools[tally].generation))
        guard haveHostsByCount.count > 1, haveHostsByCount.count * slots.count > Self.byCountLimit else { return }
        let oldest = haveHostsByCount.removeFirst()
        for number in groups[oldest.group].pools.indices
        where groups[oldest.group].pools[number].generation == oldest.generation {
            groups[oldest.group].pools[number].hostsByCount = nil
        }
    }

    /// Brings a group's order up to date, if there is one. The pool has to be.
    mutating func catchUpHostsByCount(group: Int, tally: Int, pool: Int) {
        guard let field = groups[group].pools[tally].hostsByCount?.field else { return }
        let cursor = groups[group].pools[tally].hostsByCount?.cursor ?? -1
        if cursor < journal.start {
            for slot in slots.indices { refreshHostsByCount(field, group: group, tally: tally, pool: pool, slot: slot) }
        } else {
            for number in cursor..<journal.end {
                refreshHostsByCount(field, group: group, tally: tally, pool: pool, slot: journal[number])
            }
        }
        groups[group].pools[tally].hostsByCount?.cursor = journal.end
    }

    private mutating func refreshHostsByCount(
        _ field: PlacementStrategy.BinpackField, group: Int, tally: Int, pool: Int, slot: Int
    ) {
        let place = pools[pool].place(of: slot)
        let bucket = Int(place.bucket)
        let position = Int(place.position)
        var entry: OrderedHosts.Entry?
        var count = 0
        if position >= 0 {
            entry = pools[pool].buckets[bucket].entry(field, position: position)
            count = groups[group].pools[tally].count(bucket: bucket, position: position)
        }
        groups[group].pools[tally].hostsByCount?.set(slot: slot, bucket: bucket, count: count, entry: entry)
    }
}
