/// The input or output of an operation that has none in the model.
package struct AWSEmptyShape: AWSShape {
    package init() {}

    package mutating func readMember<Reader: MemberReader>(_ name: String, from reader: inout Reader) throws -> Bool {
        false
    }

    package func writeMembers<Writer: MemberWriter>(to writer: inout Writer) throws {}

    package static func == (left: AWSEmptyShape, right: AWSEmptyShape) -> Bool { true }
}
