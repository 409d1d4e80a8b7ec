import AWSProtocol

extension PolicyDocument {
    /// Characters of a document that are no white space, as of a managed policy in IAM.
    ///
    /// - Source: IAM User Guide, "IAM and AWS STS quotas".
    package static let characterLimit = 6144
    private static let byteLimit = 65_536

    /// - Throws: what of the document is not known, or not well-formed, and where.
    package init(_ text: String, _ vocabulary: PolicyVocabulary) throws(PolicyError) {
        guard text.utf8.count <= Self.byteLimit,
            text.unicodeScalars.count(where: { !$0.properties.isWhitespace }) <= Self.characterLimit
        else { throw PolicyError("a policy has at most \(Self.characterLimit) characters that are no white space") }
        do {
            var reader = PolicyReader(vocabulary)
            statements = try reader.document(text)
        } catch let error as JSONReadError {
            throw PolicyError(error.message)
        } catch {
            throw PolicyError("\(error)")
        }
    }
}

/// Makes statements of JSON.
///
/// - Source: IAM User Guide, "Grammar of the IAM JSON policy language".
private struct PolicyReader {
    /// In the version before this one, `${…}` was text like any other.
    private static let version = "2012-10-17"
    private static let olderVersion = "2008-10-17"

    private let vocabulary: PolicyVocabulary
    private var hasVariables = false

    init(_ vocabulary: PolicyVocabulary) { self.vocabulary = vocabulary }

    mutating func document(_ text: String) throws -> [PolicyStatement] {
        // The version may stand behind the statements that it decides about.
        let version = try Self.members(text, known: ["Version", "Id", "Statement"])
        hasVariables = version == Self.version
        var statements: [PolicyStatement]?
        var reader = JSONReader(Array(text.utf8))
        try reader.object { name, reader in
            guard name == "Statement" else { return try reader.skipValue() }
            statements = []
            if try reader.peek() == UInt8(ascii: "{") {
                statements?.append(try statement(&reader))
            } else {
                try reader.array { statements?.append(try statement(&$0)) }
            }
        }
        guard let statements, !statements.isEmpty else { throw JSONReadError("a policy needs a Statement") }
        let sids = statements.compactMap(\.sid)
        guard Set(sids).count == sids.count else { throw JSONReadError("two statements have the same Sid") }
        return statements
    }

