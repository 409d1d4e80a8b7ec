import AWSModels
import FoundationEssentials

/// Writes compact JSON. Maps are written in the order of their keys, so that equal values give equal bytes.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// True if a member, element or entry has been written at the current level.
    private var needsComma = false
    /// The last value of a shape that is often repeated, and where it was written.
    private var repeated: (value: any AWSShape, place: Range<Int>)?

    init() { bytes.reserveCapacity(512) }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func enclosed(_ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) throws -> Void) rethrows {
        bytes.append(open)
        needsComma = false
        try body(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func name(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var plainFrom = 0
            for index in 0..<utf8.count {
                let byte = utf8[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plainFrom..<index]))
                escape(byte)
                plainFrom = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plainFrom...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0..<0x20: bytes.append(contentsOf: "u00\(Hexadecimal.encode([byte]))".utf8)
        default: bytes.append(byte)
        }
    }

    /// A document object whose first member leads, for error bodies.
    mutating func writeDocumentObject(first: (name: String, value: AWSDocument), _ members: [String: AWSDocument]) {
        enclosed(UInt8(ascii: "{"), UInt8(ascii: "}")) { writer in
            writer.name(first.name)
            writer.document(first.value)
            for (key, value) in members.sorted(by: { $0.key < $1.key }) where key != first.name {
                writer.name(key)
                writer.document(value)
            }
        }
    }

    private mutating func document(_ value: AWSDocument) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let value): writeBoolean(value)
        case .integer(let value): writeInteger(value)
        case .double(let value): writeDouble(value)
        case .string(let value): string(value)
        case .array(let values):
            enclosed(UInt8(ascii: "["), UInt8(ascii: "]")) { writer in
                for value in values {
                    writer.separate()
                    writer.document(value)
                }
            }
        case .object(let members):
            enclosed(UInt8(ascii: "{"), UInt8(ascii: "}")) { writer in
                for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                    writer.name(key)
                    writer.document(value)
                }
            }
        }
    }
}

extension JSONWriter: ShapeWriter {
    mutating func write<Value: ShapeValue>(_ name: String, _ value: Value) throws {
        self.name(name)
        try value.write(to: &self)
    }

    mutating func writeString(_ value: String) { string(value) }

    mutating func writeInteger(_ value: Int64) { bytes.append(contentsOf: String(value).utf8) }

    mutating func writeBoolean(_ value: Bool) { bytes.append(contentsOf: (value ? "true" : "false").utf8) }

    /// JSON has no word for what is not finite; Smithy spells it as a string.
    mutating func writeDouble(_ value: Double) {
        if value.isFinite {
            bytes.append(contentsOf: String(value).utf8)
        } else {
            string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }

    /// Epoch seconds, rounded to milliseconds, without trailing zeros: 1461623435.12.
    mutating func writeTimestamp(_ value: Date) {
        let milliseconds = (value.timeIntervalSince1970 * 1000).rounded()
        guard let whole = Int64(exactly: milliseconds) else { return writeDouble(value.timeIntervalSince1970) }
        if whole < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(contentsOf: String(whole.magnitude / 1000).utf8)
        var fraction = whole.magnitude % 1000
        if fraction == 0 { return }
        bytes.append(UInt8(ascii: "."))
        var place: UInt64 = 100
        while fraction > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / place))
            fraction %= place
            place /= 10
        }
    }

    mutating func writeBlob(_ value: Data) { string(value.base64EncodedString()) }

    mutating func writeDocument(_ value: AWSDocument) { document(value) }

    mutating func writeList<Element: ShapeValue>(_ values: [Element]) throws {
        try enclosed(UInt8(ascii: "["), UInt8(ascii: "]")) { writer in
            for value in values {
                writer.separate()
                try value.write(to: &writer)
            }
        }
    }

    mutating func writeMap<Value: ShapeValue>(_ values: [String: Value]) throws {
        try enclosed(UInt8(ascii: "{"), UInt8(ascii: "}")) { writer in
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.name(key)
                try value.write(to: &writer)
            }
        }
    }

    mutating func writeStructure<Shape: AWSShape>(_ value: Shape) throws {
        guard Shape.isOftenRepeated else { return try writeMembers(of: value) }
        if let repeated, let last = repeated.value as? Shape, last == value {
            let text = Array(bytes[repeated.place])
            bytes.append(contentsOf: text)
            needsComma = true
            return
        }
        let start = bytes.count
        try writeMembers(of: value)
        repeated = (value, start..<bytes.count)
    }

    private mutating func writeMembers<Shape: AWSShape>(of value: Shape) throws {
        try enclosed(UInt8(ascii: "{"), UInt8(ascii: "}")) { writer in try value.writeMembers(to: &writer) }
    }
}
