/// How many tasks of one group are on each host of one bucket, by position.
///
/// Most groups are on few hosts: a short list of them. A group on many has a tree of the fewest tasks in any run of
/// positions, in which the least loaded host of the fitting ones is found without looking at the others.
struct TaskCounts: Sendable {
    /// The longest list that is still searched quicker than a tree, and costs less memory.
    static let listLimit = 32

    struct Entry: Sendable {
        let position: Int32
        var count: Int32
    }

    /// Tasks of the group in the bucket.
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

    /// Adds `change` at a position of a bucket that has room for `capacity` positions; at none (-1), only in total.
    mutating func add(_ change: Int, position: Int, capacity: Int) {
        total += change
        precondition(total >= 0, "a group cannot have fewer than no tasks in a bucket")
        if total == 0 {
            tree = nil
            list = []
        } else if position < 0 {
            return
        } else if tree != nil {
            matchCapacity(capacity)
            let count = count(position: position) + change
            tree?.set(Int32(-count), at: position)
        } else {
            addToList(change, position: position, capacity: capacity)
        }
    }

    /// A search walks this tree beside the bucket's, so both need the same shape.
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

/// The tasks of one group over the places of one pool.
struct PoolTally: Sendable {
    let pool: Int
    /// The pool's own when this was counted; it is worth nothing if the pool has another one.
    let generation: Int
    /// The pool's own when all buckets last had room for all positions.
    private(set) var shape = -1
    private var buckets: [TaskCounts] = []
    /// Hosts with tasks of the group that searches for one without any have passed by.
    var passedBy = 0
    var hostsByCount: HostsByCount?

    init(pool: Int, generation: Int) {
        self.pool = pool
        self.generation = generation
    }

    /// Empty counts for a bucket without tasks of the group.
    func counts(bucket: Int) -> TaskCounts { bucket < buckets.count ? buckets[bucket] : TaskCounts() }

    func total(bucket: Int) -> Int { bucket < buckets.count ? buckets[bucket].total : 0 }

    func count(bucket: Int, position: Int) -> Int {
        bucket < buckets.count ? buckets[bucket].count(position: position) : 0
    }

    mutating func add(_ change: Int, at place: Pool.Place, capacity: Int) {
        let bucket = Int(place.bucket)
        while buckets.count <= bucket { buckets.append(TaskCounts()) }
        buckets[bucket].add(change, position: Int(place.position), capacity: capacity)
    }

    mutating func match(_ pool: borrowing Pool) {
        shape = pool.shape
        for bucket in buckets.indices { buckets[bucket].matchCapacity(pool.buckets[bucket].capacity) }
    }
}

/// The tasks of one group: where they are, and for the pools that ask for it, where in the pool.
///
/// A task whose desired status is STOPPED belongs to its group and is not counted: ECS lets another take its place.
struct GroupTally: Sendable {
    private static let recentLimit = 32

    let name: String
    /// Tasks with a reservation.
    var reservationCount = 0
    /// Tasks that count.
    private(set) var total = 0
    private var countOfSlot = NumberTable()
    /// What is not in the table yet, the latest last.
    private var recent: [(slot: UInt32, change: Int32)] = []
    var pools: [PoolTally] = []

    init(name: String) {
        self.name = name
    }

    func taskCount(slot: Int) -> Int {
        let slot = UInt32(slot)
        let count = countOfSlot.index(of: slot).map { countOfSlot[$0] } ?? 0
        return Int(recent.reduce(count) { $1.slot == slot ? $0 + $1.change : $0 })
    }

    /// The slots with tasks that count, ascending, so that nothing depends on what came first.
    var counts: [(slot: Int, count: Int)] {
        var all = self
        all.countRecent()
        return all.countOfSlot.all.map { (Int($0.key), Int($0.number)) }.sorted { $0.slot < $1.slot }
    }

    mutating func add(_ change: Int, slot: Int) {
        total += change
        recent.append((UInt32(slot), Int32(change)))
        if recent.count == Self.recentLimit { countRecent() }
    }

    /// Many at once: the processor then waits for their places in the table together.
    private mutating func countRecent() {
        for (slot, change) in recent {
            guard let index = countOfSlot.index(of: slot) else {
                countOfSlot.insert(slot, change)
                continue
            }
            countOfSlot[index] += change
            if countOfSlot[index] == 0 { countOfSlot.remove(at: index) }
        }
        recent.removeAll(keepingCapacity: true)
    }
}
