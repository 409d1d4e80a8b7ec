import AWSModels
import FoundationEssentials

/// Writes shapes as JSON text. Members that are nil are left out, never null.
struct JSONWriter: ShapeWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init() { bytes.reserveCapacity(1024) }

    // MARK: ShapeWriter

    mutating func write<Value: ShapeValue>(_ name: String, _ value: Value?) throws {
        guard let value else { return }
        self.name(name)
        try value.write(to: &self)
        needsComma = true
    }

    mutating func writeString(_ value: String) throws { string(value) }

    mutating func writeInteger(_ value: Int64) throws { bytes.append(contentsOf: String(value).utf8) }

    mutating func writeDouble(_ value: Double) throws { number(value) }

    mutating func writeBoolean(_ value: Bool) throws { bytes.append(contentsOf: (value ? "true" : "false").utf8) }

    /// Seconds since 1970 with as many as three decimals.
    mutating func writeTimestamp(_ value: Date) throws {
        number((value.timeIntervalSince1970 * 1000).rounded() / 1000)
    }

    mutating func writeBlob(_ value: Data) throws { string(value.base64EncodedString()) }

    mutating func writeDocument(_ value: AWSDocument) throws { write(document: value) }

    mutating func writeList<Element: ShapeValue>(_ values: [Element]) throws {
        open("[")
        for value in values {
            separate()
            try value.write(to: &self)
            needsComma = true
        }
        close("]")
    }

    /// In the order of the keys, so that equal maps are written alike.
    mutating func writeMap<Value: ShapeValue>(_ values: [String: Value]) throws {
        open("{")
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { try write(name, value) }
        close("}")
    }

    mutating func writeStructure<Shape: AWSShape>(_ value: Shape) throws {
        open("{")
        try value.writeMembers(to: &self)
        close("}")
    }

    mutating func write(document: AWSDocument) {
        switch document {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value): number(value)
        case .string(let value): string(value)
        case .array(let values):
            open("[")
            for value in values {
                separate()
                write(document: value)
                needsComma = true
            }
            close("]")
        case .object(let values):
            open("{")
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                self.name(name)
                write(document: value)
                needsComma = true
            }
            close("}")
        }
    }

    // MARK: Tokens

    private mutating func open(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func name(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// JSON has no infinities and no NaN: they are written as the strings that awsJson has for them.
    private mutating func number(_ value: Double) {
        if let integer = Int64(exactly: value) {
            bytes.append(contentsOf: String(integer).utf8)
        } else if value.isFinite {
            bytes.append(contentsOf: "\(value)".utf8)
        } else {
            string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }

    private mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            var start = 0
            for index in text.indices {
                let byte = text[index]
                guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
                bytes.append(contentsOf: text[start..<index])
                start = index + 1
                escape(byte)
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        default: bytes.append(contentsOf: ("\\u00" + Digest.hexadecimal([byte])).utf8)
        }
    }
}
