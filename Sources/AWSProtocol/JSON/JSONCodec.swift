package import AWSModels

/// awsJson 1.0 and 1.1: bodies that are JSON objects, times in seconds since 1970.
///
/// Reads and writes the generated shapes directly, without Foundation's coders in between, and with errors that name
/// the member. Unknown members are ignored, as AWS does.
package enum JSONCodec {
    /// - Parameter body: an empty one is an empty object.
    /// - Throws: SerializationException for anything that is not JSON, or not of the types that the shape has.
    package static func decode<Shape: AWSShape>(_ type: Shape.Type, from body: [UInt8]) throws(AWSError) -> Shape {
        guard !body.isEmpty else { return Shape() }
        var reader = JSONReader(body)
        do {
            let shape = try Shape.read(from: &reader)
            try reader.finish()
            return shape
        } catch let error as JSONReader.Failure {
            throw .serialization(error.message)
        } catch {
            throw .serialization("\(error)")
        }
    }

    package static func encode<Shape: AWSShape>(_ shape: Shape) throws(AWSError) -> [UInt8] {
        var writer = JSONWriter()
        do { try shape.write(to: &writer) } catch { throw .server("The response cannot be written: \(error)") }
        return writer.bytes
    }

    /// `{"__type":"…","message":"…"}`.
    package static func encode(_ error: AWSError) -> [UInt8] {
        var members = error.fields
        members["__type"] = .string(error.code)
        members["message"] = .string(error.message)
        var writer = JSONWriter()
        writer.write(document: .object(members))
        return writer.bytes
    }

    /// The length of the shape's JSON in bytes.
    package static func size<Shape: AWSShape>(of shape: Shape) throws(AWSError) -> Int { try encode(shape).count }

    /// A digest of what the shape says, the same for equal shapes.
    package static func fingerprint<Shape: AWSShape>(of shape: Shape) throws(AWSError) -> String {
        Digest.hexadecimal(Digest.sha256(try encode(shape)))
    }
}
