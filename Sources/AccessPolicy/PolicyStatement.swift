/// One statement: what it is about, and whether it allows or denies that.
package struct PolicyStatement: Sendable, Hashable {
    enum Effect: String, Sendable, Hashable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// `Action` or `NotAction`, `Resource` or `NotResource`.
    struct Selection: Sendable, Hashable {
        let patterns: [PolicyPattern]
        let isNegated: Bool

        func selects(_ text: String, values: (ConditionKey) -> [String]) -> Bool {
            patterns.contains { $0.matches(text, values: values) } != isNegated
        }
    }

    let sid: String?
    let effect: Effect
    /// Of names in lower case.
    let actions: Selection
    let resources: Selection
    let conditions: [PolicyCondition]

    /// - Parameter action: in lower case.
    func applies(action: String, resource: String, values: (ConditionKey) -> [String]) -> Bool {
        actions.selects(action, values: values) && resources.selects(resource, values: values)
            && conditions.allSatisfy { $0.holds(values: values) }
    }
}
