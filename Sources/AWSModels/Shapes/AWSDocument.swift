/// Free-form JSON: the model's "document" type, and the extra members of an error body.
package indirect enum AWSDocument: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([AWSDocument])
    case object([String: AWSDocument])
}

extension AWSDocument: ShapeValue {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> AWSDocument {
        try reader.readDocument()
    }

    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws {
        try writer.writeDocument(self)
    }
}

extension AWSDocument: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([AWSDocument].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: AWSDocument].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
