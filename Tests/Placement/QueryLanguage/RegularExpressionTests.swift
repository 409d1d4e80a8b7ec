import Foundation
import Placement
import Testing

@Suite struct RegularExpressionTests {
    static let matching: [(String, [String], [String])] = [
        ("", [""], ["a"]),
        ("abc", ["abc"], ["ab", "abcd", "xabc"]),
        ("t2.*", ["t2.micro", "t2"], ["at2", "t3.micro"]),
        ("a.c", ["abc", "a🙂c"], ["ac", "a\nc", "abbc"]),
        ("a|bc|", ["a", "bc", ""], ["abc", "b"]),
        ("(ab)+", ["ab", "abab"], ["", "aba"]),
        ("(?:a|b)*c", ["c", "ababc"], ["ab"]),
        ("a?b", ["b", "ab"], ["aab"]),
        ("a{2}", ["aa"], ["a", "aaa"]),
        ("a{2,}", ["aa", "aaaaa"], ["a"]),
        ("a{1,3}", ["a", "aaa"], ["", "aaaa"]),
        ("a{0}b{0,1}", ["", "b"], ["a", "bb"]),
        ("(a{2}){2}", ["aaaa"], ["aa", "aaa"]),
        ("a+?b*?c??", ["a", "aabbc"], ["b"]),
        ("[abc]", ["a", "c"], ["d", ""]),
        ("[a-cx-z]+", ["abz"], ["d"]),
        ("[^a-c]", ["d", "é"], ["a", ""]),
        ("[]a]+", ["]a]"], ["b"]),
        ("[^]a]", ["b"], ["]", "a"]),
        ("[a-]+", ["a-a"], ["b"]),
        ("[-a]+", ["-a"], ["b"]),
        ("[\\d\\-x]+", ["1-x"], ["y"]),
        ("[\\Wa]+", ["-a!"], ["b"]),
        ("[^\\D]+", ["12"], ["a"]),
        ("\\d+\\.\\d*", ["1.", "12.34"], ["1", ".5"]),
        ("\\w+\\s\\w+", ["two words", "a\tb"], ["two  words"]),
        ("\\D\\W\\S", ["a-b"], ["1-b", "aab", "a- "]),
        ("\\[\\*\\]\\\\", ["[*]\\"], ["[*]"]),
        ("^abc$", ["abc"], ["abcd"]),
        ("(^a|b)c", ["ac", "bc"], ["xac"]),
        ("a$b", [], ["ab"]),
        ("\\bab\\b.*", ["ab", "ab c"], ["abc"]),
        ("a\\Bb", ["ab"], ["a b"]),
        ("us-(east|west)-[12][a-f]", ["us-east-1a", "us-west-2f"], ["us-north-1a", "us-east-3a"]),
        ("(a*)*", ["", "aaa"], ["b"]),
        ("(|a)+", ["", "aa"], ["b"]),
        ("}", ["}"], [""]),
        ("a]b", ["a]b"], ["ab"]),
    ]

