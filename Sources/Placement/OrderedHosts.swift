/// Hosts in the order of what they have left of one resource, and of the other where that is equal: what `binpack` reads.
///
/// Sorted runs of at most 128 entries, and for each run its first entry and its largest amount of the other resource.
/// A search finds its run by halving, and skips runs where nobody has enough of the other resource; a change moves
/// entries within one run. At 100,000 hosts both touch a few cache lines.
struct OrderedHosts: Sendable {
    struct Entry: Comparable, Sendable {
        /// What is left of the resource that the order is by.
        var first: Int32
        /// What is left of the other one.
        var second: Int32
        var position: Int32

        static func < (left: Self, right: Self) -> Bool {
            if left.first != right.first { return left.first < right.first }
            if left.second != right.second { return left.second < right.second }
            return left.position < right.position
        }
    }

    private static let runLimit = 128

    private var runs: [[Entry]] = []
    private var heads: [Entry] = []
    private var largestSeconds: [Int32] = []

    /// - Parameter entries: in any order, each position once.
    init(_ entries: [Entry]) {
        let sorted = entries.sorted()
        // Half full, so that the first insertions do not split every run.
        for start in stride(from: 0, to: sorted.count, by: Self.runLimit / 2) {
            insert(run: Array(sorted[start..<min(start + Self.runLimit / 2, sorted.count)]), at: runs.count)
        }
    }

    var isEmpty: Bool { runs.isEmpty }

    mutating func insert(_ entry: Entry) {
        guard !runs.isEmpty else { return insert(run: [entry], at: 0) }
        let run = self.run(of: entry)
        runs[run].insert(entry, at: Self.lowerBound(of: entry, in: runs[run]))
        heads[run] = min(heads[run], entry)
        largestSeconds[run] = max(largestSeconds[run], entry.second)
        if runs[run].count >= Self.runLimit { split(run) }
    }

    /// - Precondition: the entry is there.
    mutating func remove(_ entry: Entry) {
        let run = self.run(of: entry)
        let index = Self.lowerBound(of: entry, in: runs[run])
        precondition(
            index < runs[run].count && runs[run][index] == entry, "a host is removed by what it was ordered by")
        runs[run].remove(at: index)
        if runs[run].isEmpty {
            runs.remove(at: run)
            heads.remove(at: run)
            largestSeconds.remove(at: run)
            return
        }
        if index == 0 { heads[run] = runs[run][0] }
        if entry.second == largestSeconds[run] { largestSeconds[run] = Self.largestSecond(runs[run]) }
    }

    /// Hands `body` the hosts with at least so much of both, in order, until it returns false.
    func scan(first: Int32, second: Int32, _ body: (Entry) -> Bool) {
        guard !runs.isEmpty else { return }
        let start = Entry(first: first, second: second, position: 0)
        var run = self.run(of: start)
        var index = Self.lowerBound(of: start, in: runs[run])
        while run < runs.count {
            if largestSeconds[run] >= second {
                let isStopped = runs[run].withUnsafeBufferPointer { entries in
                    while index < entries.count {
                        if entries[index].second >= second, !body(entries[index]) { return true }
                        index += 1
                    }
                    return false
                }
                if isStopped { return }
            }
            run += 1
            index = 0
        }
    }

    /// The last run that starts at or before the entry; the first one if none does.
    private func run(of entry: Entry) -> Int {
        max(0, Self.upperBound(of: entry, in: heads) - 1)
    }

    private mutating func split(_ run: Int) {
        let upper = Array(runs[run][(Self.runLimit / 2)...])
        runs[run].removeSubrange((Self.runLimit / 2)...)
        largestSeconds[run] = Self.largestSecond(runs[run])
        insert(run: upper, at: run + 1)
    }

    private mutating func insert(run entries: [Entry], at index: Int) {
        runs.insert(entries, at: index)
        heads.insert(entries[0], at: index)
        largestSeconds.insert(Self.largestSecond(entries), at: index)
    }

    private static func largestSecond(_ entries: [Entry]) -> Int32 {
        entries.withUnsafeBufferPointer { $0.reduce(.min) { max($0, $1.second) } }
    }

    /// The first index whose entry is not before `entry`.
    private static func lowerBound(of entry: Entry, in entries: [Entry]) -> Int {
        entries.withUnsafeBufferPointer { entries in
            var low = 0
            var high = entries.count
            while low < high {
                let middle = (low + high) / 2
                if entries[middle] < entry { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// The first index whose entry is behind `entry`.
    private static func upperBound(of entry: Entry, in entries: [Entry]) -> Int {
        entries.withUnsafeBufferPointer { entries in
            var low = 0
            var high = entries.count
            while low < high {
                let middle = (low + high) / 2
                if entry < entries[middle] { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }
}
