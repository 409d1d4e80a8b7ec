import Placement
import Testing

@Suite struct ClusterQueryPropertyTests {
    /// A query that was parsed and written parses to itself, and selects as it did.
    @Test(arguments: 0..<300) func writtenQueriesParseToThemselves(seed: Int) throws {
        var random = QueryGenerator(seed: UInt64(seed))
        let text = random.expression(depth: 4)
        let query = try ClusterQuery(text)
        let again = try ClusterQuery(query.description)
        #expect(again == query, "\(text)")
        #expect(again.description == query.description)
        var work = ClusterQueryWork()
        #expect(query.selects(QueriedInstance(), work: &work) == again.selects(QueriedInstance(), work: &work))
    }

    /// An expression means what its parts mean: the reference evaluates the generator's own tree.
    @Test(arguments: 0..<300) func connectivesAgreeWithAReference(seed: Int) throws {
        var random = QueryGenerator(seed: UInt64(seed))
        let (text, expected) = random.decided(depth: 3)
        var work = ClusterQueryWork()
        #expect(try ClusterQuery(text).selects(QueriedInstance(), work: &work) == expected, "\(text)")
    }

    /// Whatever is sent, the answer is a query or an error with a column in the text, or one past it.
    @Test(arguments: 0..<300) func garbageIsAnswered(seed: Int) {
        var random = QueryGenerator(seed: UInt64(seed))
        for _ in 0..<20 {
            let text = random.garbage()
            do {
                let query = try ClusterQuery(text)
                var work = ClusterQueryWork()
                _ = query.selects(QueriedInstance(), work: &work)
            } catch {
                #expect((1...text.unicodeScalars.count + 1).contains(error.column), "\(text) \(error)")
            }
        }
    }
}

/// Random expressions.
struct QueryGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &generator)] }

    mutating func expression(depth: Int) -> String {
        guard depth > 0 else { return condition() }
        let space = pick([" ", "  ", "\t", "\n "])
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return pick(["!", "not ", "! "]) + "(" + expression(depth: depth - 1) + ")"
        case 1: return "(" + space + expression(depth: depth - 1) + ")"
        case 2, 3:
            let connective = space + pick(["and", "&&", "or", "||"]) + space
            return (0..<Int.random(in: 2...4, using: &generator)).map { _ in expression(depth: depth - 1) }
                .joined(separator: connective)
        case 4: return "not " + condition()
        default: return condition()
        }
    }

    private mutating func condition() -> String {
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: "attribute:\(pick(["a", "stack", "x/y\\z"])) \(pick(["exists", "!exists", "not_exists"]))"
        case 1:
            "attribute:stack \(pick(["==", "!=", "equals", ">", "<="])) "
                + pick(["prod", "'two words'", "\"it's\"", "''"])
        case 2: "attribute:stack \(pick(["in", "!in", "not_in"])) [\(pick(["a", "a, 'b c',\"d'\"", "prod,dev"]))]"
        case 3:
            "attribute:stack \(pick(["=~", "!~", "matches"])) " + pick(["pr.*", "'(a|b){2,3}'", "[^a-c]+", "'\\d ?'"])
        case 4: "agentVersion \(pick(["<", ">=", "=="])) \(pick(["1.2", "'1.14.4'"]))"
        case 5: "registeredAt \(pick(["<", ">="])) \(pick(["2018-02-13", "2018-02-13T12:00:00+01:00"]))"
        default: pick(["agentConnected == true", "runningTasksCount > 0", "task:group != x", "ec2InstanceId in [a]"])
        }
    }

    /// An expression and whether it is true, of conditions whose truth is known.
    mutating func decided(depth: Int) -> (String, Bool) {
        guard depth > 0 else {
            return pick([("attribute:stack exists", true), ("attribute:none exists", false)])
        }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let (text, value) = decided(depth: depth - 1)
            return ("not(\(text))", !value)
        case 1:
            let parts = (0..<3).map { _ in decided(depth: depth - 1) }
            return (parts.map { "(\($0.0))" }.joined(separator: " and "), parts.allSatisfy(\.1))
        case 2:
            let parts = (0..<3).map { _ in decided(depth: depth - 1) }
            return (parts.map { "(\($0.0))" }.joined(separator: " or "), parts.contains(where: \.1))
        default:
            // a or b and not c, without parentheses.
            let (a, b, c) = (decided(depth: 0), decided(depth: 0), decided(depth: 0))
            return ("(\(a.0) or \(b.0) and not \(c.0))", a.1 || (b.1 && !c.1))
        }
    }

    mutating func garbage() -> String {
        let pieces = [
            "attribute:", "a", "==", "=~", "in", "[", "]", "(", ")", "!", "not", "and", "||", "'", "\"", ",", "\\", "{",
            "}", "*", "+", "?", "1", "9999999999", "é", "\u{0}", "🙂", " ", "\n", "task:group", "registeredAt", "<",
            "2018-13-01", "exists", "(?", "[^", "\u{202E}", "e\u{301}", "{1,2}", "|", "^", "$", "&&", "-",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            text += pick(pieces) + pick(["", "", " "])
        }
        return Bool.random(using: &generator) ? text : "attribute:a =~ '" + text + "'"
    }
}
