/// A structure of an AWS service model. Every member is optional, so that an absent required member is an AWS error
/// (from `constraintViolations`) and not a decoding failure.
package protocol AWSShape: ShapeValue {
    init()

    /// Whether one list often holds the same large value many times over, so that a writer does well to keep its text.
    static var isOftenRepeated: Bool { get }

    /// Reads the value of the member called `name` on the wire; false, and nothing read, if there is no such member.
    mutating func readMember<Reader: MemberReader>(_ name: String, from reader: inout Reader) throws -> Bool

    /// Writes the members that are set, in alphabetical order of their wire names.
    func writeMembers<Writer: MemberWriter>(to writer: inout Writer) throws

    /// Reports what breaks the model's own constraints (required, length, range, pattern, enum), nested shapes included.
    func checkConstraints(_ checker: inout ConstraintChecker)
}

extension AWSShape {
    package static var isOftenRepeated: Bool { false }

    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Self {
        try reader.readStructure()
    }

    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws {
        try writer.writeStructure(self)
    }

    package func checkConstraints(_ checker: inout ConstraintChecker) {}

    /// What breaks the model's constraints, in the order of the members' names; empty if all is well.
    /// At most `ConstraintChecker.maximumViolations` are kept, however hostile the request.
    package func validate() -> [ConstraintViolation] {
        var checker = ConstraintChecker()
        checkConstraints(&checker)
        return checker.violations
    }
}

// MARK: - Codable, for storage: one pair of adapters for all shapes instead of a synthesized pair for each

extension AWSShape {
    package init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: MemberKey.self)
        for key in container.allKeys {
            var reader = memberReader(container, key)
            _ = try readMember(key.stringValue, from: &reader)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var writer = memberWriter(encoder.container(keyedBy: MemberKey.self))
        try writeMembers(to: &writer)
    }
}

// The adapters come as existentials from functions that are not inlined: else the optimizer writes a copy of every
// generated reader and writer for them, which doubles the module's build time and size.

@inline(never)
private func memberReader(_ container: KeyedDecodingContainer<MemberKey>, _ key: MemberKey) -> any MemberReader {
    CodableMemberReader(container: container, key: key)
}

@inline(never)
private func memberWriter(_ container: KeyedEncodingContainer<MemberKey>) -> any MemberWriter {
    CodableMemberWriter(container: container)
}

private struct MemberKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}

private struct CodableMemberReader: MemberReader {
    let container: KeyedDecodingContainer<MemberKey>
    let key: MemberKey

    mutating func read<Value: ShapeValue>(_ slot: inout Value?) throws {
        slot = try container.decodeIfPresent(Value.self, forKey: key)
    }
}

private struct CodableMemberWriter: MemberWriter {
    var container: KeyedEncodingContainer<MemberKey>

    mutating func write<Value: ShapeValue>(_ name: String, _ value: Value) throws {
        try container.encode(value, forKey: MemberKey(name))
    }
}
