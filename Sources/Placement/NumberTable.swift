/// A hash table from small keys to numbers, eight bytes each: open addressing with linear probing, so that most look-ups
/// touch one cache line, and a table of a million tasks is 16 MiB.
///
/// A key may be there several times, for those who tell equal keys apart by their numbers.
struct NumberTable: Sendable {
    struct Entry: Sendable {
        let key: UInt32
        /// Never `vacant`.
        var number: Int32
    }

    private static let vacant = Int32.min

    private var entries: [Entry] = []
    private(set) var count = 0

    /// Where the entry is until the next one is inserted or removed.
    func index(of key: UInt32, where isSought: (Int32) -> Bool = { _ in true }) -> Int? {
        if entries.isEmpty { return nil }
        var index = home(of: key)
        while entries[index].number != Self.vacant {
            if entries[index].key == key, isSought(entries[index].number) { return index }
            index = (index &+ 1) & mask
        }
        return nil
    }

    /// The number at an index that ``index(of:where:)`` gave.
    subscript(index: Int) -> Int32 {
        get { entries[index].number }
        set { entries[index].number = newValue }
    }

    mutating func insert(_ key: UInt32, _ number: Int32) {
        if count &* 4 >= entries.count &* 3 { grow() }
        put(Entry(key: key, number: number))
        count += 1
    }

    mutating func remove(at index: Int) {
        var hole = index
        // Whoever was pushed past the hole by it moves back, so that a search may stop at a vacant place.
        var next = (hole &+ 1) & mask
        while entries[next].number != Self.vacant {
            if (next &- home(of: entries[next].key)) & mask >= (next &- hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        entries[hole].number = Self.vacant
        count -= 1
    }

    /// Every entry, in no order.
    var all: some Sequence<Entry> { entries.lazy.filter { $0.number != Self.vacant } }

    private var mask: Int { entries.count &- 1 }

    /// A multiplication spreads keys that are counted.
    private func home(of key: UInt32) -> Int {
        Int((UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    private mutating func put(_ entry: Entry) {
        var index = home(of: entry.key)
        while entries[index].number != Self.vacant { index = (index &+ 1) & mask }
        entries[index] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(key: 0, number: Self.vacant), count: max(8, old.count * 2))
        for entry in old where entry.number != Self.vacant { put(entry) }
    }
}
