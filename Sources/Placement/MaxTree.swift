/// A value for each position, and for each run of 16, 256, 4096, … positions their maximum.
///
/// Wide and flat: 16 values of 4 bytes are one cache line, and 10,000 positions are four levels.
struct MaxTree: Sendable {
    /// Children of an inner entry, as a power of two.
    static let branchingBits = 4
    static let branching = 1 << branchingBits

    private let initial: Int32
    /// Where each level starts in `values`; level 0 has a value for each position.
    private var offsets: [Int]
    private var values: [Int32]
    private(set) var capacity: Int

    /// Every position starts with `initial`.
    init(capacity: Int, initial: Int32) {
        self.initial = initial
        self.capacity = 0
        offsets = []
        values = []
        lay(out: capacity)
    }

    /// The level with at most 16 entries.
    var topLevel: Int { offsets.count - 2 }

    func count(level: Int) -> Int { offsets[level + 1] - offsets[level] }

    /// The maximum of the entry's positions; at level 0, the position's own value.
    subscript(level: Int, index: Int) -> Int32 { values[offsets[level] + index] }

    /// The value of a position.
    subscript(position: Int) -> Int32 { values[position] }

    mutating func set(_ newValue: Int32, at position: Int) {
        var index = position
        var old = values[position]
        var new = newValue
        if old == new { return }
        values[position] = new
        var level = 0
        while level < topLevel {
            let siblings = offsets[level] + (index & ~(Self.branching - 1))
            index >>= Self.branchingBits
            level += 1
            let parent = offsets[level] + index
            let maximum = values[parent]
            if new < maximum {
                // Only a fall of the entry that set the maximum can lower it.
                if old < maximum { return }
                for sibling in siblings..<siblings + Self.branching { new = max(new, values[sibling]) }
            }
            if new == maximum { return }
            old = maximum
            values[parent] = new
        }
    }

    /// Makes room for at least `capacity` positions and keeps what is there.
    mutating func grow(to capacity: Int) {
        guard capacity > self.capacity else { return }
        let kept = values[..<self.capacity]
        lay(out: capacity)
        for (position, value) in kept.enumerated() where value != initial { set(value, at: position) }
    }

    private mutating func lay(out wanted: Int) {
        var count = Self.roundedUp(wanted)
        capacity = count
        offsets = [0, count]
        while count > Self.branching {
            count = Self.roundedUp(count >> Self.branchingBits)
            offsets.append(offsets[offsets.count - 1] + count)
        }
        values = [Int32](repeating: initial, count: offsets[offsets.count - 1])
    }

    private static func roundedUp(_ count: Int) -> Int {
        max(branching, (count + branching - 1) & ~(branching - 1))
    }
}
