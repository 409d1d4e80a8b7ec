package import AWSModels

/// An error as AWS clients know it: a code that they switch on, and a message that people read.
package struct AWSError: Error, Sendable, Hashable {
    /// The exception's name, such as `ClusterNotFoundException`.
    package var code: String
    package var message: String
    /// 400 for nearly everything; a 5xx makes SDKs and Terraform retry for minutes.
    package var httpStatus: Int
    /// Further members of the body, such as ConflictException's `resourceIds`.
    package var fields: [String: AWSDocument]

    package init(code: String, message: String, httpStatus: Int = 400, fields: [String: AWSDocument] = [:]) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.fields = fields
    }
}

extension AWSError {
    // MARK: What nearly every operation declares

    package static func invalidParameter(_ message: String) -> Self {
        .init(code: "InvalidParameterException", message: message)
    }

    package static func client(_ message: String) -> Self { .init(code: "ClientException", message: message) }

    /// The one error that is the server's fault.
    package static func server(_ message: String) -> Self {
        .init(code: "ServerException", message: message, httpStatus: 500)
    }

    package static func accessDenied(_ message: String) -> Self { .init(code: "AccessDeniedException", message: message) }

    // MARK: Before an operation is reached

    package static let unknownOperation = AWSError(
        code: "UnknownOperationException", message: "X-Amz-Target names no operation of a service that is served here.")

    package static func serialization(_ message: String) -> Self {
        .init(code: "SerializationException", message: message)
    }

    package static let missingAuthenticationToken = AWSError(
        code: "MissingAuthenticationTokenException", message: "Missing Authentication Token")

    package static func incompleteSignature(_ message: String) -> Self {
        .init(code: "IncompleteSignatureException", message: message)
    }

    package static func invalidSignature(_ message: String) -> Self {
        .init(code: "InvalidSignatureException", message: message)
    }

    package static let unrecognizedClient = AWSError(
        code: "UnrecognizedClientException", message: "The security token included in the request is invalid.")
}
