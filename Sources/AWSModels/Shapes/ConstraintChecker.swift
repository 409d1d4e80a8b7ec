/// Walks a shape and collects what breaks the model's constraints. Generated code calls it; see `AWSShape.validate()`.
///
/// The path is kept as a stack and only spelled out for a violation, so checking a good request allocates next to nothing.
package struct ConstraintChecker {
    /// A body of a mebibyte can hold hundreds of thousands of violations; nobody reads more than a few.
    package static let maximumViolations = 20
    package static let maximumQuotedScalars = 128

    package private(set) var violations: [ConstraintViolation] = []
    private var path: [Step] = []

    private enum Step {
        case member(String)
        case index(Int)
        case key(String)
    }

    package init() {}

    // The generic functions are compiled once and not once for each of the hundreds of types (see ShapeEquality.swift).

    // MARK: Walking

    /// Reports an absent member.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func require<Value>(_ name: String, _ value: Value?) {
        if value == nil { inside(.member(name)) { $0.report(.missing) } }
    }

    /// Checks a member's value, if it is there.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func member<Value>(
        _ name: String, _ value: Value?, _ check: (Value, inout ConstraintChecker) -> Void
    ) {
        guard let value else { return }
        inside(.member(name)) { check(value, &$0) }
    }

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func elements<Element>(
        _ values: [Element], _ check: (Element, inout ConstraintChecker) -> Void
    ) {
        for (index, value) in values.enumerated() where violations.count < Self.maximumViolations {
            inside(.index(index)) { check(value, &$0) }
        }
    }

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func keysAndValues<Value>(
        _ values: [String: Value], key: (String, inout ConstraintChecker) -> Void,
        value: (Value, inout ConstraintChecker) -> Void
    ) {
        for name in values.keys.sorted() where violations.count < Self.maximumViolations {
            guard let entry = values[name] else { continue }
            inside(.key(name)) {
                key(name, &$0)
                value(entry, &$0)
            }
        }
    }

    // MARK: Constraints on the current value

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func shape<Shape: AWSShape>(_ value: Shape) {
        value.checkConstraints(&self)
    }

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func shape<Shape: AWSShape>(_ value: Indirect<Shape>) {
        value.value.checkConstraints(&self)
    }

    /// True if the length is as it should be; a pattern need not look at a string of a mebibyte then.
    @discardableResult
    package mutating func length(_ value: String, min minimum: Int? = nil, max maximum: Int? = nil) -> Bool {
        let utf8Count = value.utf8.count
        // A scalar takes one to four bytes, so most strings are settled without counting.
        if utf8Count <= maximum ?? Int.max, utf8Count / 4 >= minimum ?? 0 { return true }
        let actual = value.unicodeScalars.count
        if actual < minimum ?? 0 || actual > maximum ?? Int.max {
            report(.length(actual: actual, minimum: minimum, maximum: maximum), value)
            return false
        }
        return true
    }

    package mutating func count<Values: Collection>(_ values: Values, min minimum: Int? = nil, max maximum: Int? = nil)
    {
        let actual = values.count
        if actual < minimum ?? 0 || actual > maximum ?? Int.max {
            report(.length(actual: actual, minimum: minimum, maximum: maximum))
        }
    }

    package mutating func range(_ value: Int, min minimum: Int? = nil, max maximum: Int? = nil) {
        if value < minimum ?? Int.min || value > maximum ?? Int.max {
            report(.range(actual: Double(value), minimum: minimum.map(Double.init), maximum: maximum.map(Double.init)))
        }
    }

    package mutating func range(_ value: Int64, min minimum: Int64? = nil, max maximum: Int64? = nil) {
        if value < minimum ?? Int64.min || value > maximum ?? Int64.max {
            report(.range(actual: Double(value), minimum: minimum.map(Double.init), maximum: maximum.map(Double.init)))
        }
    }

    package mutating func range(_ value: Double, min minimum: Double? = nil, max maximum: Double? = nil) {
        let isInside = value >= minimum ?? -.infinity && value <= maximum ?? .infinity
        if !isInside { report(.range(actual: value, minimum: minimum, maximum: maximum)) }
    }

    package mutating func pattern(_ value: String, _ pattern: ShapePattern) {
        if !pattern.matches(value) { report(.pattern(pattern.source), value) }
    }

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package mutating func known<Value: AWSEnum>(_ value: Value) {
        if !value.isKnown { report(.notOneOf(Value.allKnown.map(\.rawValue)), value.rawValue) }
    }

    // MARK: Reporting

    private mutating func inside(_ step: Step, _ body: (inout ConstraintChecker) -> Void) {
        path.append(step)
        body(&self)
        path.removeLast()
    }

    private mutating func report(_ kind: ConstraintViolation.Kind, _ value: String? = nil) {
        guard violations.count < Self.maximumViolations else { return }
        let quoted = value.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(Self.maximumQuotedScalars))) }
        violations.append(ConstraintViolation(path: spelledPath(), kind: kind, offendingValue: quoted))
    }

    private func spelledPath() -> String {
        var text = ""
        for step in path {
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            case .key(let key):
                text +=
                    "[\"\(String(String.UnicodeScalarView(key.unicodeScalars.prefix(Self.maximumQuotedScalars))))\"]"
            }
        }
        return text
    }
}
