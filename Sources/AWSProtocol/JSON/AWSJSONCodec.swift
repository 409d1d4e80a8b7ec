package import AWSModels

/// awsJson 1.0 and 1.1, which differ in the content type only.
///
/// - Timestamps are epoch seconds with up to millisecond fraction; absent members are left out and `null` is read as absent.
/// - An empty body is read as `{}`. Of a member given twice the last one counts.
/// - Refused with SerializationException, so that no body can exhaust the stack or the memory: nesting deeper than
///   `JSONReader.maximumDepth`, more than `JSONReader.maximumElements` list and map entries, text after the object,
///   invalid UTF-8, unpaired surrogates, numbers that do not fit.
package struct AWSJSONCodec: WireCodec {
    package let contentType: String

    /// - Parameter version: the model's jsonVersion, "1.0" or "1.1".
    package init(version: String = "1.1") {
        contentType = "application/x-amz-json-\(version)"
    }

    package func decode<Shape: AWSShape>(_ type: Shape.Type, from body: [UInt8]) throws(AWSError) -> Shape {
        if body.isEmpty { return Shape() }
        do {
            var reader = JSONReader(body)
            let shape: Shape = try reader.readStructure()
            try reader.finish()
            return shape
        } catch let error as JSONReadError {
            throw .serialization(error.message)
        } catch {
            throw .serialization("The request body cannot be read.")
        }
    }

    package func encode<Shape: AWSShape>(_ shape: Shape) throws(AWSError) -> [UInt8] {
        var writer = JSONWriter()
        do {
            try writer.writeStructure(shape)
        } catch {
            throw .server("The response cannot be written as JSON.")
        }
        return writer.bytes
    }

    package func encode(_ error: AWSError) -> [UInt8] {
        var members = error.fields
        members["message"] = .string(error.message)
        var writer = JSONWriter()
        writer.writeDocumentObject(first: ("__type", .string(error.code)), members)
        return writer.bytes
    }

    package func decodeError(from body: [UInt8], httpStatus: Int) -> AWSError {
        var reader = JSONReader(body)
        guard case .object(var members)? = try? reader.readDocument() else {
            return AWSError(code: "UnknownError", message: "HTTP status \(httpStatus)", httpStatus: httpStatus)
        }
        // Smithy clients take the part after the number sign, and tolerate a URI after a colon.
        let type =
            (members.removeValue(forKey: "__type") ?? members.removeValue(forKey: "code"))?.text ?? "UnknownError"
        let afterNamespace = type.split(separator: "#").last ?? ""
        let code = afterNamespace.split(separator: ":").first.map { String($0) } ?? "UnknownError"
        let message = (members.removeValue(forKey: "message") ?? members.removeValue(forKey: "Message"))?.text
        return AWSError(
            code: code, message: message ?? "HTTP status \(httpStatus)", httpStatus: httpStatus, fields: members)
    }
}

extension AWSDocument {
    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}
