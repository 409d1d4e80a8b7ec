/// Turns a model's regular expression into the Swift source of a `ShapePattern.Node`.
///
/// Understood: literals, escapes, classes, `.`, groups, alternatives, greedy or lazy counts, and anchors at the ends of a
/// top-level alternative. Anything else (look-around, back-references, …) is an error.
struct PatternTranslator {
    private let source: String
    private let scalars: [Unicode.Scalar]
    private var position = 0

    static func node(for source: String) throws -> String {
        var translator = PatternTranslator(source: source)
        let node = try translator.alternatives(depth: 0)
        guard translator.position == translator.scalars.count else { throw translator.unsupported("unmatched )") }
        return node
    }

    private init(source: String) {
        self.source = source
        scalars = Array(source.unicodeScalars)
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func unsupported(_ what: String) -> GeneratorError {
        GeneratorError("pattern \(source): \(what) at character \(position) is not supported")
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func takeAny() throws -> Unicode.Scalar {
        guard let scalar = next else { throw unsupported("the end") }
        position += 1
        return scalar
    }

    // MARK: Structure

    private mutating func alternatives(depth: Int) throws -> String {
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : ".anyOf([\(branches.joined(separator: ", "))])"
    }

    private mutating func sequence(depth: Int) throws -> String {
        var items: [String] = []
        if depth == 0 { _ = take("^") }
        while let scalar = next, scalar != "|", scalar != ")" {
            if depth == 0, scalar == "$", position + 1 == scalars.count || scalars[position + 1] == "|" {
                position += 1
                break
            }
            items.append(try quantified(try atom(depth: depth)))
        }
        return items.count == 1 ? items[0] : ".sequence([\(items.joined(separator: ", "))])"
    }

    private mutating func atom(depth: Int) throws -> String {
        let scalar = try takeAny()
        switch scalar {
        case "(":
            if take("?"), !take(":") { throw unsupported("a special group") }
            let inner = try alternatives(depth: depth + 1)
            guard take(")") else { throw unsupported("an open group") }
            return inner
        case "[": return ".one(\(try bracketClass().swift))"
        case ".": return ".one(\(ScalarClass(ranges: ["\n"..."\n", "\r"..."\r"], isNegated: true).swift))"
        case "\\": return ".one(\(try escape().swift))"
        case "^", "$", "*", "+", "?", "{", "}", "]": throw unsupported("\"\(scalar)\"")
        default: return ".one(\(ScalarClass(ranges: [scalar...scalar]).swift))"
        }
    }

    private mutating func quantified(_ atom: String) throws -> String {
        let bounds: (Int, Int?)
        if take("*") {
            bounds = (0, nil)
        } else if take("+") {
            bounds = (1, nil)
        } else if take("?") {
            bounds = (0, 1)
        } else if take("{") {
            let minimum = try number()
            bounds = take(",") ? (minimum, next == "}" ? nil : try number()) : (minimum, minimum)
            guard take("}") else { throw unsupported("an open count") }
        } else {
            return atom
        }
        _ = take("?")  // A lazy count accepts the same whole strings.
        if next == "+" || next == "*" || next == "{" { throw unsupported("a count of a count") }
        return ".repeated(\(atom), atLeast: \(bounds.0), atMost: \(bounds.1.map { String($0) } ?? "nil"))"
    }

    private mutating func number() throws -> Int {
        var digits = ""
        while let scalar = next, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        guard let number = Int(digits) else { throw unsupported("a count") }
        return number
    }

    // MARK: Classes

    private mutating func bracketClass() throws -> ScalarClass {
        var result = ScalarClass(isNegated: take("^"))
        var isFirst = true
        while isFirst || next != "]" {
            isFirst = false
            let start = try classItem()
            guard let low = start.single, next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                if start.isNegated { throw unsupported("a negated class inside a class") }
                result.ranges += start.ranges
                result.categories += start.categories
                continue
            }
            position += 1
            guard let high = try classItem().single, low <= high else { throw unsupported("a range") }
            result.ranges.append(low...high)
        }
        position += 1
        return result
    }

    private mutating func classItem() throws -> ScalarClass {
        let scalar = try takeAny()
        switch scalar {
        case "\\": return try escape()
        case "[": throw unsupported("a class inside a class")
        case "&" where next == "&": throw unsupported("an intersection")
        default: return ScalarClass(ranges: [scalar...scalar])
        }
    }

    /// What follows a backslash, in a class or outside.
    private mutating func escape() throws -> ScalarClass {
        let scalar = try takeAny()
        switch scalar {
        case "d": return ScalarClass(ranges: ["0"..."9"])
        case "D": return ScalarClass(ranges: ["0"..."9"], isNegated: true)
        case "w": return ScalarClass(ranges: ScalarClass.word)
        case "W": return ScalarClass(ranges: ScalarClass.word, isNegated: true)
        case "s": return ScalarClass(ranges: ScalarClass.space)
        case "S": return ScalarClass(ranges: ScalarClass.space, isNegated: true)
        case "p": return try category(isNegated: false)
        case "P": return try category(isNegated: true)
        case "t": return ScalarClass(ranges: ["\t"..."\t"])
        case "n": return ScalarClass(ranges: ["\n"..."\n"])
        case "r": return ScalarClass(ranges: ["\r"..."\r"])
        case "u": return try codePoint()
        default:
            let isLetterOrDigit =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
            if isLetterOrDigit { throw unsupported("the escape \\\(scalar)") }
            return ScalarClass(ranges: [scalar...scalar])
        }
    }

    private mutating func category(isNegated: Bool) throws -> ScalarClass {
        guard take("{") else { throw unsupported("a category without braces") }
        var name = ""
        while let scalar = next, scalar != "}" {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take("}") else { throw unsupported("an open category") }
        if let ranges = ScalarClass.posix[name] { return ScalarClass(ranges: ranges, isNegated: isNegated) }
        guard let category = ScalarClass.categories[name] else { throw unsupported("the category \(name)") }
        return ScalarClass(categories: [category], isNegated: isNegated)
    }

    /// `\uHHHH`, or two of them for a scalar outside of the basic plane.
    private mutating func codePoint() throws -> ScalarClass {
        var value = try hexadecimalUnit()
        if (0xD800..<0xDC00).contains(value), take("\\"), take("u") {
            value = 0x10000 + (value - 0xD800) << 10 + (try hexadecimalUnit()) - 0xDC00
        }
        guard let scalar = Unicode.Scalar(value) else { throw unsupported("a lone surrogate") }
        return ScalarClass(ranges: [scalar...scalar])
    }

    private mutating func hexadecimalUnit() throws -> UInt32 {
        var digits = ""
        for _ in 0..<4 { digits.unicodeScalars.append(try takeAny()) }
        guard let unit = UInt32(digits, radix: 16) else { throw unsupported("\\u\(digits)") }
        return unit
    }
}

/// The generator's picture of a `ShapePattern.ScalarSet`.
private struct ScalarClass {
    static let word: [ClosedRange<Unicode.Scalar>] = ["a"..."z", "A"..."Z", "0"..."9", "_"..."_"]
    static let space: [ClosedRange<Unicode.Scalar>] = ["\t"..."\r", " "..." "]
    /// Java's names for ASCII classes.
    static let posix: [String: [ClosedRange<Unicode.Scalar>]] = [
        "ASCII": ["\0"..."\u{7F}"], "Alnum": ["a"..."z", "A"..."Z", "0"..."9"], "Alpha": ["a"..."z", "A"..."Z"],
        "Digit": ["0"..."9"], "Graph": ["!"..."~"], "Print": [" "..."~"],
    ]
    static let categories = [
        "L": "letter", "M": "mark", "N": "number", "P": "punctuation", "Z": "separator", "S": "symbol", "C": "other",
    ]

    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var categories: [String] = []
    var isNegated = false

    /// The only scalar, if there is but one.
    var single: Unicode.Scalar? {
        guard !isNegated, categories.isEmpty, ranges.count == 1, ranges[0].lowerBound == ranges[0].upperBound else {
            return nil
        }
        return ranges[0].lowerBound
    }

    var swift: String {
        let spelled = ranges.map { "0x\(hexadecimal($0.lowerBound))...0x\(hexadecimal($0.upperBound))" }
        var arguments = ["[\(spelled.joined(separator: ", "))]"]
        if !categories.isEmpty { arguments.append("[\(categories.map { ".\($0)" }.joined(separator: ", "))]") }
        if isNegated { arguments.append("isNegated: true") }
        return ".init(\(arguments.joined(separator: ", ")))"
    }

    private func hexadecimal(_ scalar: Unicode.Scalar) -> String { String(scalar.value, radix: 16, uppercase: true) }
}
