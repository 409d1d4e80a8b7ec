/// AWS Signature Version 4: the same canonical form for signing and for verifying.
///
/// Source: IAM User Guide, "Create a signed AWS API request". Only signing by the Authorization header is spoken; a
/// presigned URL is refused with an error that says so.
package enum SigV4 {
    package static let algorithm = "AWS4-HMAC-SHA256"
    package static let terminator = "aws4_request"
    /// In place of a payload's hash: the payload is not signed.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// A long-term key, or a temporary one if it has a session token.
    package struct Credentials: Sendable, Hashable {
        package let accessKeyID: String
        package let secretAccessKey: String
        package let sessionToken: String?

        package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
            self.accessKeyID = accessKeyID
            self.secretAccessKey = secretAccessKey
            self.sessionToken = sessionToken
        }
    }

    /// The parts of an HTTP request that a signature covers, as they are on the wire.
    package struct Request: Sendable {
        package var method: String
        /// From the request line, percent-encoded, without the query.
        package var path: String
        /// What follows the question mark; empty if there is none.
        package var query: String
        /// In any case and order; a name may come more than once.
        package var headers: [(name: String, value: String)] {
            didSet { headersByName = SigV4.grouped(headers) }
        }
        package var body: [UInt8]
        /// By lowercase name, values in the order of the request.
        package private(set) var headersByName: [String: [String]]

        package init(
            method: String, path: String, query: String = "", headers: [(name: String, value: String)], body: [UInt8]
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.body = body
            headersByName = SigV4.grouped(headers)
        }
    }

    /// What a secret key is derived to for one day, region and service. Deriving takes four HMACs, so a server may keep it
    /// for the day; it cannot be turned back into the secret.
    package struct SigningKey: Sendable, Hashable, CustomStringConvertible {
        private let bytes: [UInt8]

        /// - Parameter day: "yyyyMMdd".
        package init(secretAccessKey: String, day: String, region: String, service: String) {
            var key = Array("AWS4\(secretAccessKey)".utf8)
            for part in [day, region, service, SigV4.terminator] {
                key = Digest.hmacSHA256(key: key, Array(part.utf8))
            }
            bytes = key
        }

        package func signature(of stringToSign: String) -> [UInt8] {
            Digest.hmacSHA256(key: bytes, Array(stringToSign.utf8))
        }

        package var description: String { "SigningKey(redacted)" }
    }

    package static func stringToSign(timestamp: String, scope: String, canonicalRequest: [UInt8]) -> String {
        let hash = Hexadecimal.encode(Digest.sha256(canonicalRequest))
        return "\(algorithm)\n\(timestamp)\n\(scope)\n\(hash)"
    }
}

extension SigV4.Credentials: CustomStringConvertible {
    /// Without the secrets.
    package var description: String { "Credentials(\(accessKeyID))" }
}