    @Test(arguments: matching) func matches(pattern: String, values: [String], others: [String]) throws {
        let expression = try RegularExpression(pattern, sizeLimit: 2500)
        var work = ClusterQueryWork()
        for value in values { #expect(expression.matches(value, work: &work), "\(pattern) \(value)") }
        for value in others { #expect(!expression.matches(value, work: &work), "\(pattern) \(value)") }
    }

    static let refused: [(String, Int, String)] = [
        ("a)", 1, "without its ("), ("(a", 0, "without its )"), ("*a", 0, "nothing to repeat"),
        ("a**", 2, "nothing to repeat"), ("a{1}{2}", 4, "nothing to repeat"), ("a*+", 2, "possessive"),
        ("a{", 2, "written {m}"),
        ("a{x}", 2, "written {m}"), ("a{1", 1, "written {m}"), ("a{2,1}", 1, "before it begins"),
        ("a{1001}", 2, "more than 1000"), ("a{99999999999999999999}", 2, "more than 1000"),
        ("[a", 0, "without its ]"), ("[]", 0, "without its ]"), ("[z-a]", 1, "before it begins"),
        ("[\\d-z]", 1, "a range of more"), ("[a[b]]", 2, "classes within classes"),
        ("[a&&b]", 2, "classes within classes"),
        ("\\", 0, "a \\ at the end"), ("\\1", 0, "backreferences"), ("\\k<a>", 0, "backreferences"),
        ("\\p{L}", 0, "escape \\p is not supported"), ("\\Qa\\E", 0, "not supported"), ("[\\b]", 1, "not supported"),
        ("(?=a)", 0, "lookaround"),
        ("(?i)a", 0, "flags"), ("(?<n>a)", 0, "named groups"), ("(?<!a)", 0, "lookaround"),
        ("(a{1000}){1000}", 15, "too large"), ("((((){1000}){1000}){1000}){1000}", 32, "too large"),
        (String(repeating: "(", count: 51) + String(repeating: ")", count: 51), 51, "nested at most"),
        (String(repeating: "(", count: 100_000), 51, "nested at most"),
    ]

    @Test(arguments: refused) func refuses(pattern: String, offset: Int, words: String) {
        do {
            let expression = try RegularExpression(pattern, sizeLimit: 2500)
            Issue.record("\(expression.pattern) compiled to \(expression.size)")
        } catch {
            #expect(error.offset == offset, "\(error)")
            #expect(error.message.contains(words), "\(error)")
        }
    }

    /// Patterns that make a backtracking engine take time exponential in the value.
    @Test(arguments: [
        "(a+)+b", "(a|aa)+b", "(a*)*b", "(.*)*b", "(a|a?)+b", "(.*a){20}b", "a{0,100}a{0,100}b", "((a+)+)+b",
    ])
    func evilPatternsTakeLinearTime(pattern: String) throws {
        let expression = try RegularExpression(pattern, sizeLimit: 2500)
        func steps(_ length: Int) -> Int {
            var work = ClusterQueryWork()
            #expect(!expression.matches(String(repeating: "a", count: length), work: &work))
            #expect(work.steps <= 2 * expression.size * (length + 1))
            return work.steps
        }
        let (short, long) = (steps(100), steps(400))
        #expect(Double(long) <= 4.5 * Double(short))
    }

    /// Random patterns over a small alphabet against Foundation's engine. (Lazy repeats of nothing are left out: there
    /// that one does not end.)
    @Test(arguments: 0..<100) func agreesWithAnotherEngine(seed: Int) throws {
        var generator = PatternGenerator(seed: UInt64(seed))
        for _ in 0..<10 {
            let pattern = generator.pattern(depth: 3)
            guard let expression = try? RegularExpression(pattern, sizeLimit: 200) else { continue }
            let other = try NSRegularExpression(pattern: "\\A(?:\(pattern))\\z")
            for _ in 0..<10 {
                let value = generator.value()
                let range = NSRange(location: 0, length: value.utf16.count)
                let expected = other.firstMatch(in: value, range: range) != nil
                var work = ClusterQueryWork()
                #expect(expression.matches(value, work: &work) == expected, "\(pattern) \(value)")
            }
        }
    }
}

private struct PatternGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func pattern(depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 4), using: &generator) {
        case 0, 1: return ["a", "b", "-"].randomElement(using: &generator) ?? "a"
        case 2: return ["[ab]", "[^a]", ".", "\\w", "\\W", "[a-]"].randomElement(using: &generator) ?? "."
        case 3: return ["\\b", "\\B", "^", "a", "b"].randomElement(using: &generator) ?? "a"
        case 4:
            let count = ["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*"].randomElement(using: &generator) ?? "*"
            return "(" + pattern(depth: depth - 1) + ")" + count
        case 5: return "(" + pattern(depth: depth - 1) + "|" + pattern(depth: depth - 1) + ")"
        default: return pattern(depth: depth - 1) + pattern(depth: depth - 1)
        }
    }

    mutating func value() -> String {
        let length = Int.random(in: 0...5, using: &generator)
        return String((0..<length).map { _ in "aab-".randomElement(using: &generator) ?? "a" })
    }
}
