/// AWS Signature Version 4: signing, for agents, and verifying, for the control plane.
///
/// - Source: AWS General Reference, "Signing AWS API requests"; errors as AWS services word them.
package enum SigV4 {
    static let algorithm = "AWS4-HMAC-SHA256"
    static let terminator = "aws4_request"

    /// A key as its owner has it.
    package struct Credentials: Sendable {
        package var accessKeyID: String
        package var secretAccessKey: String

        package init(accessKeyID: String, secretAccessKey: String) {
            self.accessKeyID = accessKeyID
            self.secretAccessKey = secretAccessKey
        }
    }

    /// What of a request is signed. Everything is as it is on the wire.
    package struct SignedRequest: Sendable {
        package var method: String
        /// Percent-encoded as it was sent.
        package var path: String
        /// Without the question mark; empty if there is none.
        package var query: String
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]

        package init(method: String, path: String, query: String, headers: [(String, String)], body: [UInt8]) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers.map { (name: $0.0, value: $0.1) }
            self.body = body
        }
    }

    /// What a signature is good for: `key/day/region/service/aws4_request`.
    package struct Scope: Sendable, Hashable {
        package var accessKeyID: String
        package var day: String
        package var region: String
        package var service: String

        var text: String { "\(day)/\(region)/\(service)/\(SigV4.terminator)" }
    }

    static func signature(
        of request: SignedRequest, signedHeaders: [String], scope: Scope, date: String, secretAccessKey: String
    ) -> [UInt8] {
        let canonical = CanonicalRequest.text(of: request, signedHeaders: signedHeaders)
        let digest = Digest.hexadecimal(Digest.sha256(Array(canonical.utf8)))
        let stringToSign = "\(algorithm)\n\(date)\n\(scope.text)\n\(digest)"
        return Digest.hmacSHA256(key: signingKey(scope, secretAccessKey), Array(stringToSign.utf8))
    }

    private static func signingKey(_ scope: Scope, _ secretAccessKey: String) -> [UInt8] {
        [scope.day, scope.region, scope.service, terminator].reduce(Array("AWS4\(secretAccessKey)".utf8)) { key, part in
            Digest.hmacSHA256(key: key, Array(part.utf8))
        }
    }
}