    /// - Returns: the document's version.
    private static func members(_ text: String, known: Set<String>) throws -> String {
        var seen: Set<String> = []
        var version = olderVersion
        var reader = JSONReader(Array(text.utf8))
        try reader.object { name, reader in
            try take(name, &seen, known: known)
            switch name {
            case "Version":
                version = try reader.readString()
                guard [Self.version, olderVersion].contains(version) else {
                    throw JSONReadError("the version is \(Self.version), or \(olderVersion)")
                }
            case "Id": _ = try reader.readString()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        return version
    }

    private static func take(_ name: String, _ seen: inout Set<String>, known: Set<String>) throws {
        guard known.contains(name) else {
            throw JSONReadError("there is no such element; there are \(known.sorted().joined(separator: ", "))")
        }
        guard seen.insert(name).inserted else { throw JSONReadError("it is there more than once") }
    }

    private static let statementElements: Set<String> = [
        "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    private func statement(_ reader: inout JSONReader) throws -> PolicyStatement {
        var seen: Set<String> = []
        var sid: String?
        var effect: PolicyStatement.Effect?
        var actions: [PolicyStatement.Selection] = []
        var resources: [PolicyStatement.Selection] = []
        var conditions: [PolicyCondition] = []
        try reader.object { name, reader in
            guard name != "Principal", name != "NotPrincipal" else {
                throw JSONReadError("the policy of a key is about that key alone, so it names no principal")
            }
            try Self.take(name, &seen, known: Self.statementElements)
            switch name {
            case "Sid": sid = try Self.sid(&reader)
            case "Effect":
                effect = PolicyStatement.Effect(rawValue: try reader.readString())
                guard effect != nil else { throw JSONReadError("it is Allow or Deny") }
            case "Action", "NotAction":
                let texts = try Self.texts(&reader)
                actions.append(
                    .init(
                        patterns: try texts.map { text in try Self.located { try vocabulary.action(text) } },
                        isNegated: name == "NotAction"))
            case "Resource", "NotResource":
                let texts = try Self.texts(&reader)
                let patterns = try texts.map { text in
                    try Self.located { try vocabulary.resource(text, hasVariables: hasVariables) }
                }
                resources.append(.init(patterns: patterns, isNegated: name == "NotResource"))
            default: conditions = try self.conditions(&reader)
            }
        }
        guard let effect else { throw JSONReadError("a statement needs an Effect") }
        guard actions.count == 1 else { throw JSONReadError("a statement needs either Action or NotAction") }
        guard resources.count == 1 else { throw JSONReadError("a statement needs either Resource or NotResource") }
        return PolicyStatement(
            sid: sid, effect: effect, actions: actions[0], resources: resources[0], conditions: conditions)
    }

    private static func sid(_ reader: inout JSONReader) throws -> String? {
        let text = try reader.readString()
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        guard isPlain else { throw JSONReadError("it has letters A-Z, a-z and digits alone") }
        return text.isEmpty ? nil : text
    }

    /// The reader says where it was for errors of its own kind.
    private static func located<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as PolicyError { throw JSONReadError(error.message) }
    }

    /// One text, or a list of at least one.
    private static func texts(_ reader: inout JSONReader) throws -> [String] {
        if try reader.peek() == UInt8(ascii: "\"") { return [try reader.readString()] }
        var texts: [String] = []
        try reader.array { texts.append(try $0.readString()) }
        guard !texts.isEmpty else { throw JSONReadError("the list is empty") }
        return texts
    }

    // MARK: Conditions

    private func conditions(_ reader: inout JSONReader) throws -> [PolicyCondition] {
        var conditions: [PolicyCondition] = []
        var operators: Set<String> = []
        try reader.object { name, reader in
            guard operators.insert(name).inserted else { throw JSONReadError("it is there more than once") }
            let comparison = try Self.located { try ConditionOperator(name) }
            var keys: Set<ConditionKey> = []
            try reader.object { name, reader in
                let key = try Self.located { try vocabulary.key(name) }
                guard keys.insert(key).inserted else { throw JSONReadError("it is there more than once") }
                let operands = try Self.conditionTexts(&reader).map { text in
                    try Self.located { try operand(text, of: comparison) }
                }
                conditions.append(PolicyCondition(key: key, comparison: comparison, operands: operands))
            }
        }
        return conditions
    }

    /// As ``texts(_:)``; `true` and `false` may stand without quotes.
    private static func conditionTexts(_ reader: inout JSONReader) throws -> [String] {
        func text(_ reader: inout JSONReader) throws -> String {
            if try reader.peek() == UInt8(ascii: "\"") { return try reader.readString() }
            return try reader.readBoolean() ? "true" : "false"
        }
        guard try reader.peek() == UInt8(ascii: "[") else { return [try text(&reader)] }
        var texts: [String] = []
        try reader.array { texts.append(try text(&$0)) }
        guard !texts.isEmpty else { throw JSONReadError("the list is empty") }
        return texts
    }

    private func operand(
        _ text: String, of comparison: ConditionOperator
    ) throws(PolicyError) -> PolicyCondition.Operand {
        let variables = hasVariables ? vocabulary.variables : nil
        switch comparison.comparison {
        case .string: return .pattern(try PolicyPattern(text, hasWildcards: false, variables: variables))
        case .like: return .pattern(try PolicyPattern(text, variables: variables))
        case .stringIgnoringCase:
            return .patternIgnoringCase(
                try PolicyPattern(text.asciiLowercased, hasWildcards: false, variables: variables))
        case .arn:
            let parts = PolicyCondition.parts(ofARN: text)
            guard parts.count == 6, parts[0] == "arn" else {
                throw PolicyError("\"\(text.prefix(160))\" is not an ARN: six parts with colons between them")
            }
            var patterns: [PolicyPattern] = []
            for part in parts { patterns.append(try PolicyPattern(part, variables: variables)) }
            return .arn(patterns)
        case .boolean, .null:
            guard let value = ["true": true, "false": false][text.asciiLowercased] else {
                throw PolicyError("\"\(text.prefix(60))\" is neither true nor false")
            }
            return .boolean(value)
        case .ipAddress:
            guard let block = IPBlock(text) else {
                throw PolicyError("\"\(text.prefix(60))\" is neither an address nor a block such as 192.0.2.0/24")
            }
            return .block(block)
        }
    }
}
