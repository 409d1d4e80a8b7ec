extension ClusterQuery: CustomStringConvertible {
    /// The query in operator signs, with the parentheses that it needs. Parses to the same query.
    package var description: String {
        switch self {
        case .all(let operands): operands.map { $0.description(within: 2) }.joined(separator: " and ")
        case .any(let operands): operands.map { $0.description(within: 1) }.joined(separator: " or ")
        case .not(let operand): "not " + operand.description(within: 3)
        case .condition(let condition): condition.description
        }
    }

    /// Or binds loosest (1), then and (2), then not (3). What binds no tighter than its surroundings is parenthesised.
    private func description(within strength: Int) -> String {
        let own =
            switch self {
            case .any: 1
            case .all: 2
            case .not, .condition: 4
            }
        return own > strength ? description : "(\(description))"
    }
}

extension ClusterQueryCondition: CustomStringConvertible {
    package var description: String {
        let head = "\(subject.text) \(`operator`.rawValue)"
        switch `operator` {
        case .exists, .notExists: return head
        case .in, .notIn: return "\(head) [\(operands.map(\.description).joined(separator: ", "))]"
        default: return ([head] + operands.map(\.description)).joined(separator: " ")
        }
    }
}

extension ClusterQueryOperand: CustomStringConvertible {
    package var description: String {
        if !text.isEmpty, text.unicodeScalars.allSatisfy(ClusterQueryScanner.isWordScalar) { return text }
        return text.unicodeScalars.contains("'") ? "\"\(text)\"" : "'\(text)'"
    }
}
