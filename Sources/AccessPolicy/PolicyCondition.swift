/// One key of one operator in a statement's `Condition`. All of a statement's must hold.
struct PolicyCondition: Sendable, Hashable {
    /// What the document says, read for the operator once.
    enum Operand: Sendable, Hashable {
        case pattern(PolicyPattern)
        /// In lower case.
        case patternIgnoringCase(PolicyPattern)
        /// Part by part, between colons; the last part is the rest.
        case arn([PolicyPattern])
        case boolean(Bool)
        case block(IPBlock)
    }

    let key: ConditionKey
    let comparison: ConditionOperator
    /// One of them is enough.
    let operands: [Operand]

    /// A key that is not in the request makes a plain operator false and a negated one true.
    ///
    /// - Source: IAM User Guide, "Evaluation logic for multiple context keys or values", "Single-valued vs. multivalued
    ///   context keys", "Condition operator to check existence of condition keys".
    func holds(values: (ConditionKey) -> [String]) -> Bool {
        let found = values(key)
        if comparison.comparison == .null { return operands.contains(.boolean(found.isEmpty)) }
        if found.isEmpty, comparison.isIfExists { return true }
        let isNegated = comparison.isNegated
        switch comparison.quantifier {
        case .forAllValues: return found.allSatisfy { isAmong($0, values) != isNegated }
        case .forAnyValue: return found.contains { isAmong($0, values) != isNegated }
        case nil: return found.contains { isAmong($0, values) } != isNegated
        }
    }

    private func isAmong(_ value: String, _ values: (ConditionKey) -> [String]) -> Bool {
        operands.contains { operand in
            switch operand {
            case .pattern(let pattern): return pattern.matches(value, values: values)
            case .patternIgnoringCase(let pattern):
                return pattern.matches(value.asciiLowercased) { values($0).map(\.asciiLowercased) }
            case .arn(let parts):
                let found = Self.parts(ofARN: value)
                return found.count == parts.count
                    && zip(parts, found).allSatisfy { $0.matches($1, values: values) }
            case .boolean(let expected): return value.asciiLowercased == (expected ? "true" : "false")
            case .block(let block): return IPBlock(value).map(block.contains) ?? false
            }
        }
    }

    /// Six, if it is an ARN: the last may have colons of its own.
    static func parts(ofARN text: String) -> [String] {
        text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    }
}
