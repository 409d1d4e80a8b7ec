/// An expression of the cluster query language, parsed: which container instances it selects.
///
/// ```
/// attribute:ecs.instance-type =~ g2.* and not(task:group == database)
/// ```
///
/// Text becomes a query in ``init(_:)``, and nothing can go wrong after that: values of the wrong kind and patterns that
/// cannot be compiled are errors of the text. Evaluating is in `ClusterQuery+Evaluation.swift`; ``description`` writes a
/// query that parses to the same one.
///
/// - Source: ECS Developer Guide, "Cluster query language"; ECS scheduling rules, section 1.
package indirect enum ClusterQuery: Hashable, Sendable {
    /// `and`. Two operands or more.
    case all([ClusterQuery])
    /// `or`. Two operands or more.
    case any([ClusterQuery])
    case not(ClusterQuery)
    case condition(ClusterQueryCondition)

    /// What bounds the work of reading and evaluating an expression.
    package enum Bounds {
        /// Characters of an expression (ECS scheduling rules, section 1).
        package static let length = 2000
        /// Parentheses and negations inside of each other, and groups in a pattern. Ours: ECS publishes none.
        package static let nesting = 50
        /// Instructions of all the patterns of an expression, compiled. Ours: one for each character and some to spare.
        package static let patternSize = 2500
    }

    /// - Throws: ``ClusterQueryError``, which says where the text is wrong and what would be right.
    package init(_ text: String) throws(ClusterQueryError) {
        var parser = try ClusterQueryParser(text)
        self = try parser.parse()
    }

    /// Whether any condition is about `task:group`, which costs a look at the instance's tasks.
    package var asksForTaskGroups: Bool {
        switch self {
        case .all(let operands), .any(let operands): operands.contains { $0.asksForTaskGroups }
        case .not(let operand): operand.asksForTaskGroups
        case .condition(let condition): condition.subject == .taskGroup
        }
    }
}

/// `subject operator [argument]`.
package struct ClusterQueryCondition: Hashable, Sendable {
    package let subject: ClusterQuerySubject
    package let `operator`: ClusterQueryOperator
    /// None for `exists`, one or more for `in`, else one.
    package let operands: [ClusterQueryOperand]
}

/// What a condition is about.
package enum ClusterQuerySubject: Hashable, Sendable {
    case agentConnected
    case agentVersion
    case ec2InstanceID
    case registeredAt
    case runningTasksCount
    case attribute(String)
    case taskGroup

    /// Those without a name of their own.
    static let named: [ClusterQuerySubject] = [
        .agentConnected, .agentVersion, .ec2InstanceID, .registeredAt, .runningTasksCount, .taskGroup,
    ]

    static let attributePrefix = "attribute:"

    package var text: String {
        switch self {
        case .agentConnected: "agentConnected"
        case .agentVersion: "agentVersion"
        case .ec2InstanceID: "ec2InstanceId"
        case .registeredAt: "registeredAt"
        case .runningTasksCount: "runningTasksCount"
        case .attribute(let name): Self.attributePrefix + name
        case .taskGroup: "task:group"
        }
    }

    /// - Source: ECS scheduling rules, section 1, the table of subjects.
    package var operators: [ClusterQueryOperator] {
        switch self {
        case .attribute: ClusterQueryOperator.allCases
        case .agentConnected, .ec2InstanceID, .taskGroup: [.equals, .notEquals, .in, .notIn, .matches, .notMatches]
        case .agentVersion, .registeredAt, .runningTasksCount:
            [.equals, .notEquals, .greaterThan, .greaterThanEqual, .lessThan, .lessThanEqual]
        }
    }
}

/// Each operator has a sign and a word. Raw values are the signs, in which ``ClusterQuery/description`` writes.
package enum ClusterQueryOperator: String, CaseIterable, Hashable, Sendable {
    case equals = "=="
    case notEquals = "!="
    case greaterThan = ">"
    case greaterThanEqual = ">="
    case lessThan = "<"
    case lessThanEqual = "<="
    case exists = "exists"
    case notExists = "!exists"
    case `in` = "in"
    case notIn = "!in"
    case matches = "=~"
    case notMatches = "!~"

    var word: String {
        switch self {
        case .equals: "equals"
        case .notEquals: "not_equals"
        case .greaterThan: "greater_than"
        case .greaterThanEqual: "greater_than_equal"
        case .lessThan: "less_than"
        case .lessThanEqual: "less_than_equal"
        case .exists: "exists"
        case .notExists: "not_exists"
        case .in: "in"
        case .notIn: "not_in"
        case .matches: "matches"
        case .notMatches: "not_matches"
        }
    }

    static let bySpelling: [String: ClusterQueryOperator] = {
        var result: [String: ClusterQueryOperator] = [:]
        for item in allCases {
            result[item.rawValue] = item
            result[item.word] = item
        }
        return result
    }()
}

/// A value that a subject is compared with.
package struct ClusterQueryOperand: Hashable, Sendable {
    /// What the text stands for, by the subject and the operator it is for.
    package enum Meaning: Hashable, Sendable {
        case text
        case flag(Bool)
        case count(Int)
        case version(AgentVersion)
        /// Seconds since 1970.
        case instant(Int)
        case pattern(RegularExpression)
    }

    /// As written, without its quotes.
    package let text: String
    package let meaning: Meaning
}

/// Where an expression is wrong, and how.
package struct ClusterQueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counts characters from 1. One past the end if something is missing there.
    package let column: Int
    /// What was expected and what was found, without a full stop.
    package let message: String

    package init(column: Int, _ message: String) {
        self.column = column
        self.message = message
    }

    package var description: String { "at column \(column): \(message)" }
}
