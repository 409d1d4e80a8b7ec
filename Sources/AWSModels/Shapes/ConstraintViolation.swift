/// One breach of a constraint in the service model.
package struct ConstraintViolation: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case missing
        /// A string's length in Unicode scalars, or the number of entries of a list or map.
        case length(actual: Int, minimum: Int?, maximum: Int?)
        case range(actual: Double, minimum: Double?, maximum: Double?)
        case pattern(String)
        case notOneOf([String])
    }

    /// Where, e.g. `containerDefinitions[0].portMappings[1].hostPort`.
    package let path: String
    package let kind: Kind
    /// The offending value if it is a string, cut to `ConstraintChecker.maximumQuotedScalars`. Not part of `message`:
    /// it may be a secret.
    package let offendingValue: String?

    package init(path: String, kind: Kind, offendingValue: String? = nil) {
        self.path = path
        self.kind = kind
        self.offendingValue = offendingValue
    }

    /// For people. The sentence for enums is Amazon ECS's own (spec, section 1, "Enum not in list").
    package var message: String {
        switch kind {
        case .missing: "Missing required parameter: \(path)"
        case .length(let actual, let minimum, let maximum):
            "Invalid length for parameter \(path): \(actual), valid \(Self.limits("length", minimum, maximum))"
        case .range(let actual, let minimum, let maximum):
            "Invalid range for parameter \(path): \(Self.number(actual)), valid "
                + Self.limits("range", minimum.map(Self.number), maximum.map(Self.number))
        case .pattern(let source): "Invalid value for parameter \(path), it must match the pattern: \(source)"
        case .notOneOf(let allowed): "\(path) should be one of [\(allowed.joined(separator: ","))]"
        }
    }

    private static func limits<Limit>(_ what: String, _ minimum: Limit?, _ maximum: Limit?) -> String {
        switch (minimum, maximum) {
        case (let low?, let high?): "\(what): \(low)-\(high)"
        case (let low?, nil): "min \(what): \(low)"
        case (nil, let high?): "max \(what): \(high)"
        case (nil, nil): what
        }
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { String($0) } ?? String(value)
    }
}
