/// A policy in IAM's language, read and checked once, then asked many times.
///
/// A statement that denies wins over all that allow; without one that allows, nothing is allowed. Reading refuses what
/// this evaluator does not know, names of actions, resources and keys included: a statement that could never have an
/// effect is a mistake, and in one that denies a dangerous one.
///
/// - Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy element reference".
package struct PolicyDocument: Sendable, Hashable {
    package enum Decision: Sendable, Hashable {
        /// The statement's Sid, if it has one.
        case allowed(sid: String?)
        case explicitlyDenied(sid: String?)
        /// No statement allows it.
        case implicitlyDenied
    }

    package let statements: [PolicyStatement]

    /// - Parameters:
    ///   - action: `ecs:RunTask`, in any case.
    ///   - resource: an ARN, or `*` for an action that is about no resource.
    ///   - values: what the request has for a key; nothing if the key is not in it.
    package func decision(
        action: String, resource: String, values: (ConditionKey) -> [String]
    ) -> Decision {
        let action = action.asciiLowercased
        var allowing: PolicyStatement?
        for statement in statements where statement.effect == .deny || allowing == nil {
            guard statement.applies(action: action, resource: resource, values: values) else { continue }
            if statement.effect == .deny { return .explicitlyDenied(sid: statement.sid) }
            allowing = statement
        }
        return allowing.map { .allowed(sid: $0.sid) } ?? .implicitlyDenied
    }
}
