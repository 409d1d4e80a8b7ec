/// A task's reservation as the index keeps it.
struct ReservationEntry: Sendable {
    let task: TaskID
    let slot: Int32
    let group: Int32
    /// Where its host's list of reservations has it.
    var indexOnHost: Int32
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

    /// None before the first task: a cluster without tasks should cost little.
    private var shards: [TaskShard] = []
    private var chunks: [[ReservationEntry]] = []
    private var vacant: [Int32] = []
    private(set) var count = 0

    subscript(number: Int32) -> ReservationEntry {
        chunks[Int(number) >> Self.chunkBits][Int(number) & (Self.chunkSize - 1)]
    }

    func number(of task: TaskID) -> Int32? {
        shards.isEmpty ? nil : shards[Self.shard(of: task)].number(of: task)
    }

    /// - Precondition: the task has no reservation.
    mutating func insert(_ entry: ReservationEntry) -> Int32 {
        if shards.isEmpty { shards = [TaskShard](repeating: TaskShard(), count: Self.shardCount) }
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
        let isNew = shards[Self.shard(of: entry.task)].insert(entry.task, number: number)
        precondition(isNew, "task \(entry.task) already holds a reservation")
        return number
    }

    mutating func remove(_ task: TaskID) -> ReservationEntry? {
        guard !shards.isEmpty, let number = shards[Self.shard(of: task)].remove(task) else { return nil }
        let entry = self[number]
        update(number) { $0.reservation = Reservation(cpuUnits: 0, memoryMiB: 0) }
        vacant.append(number)
        count -= 1
        return entry
    }

    mutating func update(_ number: Int32, _ change: (inout ReservationEntry) -> Void) {
        change(&chunks[Int(number) >> Self.chunkBits][Int(number) & (Self.chunkSize - 1)])
    }

    private static func shard(of task: TaskID) -> Int {
        Int(task.mixed >> 54)
    }
}

extension TaskID {
    /// Task ids are random, but only as far as their maker kept to that; a multiplication spreads counted ones too.
    fileprivate var mixed: UInt64 {
        let product = (high ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: low ^ 0xD1B5_4A32_D192_ED03)
        return (product.high ^ product.low) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// An open-addressing hash table with linear probing: the keys decide their own place, so nothing needs a seed.
private struct TaskShard: Sendable {
    private struct Bucket: Sendable {
        var task: TaskID
        /// -1 in a vacant bucket.
        var number: Int32
    }

    private var buckets: [Bucket] = []
    private var count = 0

    func number(of task: TaskID) -> Int32? {
        guard let index = index(of: task) else { return nil }
        return buckets[index].number
    }

    /// False if the task is there already; then nothing has changed.
    mutating func insert(_ task: TaskID, number: Int32) -> Bool {
        if count * 4 >= buckets.count * 3 { grow() }
        guard put(Bucket(task: task, number: number)) else { return false }
        count += 1
        return true
    }

    mutating func remove(_ task: TaskID) -> Int32? {
        guard var hole = index(of: task) else { return nil }
        let number = buckets[hole].number
        // Whoever was pushed past the hole by it moves back, so that a search may stop at a vacant bucket.
        let mask = buckets.count - 1
        var next = (hole + 1) & mask
        while buckets[next].number >= 0 {
            let wish = place(of: buckets[next].task)
            if (next - wish) & mask >= (next - hole) & mask {
                buckets[hole] = buckets[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        buckets[hole].number = -1
        count -= 1
        return number
    }

    private func place(of task: TaskID) -> Int {
        Int(truncatingIfNeeded: task.mixed) & (buckets.count - 1)
    }

    private func index(of task: TaskID) -> Int? {
        if buckets.isEmpty { return nil }
        var index = place(of: task)
        while buckets[index].number >= 0 {
            if buckets[index].task == task { return index }
            index = (index + 1) & (buckets.count - 1)
        }
        return nil
    }

    private mutating func put(_ bucket: Bucket) -> Bool {
        var index = place(of: bucket.task)
        while buckets[index].number >= 0 {
            if buckets[index].task == bucket.task { return false }
            index = (index + 1) & (buckets.count - 1)
        }
        buckets[index] = bucket
        return true
    }

    private mutating func grow() {
        let old = buckets
        buckets = [Bucket](
            repeating: Bucket(task: TaskID(high: 0, low: 0), number: -1), count: max(8, old.count * 2))
        for bucket in old where bucket.number >= 0 { _ = put(bucket) }
    }
}
