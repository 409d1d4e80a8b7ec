/// Cuts the text of an expression into words, operators and values.
///
/// What a character means depends on where it stands (`[` opens a list, but is part of a pattern), so the parser asks for
/// what it expects instead of getting a row of tokens.
struct ClusterQueryScanner {
    /// What ends a value that has no quotes.
    enum ValueKind {
        /// White space, a comma, a bracket or a parenthesis.
        case plain
        /// White space or a parenthesis.
        case pattern
    }

    private let scalars: [Unicode.Scalar]
    private(set) var position = 0

    init(_ text: String) throws(ClusterQueryError) {
        // Bytes first: counting the characters of a megabyte is work that a refusal need not cost.
        let limit = ClusterQuery.Bounds.length
        guard text.utf8.count <= 4 * limit, text.unicodeScalars.count <= limit else {
            throw ClusterQueryError(column: limit + 1, "an expression has at most \(limit) characters")
        }
        scalars = Array(text.unicodeScalars)
    }

    var column: Int { position + 1 }

    var isAtEnd: Bool { position == scalars.count }

    mutating func skipSpace() {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    }

    /// Takes this sign if it is next.
    mutating func take(_ sign: String) -> Bool {
        let signScalars = Array(sign.unicodeScalars)
        guard scalars[position...].starts(with: signScalars) else { return false }
        position += signScalars.count
        return true
    }

    func isNext(_ sign: String) -> Bool { scalars[position...].starts(with: Array(sign.unicodeScalars)) }

    /// Takes this word if it is next and ends there.
    mutating func takeWord(_ word: String) -> Bool {
        guard peekWord() == word else { return false }
        position += word.unicodeScalars.count
        return true
    }

    /// The characters of a subject, an operator's word or a simple value; empty if none is next.
    func peekWord() -> String {
        String(String.UnicodeScalarView(scalars[position...].prefix(while: Self.isWordScalar)))
    }

    mutating func advance(over text: String) { position += text.unicodeScalars.count }

    /// A subject's or operator's letters, digits and `_ . : / \ -`, of which attribute names are made too.
    static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ".", ":", "/", "\\", "-": true
        default: false
        }
    }

    /// The sign or word of an operator; nil if none is next.
    mutating func takeOperator() -> ClusterQueryOperator? {
        for length in [2, 1] {
            let sign = String(String.UnicodeScalarView(scalars[position...].prefix(length)))
            guard let found = ClusterQueryOperator.bySpelling[sign], !Self.isWord(sign) else { continue }
            position += length
            return found
        }
        let negation = isNext("!") ? "!" : ""
        var rest = self
        rest.advance(over: negation)
        let word = negation + rest.peekWord()
        guard let found = ClusterQueryOperator.bySpelling[word] else { return nil }
        advance(over: word)
        return found
    }

    private static func isWord(_ sign: String) -> Bool { sign.unicodeScalars.contains(where: isWordScalar) }

    /// A value, quoted or bare; nil if none is next. There are no escapes within quotes: a backslash is a backslash.
    mutating func takeValue(_ kind: ValueKind) throws(ClusterQueryError) -> String? {
        guard let first = scalars[position...].first else { return nil }
        if first == "'" || first == "\"" { return try takeQuoted(by: first) }
        let start = position
        while position < scalars.count, !endsBareValue(kind) {
            guard scalars[position] != "'", scalars[position] != "\"" else {
                throw ClusterQueryError(column: column, "a value that contains a quotation mark must be quoted")
            }
            position += 1
        }
        return start == position ? nil : String(String.UnicodeScalarView(scalars[start..<position]))
    }

    private mutating func takeQuoted(by quote: Unicode.Scalar) throws(ClusterQueryError) -> String {
        guard let end = scalars[(position + 1)...].firstIndex(of: quote) else {
            throw ClusterQueryError(column: column, "the value that begins here has no closing \(quote)")
        }
        let text = String(String.UnicodeScalarView(scalars[(position + 1)..<end]))
        position = end + 1
        return text
    }

    private func endsBareValue(_ kind: ValueKind) -> Bool {
        switch scalars[position] {
        case "(", ")": true
        case ",", "[", "]": kind == .plain
        case "&": isNext("&&")
        case "|": isNext("||")
        default: scalars[position].properties.isWhitespace
        }
    }

    /// What is next, for an error message.
    var found: String {
        guard let scalar = scalars[position...].first else { return "the end of the expression" }
        let word = peekWord()
        let text = word.isEmpty ? String(Character(scalar)) : word
        return "\"\(String(text.prefix(40)))\""
    }
}
