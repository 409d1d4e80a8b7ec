/// A string enum of an AWS service model. It keeps values that the model does not know, so that a newer client or a
/// stored record from a newer build never fails to decode; `validate()` reports them for requests.
///
/// Values called "none" or "some" are spelled `noneValue` and `someValue`: members are optional, and `.none` would
/// silently mean "absent".
package protocol AWSEnum: ShapeValue, RawRepresentable where RawValue == String {
    init(rawValue: String)

    /// The values in the model, in the model's order.
    static var allKnown: [Self] { get }

    /// True if the value is in the model.
    var isKnown: Bool { get }
}

extension AWSEnum {
    package static func read<Reader: ShapeReader>(from reader: inout Reader) throws -> Self {
        Self(rawValue: try reader.readString())
    }

    package func write<Writer: ShapeWriter>(to writer: inout Writer) throws {
        try writer.writeString(rawValue)
    }
}
