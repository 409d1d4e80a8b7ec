/// How a condition compares what a request has with what the document says.
///
/// - Source: IAM User Guide, "IAM JSON policy elements: Condition operators"; "Multivalued context keys".
struct ConditionOperator: Sendable, Hashable {
    enum Comparison: String, Sendable, Hashable {
        case string = "String"
        case stringIgnoringCase = "StringIgnoreCase"
        case like = "Like"
        case arn = "Arn"
        case boolean = "Bool"
        case ipAddress = "IpAddress"
        case null = "Null"
    }

    enum Quantifier: String, Sendable, Hashable {
        case forAnyValue = "ForAnyValue:"
        case forAllValues = "ForAllValues:"
    }

    let comparison: Comparison
    let isNegated: Bool
    let quantifier: Quantifier?
    let isIfExists: Bool

    private static let names: [String: (Comparison, isNegated: Bool)] = [
        "StringEquals": (.string, false), "StringNotEquals": (.string, true),
        "StringEqualsIgnoreCase": (.stringIgnoringCase, false),
        "StringNotEqualsIgnoreCase": (.stringIgnoringCase, true),
        "StringLike": (.like, false), "StringNotLike": (.like, true),
        "ArnEquals": (.arn, false), "ArnNotEquals": (.arn, true), "ArnLike": (.arn, false), "ArnNotLike": (.arn, true),
        "Bool": (.boolean, false), "IpAddress": (.ipAddress, false), "NotIpAddress": (.ipAddress, true),
        "Null": (.null, false),
    ]

    /// `ForAnyValue:StringLikeIfExists` and its like.
    init(_ text: String) throws(PolicyError) {
        var name = text[...]
        let quantifier = [Quantifier.forAnyValue, .forAllValues].first { text.hasPrefix($0.rawValue) }
        name = name.dropFirst(quantifier?.rawValue.count ?? 0)
        let ifExists = "IfExists"
        isIfExists = name.hasSuffix(ifExists)
        if isIfExists { name = name.dropLast(ifExists.count) }
        guard let (comparison, isNegated) = Self.names[String(name)] else {
            throw PolicyError(
                "the operator \(text.prefix(60)) is not known; there are "
                    + Self.names.keys.sorted().joined(separator: ", "))
        }
        guard comparison != .null || (quantifier == nil && !isIfExists) else {
            throw PolicyError("Null is asked as it stands, without ForAnyValue, ForAllValues and IfExists")
        }
        (self.comparison, self.isNegated, self.quantifier) = (comparison, isNegated, quantifier)
    }
}
