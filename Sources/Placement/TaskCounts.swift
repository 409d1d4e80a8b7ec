/// How many tasks of one group each host of one zone has.
///
/// Most groups are on a few hosts: those are kept as a short list. A group on more hosts than that gets a tree over
/// the zone's positions, in which the least loaded host of the fitting ones is found without looking at the others.
struct TaskCounts: Sendable {
    /// The longest list that is still searched quicker than a tree, and costs less memory.
    static let listLimit = 32

    struct Entry: Sendable {
        let position: Int32
        var count: Int32
    }

    /// Tasks of the group in the zone.
    private(set) var total = 0
    /// Hosts with at least one of them, in no order, while there is no tree.
    private(set) var list: [Entry] = []
    /// Minus the count at each position, so that a maximum is the least loaded.
    private(set) var tree: MaxTree?

    func count(position: Int) -> Int {
        if let tree { return position < tree.capacity ? -Int(tree[position]) : 0 }
        for entry in list where entry.position == position { return Int(entry.count) }
        return 0
    }

    /// Adds `change`, 1 or -1, at a position of a zone that has room for `capacity` positions.
    mutating func add(_ change: Int, position: Int, capacity: Int) {
        total += change
        precondition(total >= 0, "a group cannot have fewer than no tasks in a zone")
        if total == 0 {
            tree = nil
            list = []
        } else if tree != nil {
            matchCapacity(capacity)
            let count = count(position: position) + change
            tree?.set(Int32(-count), at: position)
        } else {
            addToList(change, position: position, capacity: capacity)
        }
    }

    /// A search walks this tree beside the zone's, so both need the same shape.
    mutating func matchCapacity(_ capacity: Int) {
        tree?.grow(to: capacity)
    }

    private mutating func addToList(_ change: Int, position: Int, capacity: Int) {
        if let index = list.firstIndex(where: { $0.position == position }) {
            list[index].count += Int32(change)
            if list[index].count == 0 { list.remove(at: index) }
            return
        }
        list.append(Entry(position: Int32(position), count: Int32(change)))
        guard list.count > Self.listLimit else { return }
        var tree = MaxTree(capacity: capacity, initial: 0)
        for entry in list { tree.set(-entry.count, at: Int(entry.position)) }
        self.tree = tree
        list = []
    }
}

/// The tasks of one group over the zones of the cluster.
struct GroupTally: Sendable {
    let name: String
    private(set) var total = 0
    private var zones: [TaskCounts] = []

    init(name: String) {
        self.name = name
    }

    func taskCount(zone: Int) -> Int {
        zone < zones.count ? zones[zone].total : 0
    }

    func taskCount(zone: Int, position: Int) -> Int {
        zone < zones.count ? zones[zone].count(position: position) : 0
    }

    /// The counts of a zone, for a search. Empty counts for a zone without tasks of the group.
    func counts(zone: Int) -> TaskCounts {
        zone < zones.count ? zones[zone] : TaskCounts()
    }

    mutating func add(_ change: Int, zone: Int, position: Int, capacity: Int) {
        while zones.count <= zone { zones.append(TaskCounts()) }
        zones[zone].add(change, position: position, capacity: capacity)
        total += change
    }

    mutating func matchCapacity(_ capacity: Int, zone: Int) {
        if zone < zones.count { zones[zone].matchCapacity(capacity) }
    }
}
