/// Reads an expression by recursive descent. `not` binds tighter than `and`, `and` tighter than `or`.
///
/// ```
/// expression := conjunction (("||" | "or") conjunction)*
/// conjunction := term (("&&" | "and") term)*
/// term := ("!" | "not") term | "(" expression ")" | subject operator [argument]
/// argument := value | "[" value ("," value)* "]"
/// ```
struct ClusterQueryParser {
    private var scanner: ClusterQueryScanner
    private var nesting = 0
    /// Instructions that the patterns to come may still compile to.
    private var patternBudget = ClusterQuery.Bounds.patternSize

    init(_ text: String) throws(ClusterQueryError) {
        scanner = try ClusterQueryScanner(text)
    }

    mutating func parse() throws(ClusterQueryError) -> ClusterQuery {
        let query = try expression()
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw expected("and, or, or the end of the expression") }
        return query
    }

    private mutating func expression() throws(ClusterQueryError) -> ClusterQuery {
        var operands = [try conjunction()]
        while takeConnective("||", "or") { operands.append(try conjunction()) }
        return operands.count == 1 ? operands[0] : .any(operands)
    }

    private mutating func conjunction() throws(ClusterQueryError) -> ClusterQuery {
        var operands = [try term()]
        while takeConnective("&&", "and") { operands.append(try term()) }
        return operands.count == 1 ? operands[0] : .all(operands)
    }

    private mutating func takeConnective(_ sign: String, _ word: String) -> Bool {
        scanner.skipSpace()
        return scanner.take(sign) || scanner.takeWord(word)
    }

    private mutating func term() throws(ClusterQueryError) -> ClusterQuery {
        nesting += 1
        defer { nesting -= 1 }
        scanner.skipSpace()
        guard nesting <= ClusterQuery.Bounds.nesting else {
            throw ClusterQueryError(
                column: scanner.column,
                "parentheses and negations can be nested at most \(ClusterQuery.Bounds.nesting) deep")
        }
        if takeConnective("!", "not") { return .not(try term()) }
        guard scanner.take("(") else { return .condition(try condition()) }
        let inner = try expression()
        scanner.skipSpace()
        guard scanner.take(")") else { throw expected("and, or, or )") }
        return inner
    }

    private mutating func condition() throws(ClusterQueryError) -> ClusterQueryCondition {
        let subject = try subject()
        scanner.skipSpace()
        let column = scanner.column
        guard let found = scanner.takeOperator() else {
            throw expected("an operator (\(Self.list(subject.operators))) after \(subject.text)")
        }
        guard subject.operators.contains(found) else {
            throw ClusterQueryError(
                column: column,
                "\(subject.text) cannot be used with \(found.rawValue); expected \(Self.list(subject.operators))")
        }
        return ClusterQueryCondition(
            subject: subject, operator: found, operands: try operands(of: subject, found))
    }

    private static func list(_ operators: [ClusterQueryOperator]) -> String {
        operators.map(\.rawValue).joined(separator: ", ")
    }

    private mutating func subject() throws(ClusterQueryError) -> ClusterQuerySubject {
        let word = scanner.peekWord()
        if let named = ClusterQuerySubject.named.first(where: { $0.text == word }) {
            scanner.advance(over: word)
            return named
        }
        guard word.hasPrefix(ClusterQuerySubject.attributePrefix) else {
            throw expected(
                "a subject (\(ClusterQuerySubject.named.map(\.text).joined(separator: ", ")), attribute:NAME)")
        }
        let name = String(word.dropFirst(ClusterQuerySubject.attributePrefix.count))
        guard (1...128).contains(name.utf8.count) else {
            throw ClusterQueryError(
                column: scanner.column, "expected the name of an attribute, 1 to 128 characters, after attribute:")
        }
        scanner.advance(over: word)
        return .attribute(name)
    }

    private mutating func operands(
        of subject: ClusterQuerySubject, _ kind: ClusterQueryOperator
    ) throws(ClusterQueryError) -> [ClusterQueryOperand] {
        switch kind {
        case .exists, .notExists: return []
        case .in, .notIn: return try list(for: subject, kind)
        default:
            scanner.skipSpace()
            guard !scanner.isNext("[") || kind == .matches || kind == .notMatches else {
                throw ClusterQueryError(
                    column: scanner.column, "expected one value after \(kind.rawValue); a list goes with in and !in")
            }
            return [try operand(of: subject, kind)]
        }
    }

    private mutating func list(
        for subject: ClusterQuerySubject, _ kind: ClusterQueryOperator
    ) throws(ClusterQueryError) -> [ClusterQueryOperand] {
        scanner.skipSpace()
        guard scanner.take("[") else { throw expected("a list in brackets after \(kind.rawValue)") }
        var operands: [ClusterQueryOperand] = []
        repeat {
            scanner.skipSpace()
            operands.append(try operand(of: subject, kind))
            scanner.skipSpace()
        } while scanner.take(",")
        guard scanner.take("]") else { throw expected(", or ] in the list after \(kind.rawValue)") }
        return operands
    }

    private mutating func operand(
        of subject: ClusterQuerySubject, _ kind: ClusterQueryOperator
    ) throws(ClusterQueryError) -> ClusterQueryOperand {
        let column = scanner.column
        let isPattern = kind == .matches || kind == .notMatches
        guard let text = try scanner.takeValue(isPattern ? .pattern : .plain) else {
            throw expected("a value after \(kind.rawValue)")
        }
        guard !isPattern || !scanner.isNext("(") else {
            throw ClusterQueryError(column: scanner.column, "a pattern with parentheses must be quoted")
        }
        return ClusterQueryOperand(
            text: text, meaning: try meaning(of: text, at: column, for: subject, isPattern: isPattern))
    }

    private mutating func meaning(
        of text: String, at column: Int, for subject: ClusterQuerySubject, isPattern: Bool
    ) throws(ClusterQueryError) -> ClusterQueryOperand.Meaning {
        guard !isPattern else { return .pattern(try pattern(text, at: column)) }
        switch subject {
        case .attribute, .ec2InstanceID, .taskGroup: return .text
        case .agentConnected:
            if text == "true" || text == "false" { return .flag(text == "true") }
            throw wrong(text, at: column, for: subject, "true or false")
        case .runningTasksCount:
            if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text) { return .count(count) }
            throw wrong(text, at: column, for: subject, "a whole number")
        case .agentVersion:
            if let version = AgentVersion(literal: text) { return .version(version) }
            throw wrong(text, at: column, for: subject, "a version such as 1.14.5")
        case .registeredAt:
            if let seconds = QueryDate.seconds(text) { return .instant(seconds) }
            throw wrong(text, at: column, for: subject, "a date such as 2018-06-18 or 2018-06-18T22:28:28Z")
        }
    }

    private mutating func pattern(_ text: String, at column: Int) throws(ClusterQueryError) -> RegularExpression {
        do {
            let pattern = try RegularExpression(text, sizeLimit: patternBudget)
            patternBudget -= pattern.size
            return pattern
        } catch {
            throw ClusterQueryError(
                column: column, "the pattern is not understood at its character \(error.offset + 1): \(error.message)")
        }
    }

    private func wrong(
        _ text: String, at column: Int, for subject: ClusterQuerySubject, _ right: String
    ) -> ClusterQueryError {
        ClusterQueryError(
            column: column, "expected \(right) to compare \(subject.text) with; found \"\(text.prefix(40))\"")
    }

    private func expected(_ what: String) -> ClusterQueryError {
        ClusterQueryError(column: scanner.column, "expected \(what); found \(scanner.found)")
    }
}
