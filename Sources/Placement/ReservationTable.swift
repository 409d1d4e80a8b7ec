/// A task's reservation as the index keeps it.
struct ReservationEntry: Sendable {
    let task: TaskID
    let slot: Int32
    let group: Int32
    /// The host's reservations that came next before and next after it; -1 for none.
    var older: Int32 = -1
    var newer: Int32 = -1
    let holdsInterface: Bool
    /// Whether its group counts it: its desired status is RUNNING.
    var isCounted = true
    var reservation: Reservation
}

/// The reservations of a cluster, each with a number that stays while it is there, found by task.
///
/// Made for millions of tasks inside a transaction: no step copies or rehashes all of them. A single dictionary of a
/// million tasks stops for a fifth of a second when it doubles; here 1024 small ones double one at a time, and entries
/// live in chunks that never move.
struct ReservationTable: Sendable {
    private static let shardCount = 1024
    private static let chunkBits = 9
    private static let chunkSize = 1 << chunkBits

    /// By a hash of the task. None before the first task: a cluster without tasks should cost little.
    private var shards: [NumberTable] = []
    private var chunks: [[ReservationEntry]] = []
    private var vacant: [Int32] = []
    private(set) var count = 0

    subscript(number: Int32) -> ReservationEntry {
        chunks[Int(number) >> Self.chunkBits][Int(number) & (Self.chunkSize - 1)]
    }

    func number(of task: TaskID) -> Int32? {
        guard !shards.isEmpty else { return nil }
        let (shard, key) = Self.place(of: task)
        return index(of: task, shard: shard, key: key).map { shards[shard][$0] }
    }

    /// Whether any of the tasks has a reservation. Looks at the places of all of them, which the processor then has at
    /// hand when they are inserted one by one: it waits for all together.
    func containsAny(of tasks: [TaskID]) -> Bool {
        var isThere = false
        for task in tasks where number(of: task) != nil { isThere = true }
        return isThere
    }

    /// - Precondition: the task has no reservation.
    mutating func insert(_ entry: ReservationEntry) -> Int32 {
        if shards.isEmpty { shards = [NumberTable](repeating: NumberTable(), count: Self.shardCount) }
        let (shard, key) = Self.place(of: entry.task)
        precondition(
            index(of: entry.task, shard: shard, key: key) == nil, "task \(entry.task) already holds a reservation")
        let number: Int32
        if let reused = vacant.popLast() {
            number = reused
            chunks[Int(number) >> Self.chunkBits][Int(number) & (Self.chunkSize - 1)] = entry
        } else {
            number = Int32(count)
            if count & (Self.chunkSize - 1) == 0 {
                chunks.append([])
                chunks[chunks.count - 1].reserveCapacity(Self.chunkSize)
            }
            chunks[chunks.count - 1].append(entry)
        }
        count += 1
        shards[shard].insert(key, number)
        return number
    }

    mutating func remove(_ task: TaskID) -> ReservationEntry? {
        guard !shards.isEmpty else { return nil }
        let (shard, key) = Self.place(of: task)
        guard let index = index(of: task, shard: shard, key: key) else { return nil }
        let number = shards[shard][index]
        shards[shard].remove(at: index)
        let entry = self[number]
        update(number) { $0.reservation = Reservation(cpuUnits: 0, memoryMiB: 0) }
        vacant.append(number)
        count -= 1
        return entry
    }

    mutating func update(_ number: Int32, _ change: (inout ReservationEntry) -> Void) {
        change(&chunks[Int(number) >> Self.chunkBits][Int(number) & (Self.chunkSize - 1)])
    }

    /// The shard keeps 32 bits of the hash: who has them all is looked at, which hardly ever is another task.
    private static func place(of task: TaskID) -> (shard: Int, key: UInt32) {
        (Int(task.mixed >> 54), UInt32(truncatingIfNeeded: task.mixed))
    }

    private func index(of task: TaskID, shard: Int, key: UInt32) -> Int? {
        shards[shard].index(of: key) { number in
            chunks[Int(number) >> Self.chunkBits][Int(number) & (Self.chunkSize - 1)].task == task
        }
    }
}

extension TaskID {
    /// Task ids are random, but only as far as their maker kept to that; a multiplication spreads counted ones too.
    fileprivate var mixed: UInt64 {
        let product = (high ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: low ^ 0xD1B5_4A32_D192_ED03)
        return (product.high ^ product.low) &* 0x9E37_79B9_7F4A_7C15
    }
}
