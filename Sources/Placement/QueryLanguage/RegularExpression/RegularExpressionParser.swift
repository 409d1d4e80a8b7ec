/// Reads a pattern by recursive descent.
struct RegularExpressionParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var nesting = 0

    /// The largest number in braces.
    private static let repeatLimit = 1000

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func parse() throws(RegularExpressionError) -> RegularExpressionNode {
        let node = try choice()
        guard position == scalars.count else { throw error("a ) without its (; write \\) for the character") }
        return node
    }

    private func error(_ message: String, at offset: Int? = nil) -> RegularExpressionError {
        RegularExpressionError(offset: offset ?? position, message: message)
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func choice() throws(RegularExpressionError) -> RegularExpressionNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(RegularExpressionError) -> RegularExpressionNode {
        var parts: [RegularExpressionNode] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated(try atom())) }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(
        _ atom: RegularExpressionNode
    ) throws(RegularExpressionError) -> RegularExpressionNode {
        var minimum = 0
        var maximum: Int?
        switch next {
        case "*": break
        case "+": minimum = 1
        case "?": maximum = 1
        case "{": (minimum, maximum) = try braces()
        default: return atom
        }
        position += 1
        if take("?") { return try checkedRepeat(atom, minimum, maximum) }
        guard next != "+" else { throw error("possessive repeats are not supported") }
        return try checkedRepeat(atom, minimum, maximum)
    }

    private func checkedRepeat(
        _ atom: RegularExpressionNode, _ minimum: Int, _ maximum: Int?
    ) throws(RegularExpressionError) -> RegularExpressionNode {
        if let next, "*?{".unicodeScalars.contains(next) { throw error("nothing to repeat before \(next)") }
        return .repeated(atom, minimum: minimum, maximum: maximum)
    }

    /// `{m}`, `{m,}` or `{m,n}`, up to the closing brace.
    private mutating func braces() throws(RegularExpressionError) -> (Int, Int?) {
        let start = position
        position += 1
        let minimum = try number()
        var maximum: Int? = minimum
        if take(",") { maximum = next == "}" ? nil : try number() }
        guard next == "}" else { throw error("a repeat is written {m}, {m,} or {m,n}", at: start) }
        if let maximum, maximum < minimum { throw error("a repeat that ends before it begins", at: start) }
        return (minimum, maximum)
    }

    private mutating func number() throws(RegularExpressionError) -> Int {
        let start = position
        var value = 0
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = value * 10 + Int(scalar.value - 0x30)
            position += 1
            guard value <= Self.repeatLimit else {
                throw error("a repeat of more than \(Self.repeatLimit) is not supported", at: start)
            }
        }
        guard position > start else { throw error("a repeat is written {m}, {m,} or {m,n}") }
        return value
    }

    private mutating func atom() throws(RegularExpressionError) -> RegularExpressionNode {
        // The caller has seen that there is a next one.
        guard let scalar = next else { return .sequence([]) }
        switch scalar {
        case "(": return try group()
        case "[": return .scalars(try scalarClass())
        case "\\": return try escape()
        case "*", "+", "?", "{": throw error("nothing to repeat before \(scalar); write \\\(scalar) for the character")
        default: break
        }
        position += 1
        switch scalar {
        case ".": return .scalars(.dot)
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        default: return .scalars(ScalarSet(scalar))
        }
    }

    private mutating func group() throws(RegularExpressionError) -> RegularExpressionNode {
        let start = position
        position += 1
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= ClusterQuery.Bounds.nesting else {
            throw error("groups can be nested at most \(ClusterQuery.Bounds.nesting) deep")
        }
        if take("?"), !take(":") {
            throw error("lookaround, flags and named groups are not supported: after (? comes :", at: start)
        }
        let inner = try choice()
        guard take(")") else { throw error("a ( without its )", at: start) }
        return inner
    }

    private mutating func escape() throws(RegularExpressionError) -> RegularExpressionNode {
        if position + 1 < scalars.count {
            let assertion: RegularExpressionAssertion? =
                switch scalars[position + 1] {
                case "b": .wordBoundary
                case "B": .noWordBoundary
                case "A": .start
                case "z", "Z": .end
                default: nil
                }
            if let assertion {
                position += 2
                return .assertion(assertion)
            }
        }
        return .scalars(try escapedSet())
    }

    /// A backslash and what follows it, where one character of a value is meant.
    private mutating func escapedSet() throws(RegularExpressionError) -> ScalarSet {
        let start = position
        position += 1
        guard let scalar = next else { throw error("a \\ at the end", at: start) }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return .digits.negated
        case "w": return .word
        case "W": return .word.negated
        case "s": return .space
        case "S": return .space.negated
        case "t": return ScalarSet("\t")
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "f": return ScalarSet("\u{C}")
        case "0"..."9", "k": throw error("backreferences are not supported", at: start)
        case "a"..."z", "A"..."Z": throw error("the escape \\\(scalar) is not supported", at: start)
        default: return ScalarSet(scalar)
        }
    }

    private mutating func scalarClass() throws(RegularExpressionError) -> ScalarSet {
        let start = position
        position += 1
        let isNegated = take("^")
        var items: [ScalarSet] = []
        while true {
            guard let scalar = next else { throw error("a [ without its ]", at: start) }
            if scalar == "]", !items.isEmpty { break }
            guard scalar != "[", !(scalar == "&" && scalars[position...].starts(with: ["&", "&"])) else {
                throw error("classes within classes are not supported; write \\\(scalar) for the character")
            }
            items.append(try classItem())
        }
        position += 1
        let set = ScalarSet(union: items)
        return isNegated ? set.negated : set
    }

    /// One character of a class, an escape, or a range.
    private mutating func classItem() throws(RegularExpressionError) -> ScalarSet {
        let start = position
        let low = try classScalars()
        guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else { return low }
        position += 1
        let high = try classScalars()
        guard let from = low.only, let to = high.only else { throw error("a range of more than characters", at: start) }
        guard from <= to else { throw error("a range that ends before it begins", at: start) }
        return ScalarSet([from...to])
    }

    private mutating func classScalars() throws(RegularExpressionError) -> ScalarSet {
        guard let scalar = next else { throw error("a [ without its ]") }
        guard scalar != "\\" else { return try escapedSet() }
        guard scalar != "[" else {
            throw error("classes within classes are not supported; write \\[ for the character")
        }
        position += 1
        return ScalarSet(scalar)
    }
}
