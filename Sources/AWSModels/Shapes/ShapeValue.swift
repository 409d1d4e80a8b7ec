package import FoundationEssentials

/// A value that can be a member of an AWS shape: a scalar, a structure, an enum, a document, or a list or map of these.
///
/// The two requirements keep the wire format out of the types: a codec (JSON, query, CBOR…) is one `ShapeReader` and one
/// `ShapeWriter`, and every generated type works with it at once. `Codable` is for our own storage.
package protocol ShapeValue: Codable, Hashable, Sendable {
    static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Self
    func write<Writer: ShapeWriter>(to writer: inout Writer) throws
}

/// Hands one member's value to a generated `readMember`.
package protocol MemberReader {
    /// Reads the current member's value into `slot`.
    mutating func read<Value: ShapeValue>(_ slot: inout Value?) throws
}

/// Takes the members of one structure from a generated `writeMembers`, which leaves out those that are absent.
package protocol MemberWriter {
    mutating func write<Value: ShapeValue>(_ name: String, _ value: Value) throws
}

/// Reads one value after the other out of a request body. Each call takes exactly one value of the asked type or throws.
package protocol ShapeReader: MemberReader {
    mutating func readString() throws -> String
    /// A 32-bit integer; what is outside of Int32 is refused.
    mutating func readInteger() throws -> Int
    mutating func readLong() throws -> Int64
    mutating func readDouble() throws -> Double
    mutating func readBoolean() throws -> Bool
    mutating func readTimestamp() throws -> Date
    mutating func readBlob() throws -> Data
    mutating func readDocument() throws -> AWSDocument
    mutating func readList<Element: ShapeValue>() throws -> [Element]
    mutating func readMap<Value: ShapeValue>() throws -> [String: Value]
    mutating func readStructure<Shape: AWSShape>() throws -> Shape
}

/// Writes one value after the other into a response body.
package protocol ShapeWriter: MemberWriter {
    mutating func writeString(_ value: String) throws
    mutating func writeInteger(_ value: Int64) throws
    mutating func writeDouble(_ value: Double) throws
    mutating func writeBoolean(_ value: Bool) throws
    mutating func writeTimestamp(_ value: Date) throws
    mutating func writeBlob(_ value: Data) throws
    mutating func writeDocument(_ value: AWSDocument) throws
    mutating func writeList<Element: ShapeValue>(_ values: [Element]) throws
    mutating func writeMap<Value: ShapeValue>(_ values: [String: Value]) throws
    mutating func writeStructure<Shape: AWSShape>(_ value: Shape) throws
}

extension String: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> String {
        try reader.readString()
    }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeString(self) }
}

/// AWS's `integer`: 32 bits on the wire. Handlers may add and multiply a few of them without a thought of overflow.
extension Int: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Int { try reader.readInteger() }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeInteger(Int64(self)) }
}

/// AWS's `long`: the full 64 bits.
extension Int64: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Int64 { try reader.readLong() }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeInteger(self) }
}

extension Double: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Double {
        try reader.readDouble()
    }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeDouble(self) }
}

extension Bool: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Bool { try reader.readBoolean() }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeBoolean(self) }
}

extension Date: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Date {
        try reader.readTimestamp()
    }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeTimestamp(self) }
}

extension Data: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Data { try reader.readBlob() }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeBlob(self) }
}

extension Array: ShapeValue where Element: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> [Element] {
        try reader.readList()
    }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeList(self) }
}

extension Dictionary: ShapeValue where Key == String, Value: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> [String: Value] {
        try reader.readMap()
    }
    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws { try writer.writeMap(self) }
}
