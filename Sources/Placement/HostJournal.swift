/// Which hosts have changed, in order, so that a pool can catch up when it is asked instead of with every change.
///
/// A host may be named many times; what it has become is read from the host itself.
struct HostJournal: Sendable {
    /// Fewer entries than this are never dropped.
    private static let leastLength = 4096

    /// The number of the oldest entry that is kept.
    private(set) var start = 0
    private var slots: [Int32] = []

    /// The number that the next entry will have.
    var end: Int { start + slots.count }

    /// - Precondition: `number` is from `start` to before `end`.
    subscript(number: Int) -> Int { Int(slots[number - start]) }

    /// - Parameter hostCount: with more entries than hosts, looking at every host is quicker than catching up.
    mutating func note(slot: Int, hostCount: Int) {
        let limit = max(Self.leastLength, hostCount)
        if slots.count >= 2 * limit {
            slots.removeFirst(limit)
            start += limit
        }
        slots.append(Int32(truncatingIfNeeded: slot))
    }
}
