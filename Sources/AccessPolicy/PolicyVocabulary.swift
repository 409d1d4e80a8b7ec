/// What documents may speak of: all that requests can ever be about.
package struct PolicyVocabulary: Sendable {
    /// `ecs:RunTask`.
    package let actions: [String]
    /// How the ARNs of resources begin, as far as it is known: `arn:aws:ecs:us-east-1:123456789012:task/`.
    package let resourceBeginnings: [String]
    /// Names of keys; of those that name a tag, the part before the slash.
    package let keys: Set<ConditionKey>
    /// Those that name a tag.
    package let tagKeys: Set<ConditionKey>
    /// Those that every request has one value for, so that `${…}` may name them.
    package let variables: Set<ConditionKey>

    package init(
        actions: [String], resourceBeginnings: [String], keys: [String], tagKeys: [String], variables: [String]
    ) {
        self.actions = actions
        self.resourceBeginnings = resourceBeginnings
        self.keys = Set(keys.map(ConditionKey.init))
        self.tagKeys = Set(tagKeys.map(ConditionKey.init))
        self.variables = Set(variables.map(ConditionKey.init))
    }

    func action(_ text: String) throws(PolicyError) -> PolicyPattern {
        let pattern = try PolicyPattern(text.asciiLowercased)
        guard actions.contains(where: { pattern.matches($0.asciiLowercased) }) else {
            throw PolicyError("there is no action \(text.prefix(100))")
        }
        return pattern
    }

    func resource(_ text: String, hasVariables: Bool) throws(PolicyError) -> PolicyPattern {
        let pattern = try PolicyPattern(text, variables: hasVariables ? variables : nil)
        if text == "*" { return pattern }
        guard text.hasPrefix("arn:") else {
            throw PolicyError("\"\(text.prefix(160))\" is neither an ARN nor *")
        }
        guard resourceBeginnings.contains(where: pattern.couldMatch(beginning:)) else {
            throw PolicyError(
                "\"\(text.prefix(160))\" can be the ARN of nothing here; ARNs begin with "
                    + resourceBeginnings.joined(separator: ", "))
        }
        return pattern
    }

    func key(_ text: String) throws(PolicyError) -> ConditionKey {
        let key = ConditionKey(text)
        let isKnown = key.tag.map { !$0.isEmpty && tagKeys.contains(ConditionKey(key.name)) } ?? keys.contains(key)
        guard isKnown else { throw PolicyError("the key \(text.prefix(160)) is not known") }
        return key
    }
}
