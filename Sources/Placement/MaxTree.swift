/// A value for each position, and for each run of 16, 256, 4096, … positions their maximum.
///
/// Wide and flat: 16 values of 4 bytes are one cache line, and 10,000 positions are four levels.
struct MaxTree: Sendable {
    typealias Line = SIMD16<Int32>

    /// Children of an inner entry, as a power of two.
    static let branchingBits = 4
    static let branching = 1 << branchingBits

    private let initial: Int32
    private var values: [Int32] = []
    private(set) var capacity = 0
    /// The level with at most 16 entries.
    private(set) var topLevel = 0
    /// Where each level starts in `values`, and where the last one ends. Level 0 has a value for each position;
    /// eight levels number more positions than an `Int32` does. Inline, so that a copy of a tree is one reference.
    private var offsets = InlineArray<9, Int>(repeating: 0)

    /// Every position starts with `initial`.
    init(capacity: Int, initial: Int32) {
        self.initial = initial
        lay(out: capacity)
    }

    func count(level: Int) -> Int { offsets[level + 1] - offsets[level] }

    /// The maximum of the entry's positions; at level 0, the position's own value.
    subscript(level: Int, index: Int) -> Int32 { values[offsets[level] + index] }

    /// The value of a position.
    subscript(position: Int) -> Int32 { values[position] }

    /// The 16 entries of a level from `base`, a multiple of 16.
    func line(level: Int, base: Int) -> Line {
        let start = offsets[level] + base
        return values.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: start * MemoryLayout<Int32>.stride, as: Line.self)
        }
    }

    mutating func set(_ newValue: Int32, at position: Int) {
        var index = position
        var old = values[position]
        var new = newValue
        if old == new { return }
        values[position] = new
        var level = 0
        while level < topLevel {
            let siblings = index & ~(Self.branching - 1)
            index >>= Self.branchingBits
            let parent = offsets[level + 1] + index
            let maximum = values[parent]
            if new < maximum {
                // Only a fall of the entry that set the maximum can lower it.
                if old < maximum { return }
                new = line(level: level, base: siblings).max()
            }
            if new == maximum { return }
            old = maximum
            values[parent] = new
            level += 1
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
        topLevel = 0
        offsets[1] = count
        while count > Self.branching {
            count = Self.roundedUp(count >> Self.branchingBits)
            topLevel += 1
            offsets[topLevel + 1] = offsets[topLevel] + count
        }
        values = [Int32](repeating: initial, count: offsets[topLevel + 1])
    }

    private static func roundedUp(_ count: Int) -> Int {
        max(branching, (count + branching - 1) & ~(branching - 1))
    }
}

/// Some of the 16 entries of a line.
struct LineEntries: Sendable {
    private static let weights = MaxTree.Line(
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)

    private var bits: UInt16

    /// The entries that are `value`.
    init(of line: MaxTree.Line, equalTo value: Int32) {
        bits = UInt16(
            truncatingIfNeeded: Self.weights.replacing(with: 0, where: line .!= MaxTree.Line(repeating: value))
                .wrappedSum())
    }

    /// The first one from `first` on, round the line.
    func next(from first: Int) -> Int? {
        if bits == 0 { return nil }
        let first = first & (MaxTree.branching - 1)
        let turned = bits >> first | bits << (MaxTree.branching - first)
        return (turned.trailingZeroBitCount + first) & (MaxTree.branching - 1)
    }

    mutating func remove(_ entry: Int) {
        bits &= ~(1 << entry)
    }
}
