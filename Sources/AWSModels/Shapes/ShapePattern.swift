/// A regular expression of a service model, translated by the generator. It always matches the whole string.
///
/// Matching follows all possibilities at once (sets of end positions), so no value can make it take exponential time.
package struct ShapePattern: Sendable {
    package indirect enum Node: Sendable {
        case one(ScalarSet)
        case sequence([Node])
        case anyOf([Node])
        case repeated(Node, atLeast: Int, atMost: Int?)
    }

    /// A character class: the scalars in `ranges`, and those whose general category starts with one of `categories`.
    package struct ScalarSet: Sendable {
        package let ranges: [ClosedRange<UInt32>]
        package let categories: [ScalarCategory]
        package let isNegated: Bool
        /// The answer for the scalars below 64 and below 128, a bit each: nearly all that is ever asked.
        private var low: UInt64 = 0
        private var high: UInt64 = 0

        package init(_ ranges: [ClosedRange<UInt32>], _ categories: [ScalarCategory] = [], isNegated: Bool = false) {
            self.ranges = ranges
            self.categories = categories
            self.isNegated = isNegated
            for bit in 0..<UInt64(64) {
                if looksUp(Unicode.Scalar(UInt8(bit))) { low |= 1 << bit }
                if looksUp(Unicode.Scalar(UInt8(bit + 64))) { high |= 1 << bit }
            }
        }

        fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool {
            if scalar.value < 64 { return low >> UInt64(scalar.value) & 1 == 1 }
            if scalar.value < 128 { return high >> UInt64(scalar.value - 64) & 1 == 1 }
            return looksUp(scalar)
        }

        private func looksUp(_ scalar: Unicode.Scalar) -> Bool {
            let isListed =
                ranges.contains { $0.contains(scalar.value) } || categories.contains { $0.contains(scalar) }
            return isListed != isNegated
        }
    }

    /// Unicode's one-letter general categories, as in `\p{L}`.
    package enum ScalarCategory: String, Sendable {
        case letter, mark, number, punctuation, separator, symbol, other
    }

    /// The expression as the model has it, for messages.
    package let source: String
    private let root: Node

    package init(_ source: String, _ root: Node) {
        self.source = source
        self.root = root
    }

    package func matches(_ text: String) -> Bool {
        if case .repeated(.one(let set), let minimum, let maximum) = root {
            // Most patterns are one repeated class; this is the same answer without any bookkeeping.
            var count = 0
            for scalar in text.unicodeScalars {
                guard set.contains(scalar) else { return false }
                count += 1
            }
            return count >= minimum && count <= maximum ?? Int.max
        }
        let scalars = Array(text.unicodeScalars)
        return Self.ends(of: root, from: [0], in: scalars).contains(scalars.count)
    }

    /// Where a match of `node` can end if it starts at one of `starts`; both ascending and without duplicates.
    private static func ends(of node: Node, from starts: [Int], in scalars: [Unicode.Scalar]) -> [Int] {
        switch node {
        case .one(let set):
            return starts.compactMap { $0 < scalars.count && set.contains(scalars[$0]) ? $0 + 1 : nil }
        case .sequence(let nodes):
            return nodes.reduce(starts) { ends(of: $1, from: $0, in: scalars) }
        case .anyOf(let nodes):
            return Set(nodes.flatMap { ends(of: $0, from: starts, in: scalars) }).sorted()
        case .repeated(let inner, let minimum, let maximum):
            return repetitions(of: inner, minimum, maximum, from: starts, in: scalars)
        }
    }

    private static func repetitions(
        of node: Node, _ minimum: Int, _ maximum: Int?, from starts: [Int], in scalars: [Unicode.Scalar]
    ) -> [Int] {
        var frontier = starts
        for _ in 0..<minimum {
            frontier = ends(of: node, from: frontier, in: scalars)
            if frontier.isEmpty { return [] }
        }
        var reached = Set(frontier)
        var rounds = minimum
        while !frontier.isEmpty, rounds < maximum ?? Int.max {
            // Only what is new can lead anywhere new; this also ends the repetition of an empty match.
            frontier = ends(of: node, from: frontier, in: scalars).filter { reached.insert($0).inserted }
            rounds += 1
        }
        return reached.sorted()
    }
}

extension ShapePattern.ScalarCategory {
    fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self == .letter
        case .nonspacingMark, .spacingMark, .enclosingMark: self == .mark
        case .decimalNumber, .letterNumber, .otherNumber: self == .number
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            self == .punctuation
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: self == .separator
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: self == .symbol
        case .control, .format, .surrogate, .privateUse, .unassigned: self == .other
        @unknown default: self == .other
        }
    }
}
