import AccessPolicy
import Testing

/// The evaluator against one that is as simple as can be, on documents and requests that are drawn.
@Suite struct ReferenceTests {
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// A statement in plain sight.
    struct Statement {
        var isDeny: Bool
        var actions: [String]
        var areActionsNegated: Bool
        var resources: [String]
        var areResourcesNegated: Bool
        var conditions: [(name: String, key: String, texts: [String])]

        var json: String {
            func list(_ texts: [String]) -> String {
                "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]"
            }
            let conditions = conditions.map { #""\#($0.name)":{"\#($0.key)":\#(list($0.texts))}"# }
            return #"""
                {"Effect":"\#(isDeny ? "Deny" : "Allow")","\#(areActionsNegated ? "NotAction" : "Action")":\#(list(actions)),
                 "\#(areResourcesNegated ? "NotResource" : "Resource")":\#(list(resources)),
                 "Condition":{\#(conditions.joined(separator: ","))}}
                """#
        }
    }

    struct Request {
        var action: String
        var resource: String
        var values: [String: [String]]
    }

    /// By its definition: what is left of the pattern against what is left of the text.
    static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return matches(pattern.dropFirst(), text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
        }
        guard let next = text.first, first == "?" || first == next else { return false }
        return matches(pattern.dropFirst(), text.dropFirst())
    }

    static func holds(_ name: String, _ texts: [String], _ found: [String]) -> Bool {
        var name = name
        if name == "Null" { return texts.contains(found.isEmpty ? "true" : "false") }
        if name.hasSuffix("IfExists") {
            if found.isEmpty { return true }
            name.removeLast("IfExists".count)
        }
        func one(_ name: String, _ value: String) -> Bool {
            switch name {
            case "StringEquals": texts.contains(value)
            case "StringNotEquals": !texts.contains(value)
            case "StringLike": texts.contains { matches($0[...], value[...]) }
            default: !texts.contains { matches($0[...], value[...]) }
            }
        }
        if name.hasPrefix("ForAnyValue:") { return found.contains { one(String(name.dropFirst(12)), $0) } }
        if name.hasPrefix("ForAllValues:") { return found.allSatisfy { one(String(name.dropFirst(13)), $0) } }
        if found.isEmpty { return name.contains("Not") }
        return name.contains("Not")
            ? found.allSatisfy { one(name, $0) } : found.contains { one(name, $0) }
    }

    static func decision(_ statements: [Statement], _ request: Request) -> PolicyDocument.Decision {
        let applying = statements.filter { statement in
            statement.actions.contains { matches($0[...], request.action[...]) } != statement.areActionsNegated
                && statement.resources.contains { matches($0[...], request.resource[...]) }
                    != statement.areResourcesNegated
                && statement.conditions.allSatisfy { holds($0.name, $0.texts, request.values[$0.key] ?? []) }
        }
        if applying.contains(where: \.isDeny) { return .explicitlyDenied(sid: nil) }
        return applying.isEmpty ? .implicitlyDenied : .allowed(sid: nil)
    }

    static let actions = ["ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks", "ecs:ListTasks", "iam:PassRole"]
    static let keys = ["ecs:cluster", "aws:TagKeys", "aws:RequestTag/a"]

    static func text(_ letters: [String], _ random: inout Generator) -> String {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }.joined()
    }

    static func some<Value>(_ count: ClosedRange<Int>, _ random: inout Generator, _ make: (inout Generator) -> Value)
        -> [Value]
    {
        (0..<Int.random(in: count, using: &random)).map { _ in make(&random) }
    }

    static func statement(_ random: inout Generator) -> Statement {
        var names: Set<String> = []
        let operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"].flatMap { name in
            ["", "ForAnyValue:", "ForAllValues:"].flatMap { [$0 + name, $0 + name + "IfExists"] }
        }
        return Statement(
            isDeny: Int.random(in: 0..<3, using: &random) == 0,
            actions: some(1...2, &random) { random in
                (actions + ["*", "ecs:*Task", "ecs:*Tasks", "ecs:????Task*", "iam:*"]).randomElement(using: &random)
                    ?? "*"
            },
            areActionsNegated: Int.random(in: 0..<4, using: &random) == 0,
            resources: some(1...2, &random) { random in
                Bool.random(using: &random) ? "*" : taskPrefix + text(["a", "b", "/", "*", "?"], &random)
            },
            areResourcesNegated: Int.random(in: 0..<4, using: &random) == 0,
            conditions: some(0...2, &random) { random in
                let key = keys.randomElement(using: &random) ?? ""
                if Int.random(in: 0..<5, using: &random) == 0 {
                    return ("Null", key, [Bool.random(using: &random) ? "true" : "false"])
                }
                return (
                    operators.randomElement(using: &random) ?? "", key,
                    some(1...2, &random) { text(["a", "b", "*", "?"], &$0) }
                )
            }.filter { names.insert($0.0).inserted })
    }

    @Test(arguments: 0..<400)
    func decisionsAreThoseOfTheReference(_ seed: Int) throws {
        var random = Generator(state: UInt64(seed))
        let statements = Self.some(1...4, &random, Self.statement)
        let policy = try document(#"{"Statement":[\#(statements.map(\.json).joined(separator: ","))]}"#)
        for _ in 0..<50 {
            var values: [String: [String]] = [:]
            for key in Self.keys { values[key] = Self.some(0...2, &random) { Self.text(["a", "b"], &$0) } }
            let request = Request(
                action: Self.actions.randomElement(using: &random) ?? "",
                resource: Bool.random(using: &random) ? "*" : taskPrefix + Self.text(["a", "b", "/"], &random),
                values: values)
            let found = Dictionary(uniqueKeysWithValues: values.map { (ConditionKey($0.key), $0.value) })
            let decision = policy.decision(action: request.action, resource: request.resource) { found[$0] ?? [] }
            #expect(decision == Self.decision(statements, request), "\(statements) \(request)")
        }
    }

    @Test func manyStarsTakeNoTime() throws {
        let pattern = try PolicyPattern(String(repeating: "*a", count: 60) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 20_000)))
    }
}
