import AWSProtocol
import FoundationEssentials
import Placement
import Support

/// Reads `{"v":…,"record":…}`.
enum StoredJSON {
    /// - Throws: ``StoreError`` if a newer version wrote it, and what `body` throws.
    static func read(_ row: StoredRow, upTo version: Int, _ body: (inout JSONReader) throws -> Void) throws {
        var reader = JSONReader(Array(row.value))
        try reader.object { name, reader in
            switch name {
            case "v":
                let found = Int(try reader.readLong())
                guard found <= version else {
                    throw StoreError("\(row.kind) \(row.key) has version \(found); this program reads up to \(version)")
                }
            case "record": try body(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }

    /// What is well-formed, but is not what a record has there.
    struct Unexpected: Error {}

    /// Reads a record of one version, member by member. Members that are null count as not there.
    ///
    /// - Returns: false for one of another version, and for whatever is not spelled as expected.
    static func read(
        _ row: StoredRow, exactly version: Int, _ member: (String, inout JSONReader) throws -> Void
    ) -> Bool {
        var reader = JSONReader(Array(row.value))
        var found: Int64?
        do {
            try reader.object { name, reader in
                switch name {
                case "v": found = try reader.readLong()
                case "record":
                    try reader.object { name, reader in
                        if try !reader.takeNull() { try member(name, &reader) }
                    }
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        } catch {
            return false
        }
        return found == Int64(version)
    }

    static func date(_ reader: inout JSONReader) throws -> Date {
        Date(timeIntervalSince1970: try reader.readDouble())
    }

    /// A value that is read by Foundation: for what is rare.
    static func value<Value: Decodable>(_ reader: inout JSONReader) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return try decoder.decode(Value.self, from: Data(try reader.takeText()))
    }
}

extension JSONText {
    mutating func string(_ text: CompactText) { text.withBytes { string($0) } }

    mutating func string(_ id: TaskID) {
        raw(#"""#)
        for word in [id.high, id.low] {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { digits in
                for index in 0..<16 {
                    let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index)) & 15
                    digits[index] = digit < 10 ? 48 + digit : 87 + digit
                }
                raw(UnsafeBufferPointer(digits))
            }
        }
        raw(#"""#)
    }

    mutating func member(_ name: StaticString, _ value: CompactText) {
        guard value != .none else { return }
        self.name(name)
        string(value)
    }

    mutating func member(_ name: StaticString, _ value: Moment) {
        guard !value.isNone else { return }
        self.name(name)
        integer(Int(value.milliseconds))
    }

    /// - Throws: ``StoreError`` for a date that is no number.
    mutating func member(_ name: StaticString, _ date: Date?) throws {
        guard let date else { return }
        let seconds = date.timeIntervalSince1970
        guard seconds.isFinite else { throw StoreError("\(name) is no date: \(seconds)") }
        self.name(name)
        number(seconds)
    }

    mutating func member(_ name: StaticString, _ values: [Int]) {
        self.name(name)
        array(values) { text, value in text.integer(value) }
    }

    /// A value that is written by Foundation: for what is rare.
    mutating func member(_ name: StaticString, json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        self.name(name)
        raw(Array(try encoder.encode(value)))
    }
}
