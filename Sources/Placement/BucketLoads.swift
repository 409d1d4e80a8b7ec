/// How many tasks of a group are in the buckets of a pool, and in all that are alike in the first attribute, in the first
/// two, …: what spreads over attributes minimise.
struct BucketLoads: Sendable {
    /// As the pool has them, by level and bucket.
    private let prefixes: [[Int32]]
    /// By level and number of the prefix.
    private var totals: [[Int]]

    var isEmpty: Bool { totals.isEmpty }

    init() {
        prefixes = []
        totals = []
    }

    init(levelCount: Int, _ pool: borrowing Pool, total: (_ bucket: Int) -> Int) {
        let prefixes = pool.prefixes
        // Prefixes are numbered through all levels.
        let prefixCount = prefixes.count * pool.buckets.count
        totals = (0..<levelCount).map { level in
            var sums = [Int](repeating: 0, count: prefixCount)
            for (bucket, prefix) in prefixes[level].enumerated() { sums[Int(prefix)] += total(bucket) }
            return sums
        }
        self.prefixes = prefixes
    }

    func total(level: Int, bucket: Int) -> Int { totals[level][Int(prefixes[level][bucket])] }

    /// Counts one more task in a bucket.
    mutating func add(bucket: Int) {
        for level in totals.indices { totals[level][Int(prefixes[level][bucket])] += 1 }
    }

    /// The buckets with the least in the first levels, ascending; those with the least that is more than `asked` has.
    func least(after asked: Int?, levels: Int, into least: inout [Int]) {
        least.removeAll(keepingCapacity: true)
        for bucket in prefixes[0].indices {
            if let asked, compare(asked, bucket, levels: levels) >= 0 { continue }
            let order = least.isEmpty ? -1 : compare(bucket, least[0], levels: levels)
            if order < 0 { least.removeAll(keepingCapacity: true) }
            if order <= 0 { least.append(bucket) }
        }
    }

    /// Negative if `left` has less.
    private func compare(_ left: Int, _ right: Int, levels: Int) -> Int {
        for level in 0..<levels {
            let difference = total(level: level, bucket: left) - total(level: level, bucket: right)
            if difference != 0 { return difference }
        }
        return 0
    }
}
