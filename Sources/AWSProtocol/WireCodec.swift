package import AWSModels

/// How shapes travel in HTTP bodies. One for each of AWS's protocols; the generated types know none of them.
package protocol WireCodec: Sendable {
    /// The Content-Type of requests and responses.
    var contentType: String { get }

    /// Reads a body. Throws SerializationException for anything that is not such a shape; unknown members are ignored.
    func decode<Shape: AWSShape>(_ type: Shape.Type, from body: [UInt8]) throws(AWSError) -> Shape

    /// Throws ServerException, for a value that the protocol cannot express.
    func encode<Shape: AWSShape>(_ shape: Shape) throws(AWSError) -> [UInt8]

    func encode(_ error: AWSError) -> [UInt8]

    /// Reads an error's body on the client's side; a body that is none gives the code "UnknownError".
    func decodeError(from body: [UInt8], httpStatus: Int) -> AWSError
}
