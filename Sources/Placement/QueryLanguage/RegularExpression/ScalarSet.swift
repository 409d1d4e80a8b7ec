/// Characters that one place of a pattern stands for.
struct ScalarSet: Hashable, Sendable {
    /// Ascending, none next to or over another: a class of a thousand characters costs a search, not a thousand looks.
    private let ranges: [ClosedRange<UInt32>]

    init(_ ranges: [ClosedRange<Unicode.Scalar>]) {
        self.init(merging: ranges.map { $0.lowerBound.value...$0.upperBound.value })
    }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    init(union sets: [ScalarSet]) { self.init(merging: sets.flatMap(\.ranges)) }

    private init(merging ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = merged.last, range.lowerBound <= last.upperBound + 1 else {
                merged.append(range)
                continue
            }
            merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        }
        self.ranges = merged
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar.value
    }

    /// The ASCII characters of the set.
    var ascii: ASCIIBits {
        var bits = ASCIIBits()
        for value in UInt8(0)..<128 where contains(Unicode.Scalar(value)) { bits.insert(value) }
        return bits
    }

    /// Every character that this one does not have.
    var negated: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.last { gaps.append(next...Self.last) }
        return ScalarSet(merging: gaps)
    }

    private static let last: UInt32 = 0x10FFFF

    /// The one character of the set, if there is just one.
    var only: Unicode.Scalar? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return Unicode.Scalar(ranges[0].lowerBound)
    }

    static let digits = ScalarSet(["0"..."9"])
    static let word = ScalarSet(["0"..."9", "A"..."Z", "a"..."z", "_"..."_"])
    static let space = ScalarSet(["\t"..."\r", " "..." "])
    /// Everything but the ends of lines.
    static let dot = ScalarSet(["\n"..."\n", "\r"..."\r", "\u{85}"..."\u{85}", "\u{2028}"..."\u{2029}"]).negated
}

/// A bit for each ASCII character.
struct ASCIIBits: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    mutating func insert(_ value: UInt8) {
        if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = UInt64(scalar.value)
        return value < 64 ? low & (1 << value) != 0 : value < 128 && high & (1 << (value - 64)) != 0
    }
}
