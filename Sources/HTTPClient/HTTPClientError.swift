internal import CCurl

/// Why there is no response, or not all of it.
package struct HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The request cannot be sent as it is: its URL, method or a header is malformed.
        case invalidRequest
        /// Name not found, refused, unreachable: the request did not leave.
        case cannotConnect
        case timedOut
        /// The connection ended before the response did.
        case connectionLost
        /// The handshake failed, or the certificate is not trusted.
        case tls
        /// Larger than ``ClientConfiguration/responseLimitBytes``.
        case responseTooLarge
        /// What came is not HTTP.
        case malformedResponse
        /// The calling task was cancelled, or the client closed.
        case cancelled
        case system
    }

    package let code: Code
    /// True if the same request may succeed later. It may have been carried out already, unless the code is
    /// ``Code/cannotConnect``.
    package let isRetryable: Bool
    /// `host:port` of the URL; empty if the URL could not be read.
    package let hostAndPort: String
    /// curl's words, or ours.
    package let reason: String

    package var description: String {
        hostAndPort.isEmpty ? reason : "\(hostAndPort): \(reason)"
    }

    init(_ code: Code, isRetryable: Bool = false, hostAndPort: String, reason: String) {
        self.code = code
        self.isRetryable = isRetryable
        self.hostAndPort = hostAndPort
        self.reason = reason
    }

    static func cancelled(_ hostAndPort: String) -> HTTPClientError {
        HTTPClientError(.cancelled, hostAndPort: hostAndPort, reason: "the request was cancelled")
    }

    /// - Parameter detail: curl's error buffer; may be empty.
    init(curl result: CURLcode, detail: String, hostAndPort: String) {
        let (code, isRetryable) = Self.meaning(of: result)
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        self.init(code, isRetryable: isRetryable, hostAndPort: hostAndPort, reason: reason)
    }

    private static func meaning(of result: CURLcode) -> (Code, isRetryable: Bool) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: (.cannotConnect, true)
        case CURLE_OPERATION_TIMEDOUT: (.timedOut, true)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: (.connectionLost, true)
        case CURLE_SSL_CONNECT_ERROR: (.tls, true)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR:
            (.tls, false)
        case CURLE_URL_MALFORMAT: (.invalidRequest, false)
        // The URL's scheme was checked before, so an unsupported protocol is one that the server speaks.
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL:
            (.malformedResponse, false)
        case CURLE_OUT_OF_MEMORY: (.system, true)
        default: (.system, false)
        }
    }
}
