package import AWSModels

/// The errors that come before any operation's own (spec/ecs-core.md, section 1), and those that every operation declares.
extension AWSError {
    // MARK: The request as such

    package static func unknownOperation(_ message: String = "The operation is unknown.") -> AWSError {
        AWSError(code: "UnknownOperationException", message: message)
    }

    package static func serialization(_ message: String) -> AWSError {
        AWSError(code: "SerializationException", message: message)
    }

    /// The body is over the limit. AWS has no modelled error for it; 413 is what its front ends answer.
    package static func requestEntityTooLarge(limitBytes: Int) -> AWSError {
        AWSError(
            code: "RequestEntityTooLargeException",
            message: "The request body is larger than the limit of \(limitBytes) bytes.", httpStatus: 413)
    }

    package static func throttling(_ message: String = "Rate exceeded") -> AWSError {
        AWSError(code: "ThrottlingException", message: message)
    }

    // MARK: Who is calling

    package static func missingAuthenticationToken(_ message: String = "Missing Authentication Token") -> AWSError {
        AWSError(code: "MissingAuthenticationTokenException", message: message)
    }

    package static func incompleteSignature(_ message: String) -> AWSError {
        AWSError(code: "IncompleteSignatureException", message: message)
    }

    package static func invalidSignature(_ message: String) -> AWSError {
        AWSError(code: "InvalidSignatureException", message: message)
    }

    /// An access key or session token that does not exist.
    package static func unrecognizedClient() -> AWSError {
        AWSError(
            code: "UnrecognizedClientException", message: "The security token included in the request is invalid.")
    }

    package static func expiredToken() -> AWSError {
        AWSError(code: "ExpiredTokenException", message: "The security token included in the request is expired")
    }

    /// - Parameter action: with the service's prefix, e.g. "ecs:RunTask".
    package static func accessDenied(principal: String, action: String, resource: String) -> AWSError {
        accessDenied(
            "User: \(principal) is not authorized to perform: \(action) on resource: \(resource) "
                + "because no identity-based policy allows the \(action) action")
    }

    package static func accessDenied(_ message: String) -> AWSError {
        AWSError(code: "AccessDeniedException", message: message)
    }

    // MARK: Every operation's own

    package static func invalidParameter(_ message: String) -> AWSError {
        AWSError(code: "InvalidParameterException", message: message)
    }

    package static func client(_ message: String) -> AWSError {
        AWSError(code: "ClientException", message: message)
    }

    package static func server(_ message: String) -> AWSError {
        AWSError(code: "ServerException", message: message, httpStatus: 500)
    }

    /// What `AWSShape.validate()` found, as one InvalidParameterException; nil if it found nothing.
    package static func invalidParameters(_ violations: [ConstraintViolation]) -> AWSError? {
        if violations.isEmpty { return nil }
        return invalidParameter(violations.map(\.message).joined(separator: "; "))
    }
}
