/// A box for a member whose structure contains itself; a Swift struct cannot hold itself directly.
package indirect enum Indirect<Value: ShapeValue>: ShapeValue {
    case boxed(Value)

    package init(_ value: Value) { self = .boxed(value) }

    package var value: Value {
        switch self {
        case .boxed(let value): value
        }
    }

    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Self {
        .boxed(try Value.read(from: &reader))
    }

    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws {
        try value.write(to: &writer)
    }

    package init(from decoder: any Decoder) throws { self = .boxed(try Value(from: decoder)) }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
