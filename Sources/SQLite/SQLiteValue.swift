package import FoundationEssentials

/// A value on its way into a statement. Literals and nil stand for themselves.
package enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case data(Data)
    case bytes([UInt8])

    package static func integer(_ value: Int) -> Self { .integer(Int64(value)) }

    /// NULL for nil.
    package static func optional(_ text: String?) -> Self { text.map(Self.text) ?? .null }
    package static func optional(_ value: Int64?) -> Self { value.map(Self.integer) ?? .null }
    package static func optional(_ value: Double?) -> Self { value.map(Self.real) ?? .null }
    package static func optional(_ data: Data?) -> Self { data.map(Self.data) ?? .null }
}

extension SQLiteValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .real(value) }
    package init(nilLiteral: ()) { self = .null }
}
