/// A pattern of `=~` and `!~`: what Java's regular expressions and other tools' have in common, matched in linear time.
///
/// Literals, `.`, classes (`[a-z]`, `[^…]`, `\d \w \s` and their opposites), groups, `|`, `* + ? {m} {m,} {m,n}`, and the
/// anchors `^ $ \b \B`. A match is of the whole value, so greedy and lazy repeats mean the same. What no machine of bounded
/// size can do (backreferences, lookaround) and what would be read otherwise than Java does is refused with a reason.
///
/// ```
/// text ──▶ RegularExpressionParser ──▶ RegularExpressionNode ──▶ RegularExpressionCompiler ──▶ program
/// ```
/// The program is a machine in many states at once (Thompson 1968): each character of a value moves every state on, so a
/// match takes at most 2 × ``size`` × (characters + 1) steps, whatever the pattern.
///
/// - Source: ECS Developer Guide, "Cluster query language": arguments of `matches` follow java.util.regex.Pattern.
package struct RegularExpression: Sendable {
    package let pattern: String
    let program: RegularExpressionProgram

    /// Instructions of the compiled program.
    package var size: Int { program.instructions.count }

    /// - Parameter sizeLimit: the most instructions that the program may have.
    /// - Throws: ``RegularExpressionError`` for what is not a pattern, is not supported, or is too large.
    package init(_ pattern: String, sizeLimit: Int) throws(RegularExpressionError) {
        self.pattern = pattern
        var parser = RegularExpressionParser(pattern)
        var compiler = RegularExpressionCompiler(sizeLimit: sizeLimit, patternLength: pattern.unicodeScalars.count)
        program = try compiler.compile(try parser.parse())
    }
}

extension RegularExpression: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.pattern == right.pattern }
    package func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}

/// Why a pattern is refused.
package struct RegularExpressionError: Error, Hashable, Sendable {
    /// Characters before the fault.
    package let offset: Int
    /// Without a full stop.
    package let message: String
}

/// A pattern as a tree.
indirect enum RegularExpressionNode {
    case scalars(ScalarSet)
    case assertion(RegularExpressionAssertion)
    case sequence([RegularExpressionNode])
    case choice([RegularExpressionNode])
    /// At least `minimum` times, at most `maximum` times where there is one.
    case repeated(RegularExpressionNode, minimum: Int, maximum: Int?)
}

/// What holds between two characters.
enum RegularExpressionAssertion: Hashable, Sendable {
    case start
    case end
    case wordBoundary
    case noWordBoundary
}
