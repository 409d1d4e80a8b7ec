/// Text in which `*` stands for any characters, `?` for one, and `${aws:username}` for what a request has there.
///
/// - Source: IAM User Guide, "IAM policy elements: Variables and tags"; "Resource", on wildcards.
package struct PolicyPattern: Sendable, Hashable {
    enum Token: Sendable, Hashable {
        case scalar(Unicode.Scalar)
        case anyOne
        case any
        case variable(ConditionKey)

        var canBeNothing: Bool {
            switch self {
            case .any, .variable: true
            case .anyOne, .scalar: false
            }
        }
    }

    private let tokens: [Token]
    private let hasVariables: Bool

    /// - Parameters:
    ///   - hasWildcards: whether `*` and `?` stand for more than themselves.
    ///   - variables: what may stand in `${…}`; nil where that means nothing.
    /// - Throws: for a variable that is not among them.
    package init(
        _ text: String, hasWildcards: Bool = true, variables: Set<ConditionKey>? = nil
    ) throws(PolicyError) {
        var tokens: [Token] = []
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*" where hasWildcards: if tokens.last != .any { tokens.append(.any) }
            case "?" where hasWildcards: tokens.append(.anyOne)
            case "$" where variables != nil && rest.first == "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw PolicyError("\"\(text.prefix(100))\": the variable has no end")
                }
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                tokens.append(try Self.variable(name, among: variables ?? []))
            default: tokens.append(.scalar(scalar))
            }
        }
        self.tokens = tokens
        hasVariables = tokens.contains { if case .variable = $0 { true } else { false } }
    }

    /// `${*}`, `${?}` and `${$}` are the characters themselves.
    private static func variable(_ name: String, among variables: Set<ConditionKey>) throws(PolicyError) -> Token {
        if let only = name.unicodeScalars.first, name.unicodeScalars.count == 1, "*?$".unicodeScalars.contains(only) {
            return .scalar(only)
        }
        let key = ConditionKey(name)
        guard variables.contains(key) else {
            let known = variables.map { "${\($0.name)}" }.sorted().joined(separator: ", ")
            throw PolicyError("the variable ${\(name.prefix(60))} is not known; there are \(known)")
        }
        return .variable(key)
    }

    /// - Parameter values: of the request; a variable without exactly one matches nothing.
    package func matches(_ text: String, values: (ConditionKey) -> [String]) -> Bool {
        guard hasVariables else { return Self.match(tokens, Array(text.unicodeScalars)) }
        var filled: [Token] = []
        for token in tokens {
            guard case .variable(let key) = token else {
                filled.append(token)
                continue
            }
            let found = values(key)
            guard found.count == 1 else { return false }
            filled += found[0].unicodeScalars.map { .scalar($0) }
        }
        return Self.match(filled, Array(text.unicodeScalars))
    }

    package func matches(_ text: String) -> Bool { matches(text) { _ in [] } }

    /// Whether some text that begins so could match.
    func couldMatch(beginning: String) -> Bool {
        var places: Set<Int> = [0]
        for scalar in beginning.unicodeScalars {
            places = Set(
                reached(from: places).flatMap { place -> [Int] in
                    guard place < tokens.count else { return [] }
                    switch tokens[place] {
                    case .any, .variable: return [place]
                    case .anyOne: return [place + 1]
                    case .scalar(let expected): return expected == scalar ? [place + 1] : []
                    }
                })
            if places.isEmpty { return false }
        }
        return true
    }

    /// These places, and those behind what may stand for nothing.
    private func reached(from places: Set<Int>) -> Set<Int> {
        var result = places
        for start in places {
            var place = start
            while place < tokens.count, tokens[place].canBeNothing {
                place += 1
                result.insert(place)
            }
        }
        return result
    }

    /// Takes time in proportion to the product of both lengths at most: only the last `*` is ever tried again.
    private static func match(_ tokens: [Token], _ text: [Unicode.Scalar]) -> Bool {
        var (token, place) = (0, 0)
        var retry: (token: Int, place: Int)?
        while place < text.count {
            if token < tokens.count {
                switch tokens[token] {
                case .any:
                    retry = (token, place)
                    token += 1
                    continue
                case .anyOne:
                    (token, place) = (token + 1, place + 1)
                    continue
                case .scalar(let scalar) where scalar == text[place]:
                    (token, place) = (token + 1, place + 1)
                    continue
                case .scalar, .variable: break
                }
            }
            guard let star = retry else { return false }
            retry = (star.token, star.place + 1)
            (token, place) = (star.token + 1, star.place + 1)
        }
        return tokens[token...].allSatisfy { $0 == .any }
    }
}
