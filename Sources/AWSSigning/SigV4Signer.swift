package import FoundationEssentials

extension SigV4 {
    /// Signs requests for one service in one region.
    package struct Signer: Sendable {
        private let credentials: Credentials
        private let region: String
        private let service: String

        package init(credentials: Credentials, region: String, service: String) {
            self.credentials = credentials
            self.region = region
            self.service = service
        }

        /// Headers that proxies and clients add or change after signing.
        private static let neverSigned: Set<String> = [
            "authorization", "connection", "content-length", "expect", "transfer-encoding", "user-agent",
            "x-amzn-trace-id",
        ]

        /// The headers to add to the request: X-Amz-Date, X-Amz-Security-Token for temporary credentials, Authorization.
        ///
        /// - Parameters:
        ///   - request: with every header that is to be signed and none of those that are added here.
        ///   - host: the value of the Host header that will be sent, with the port if it is not the scheme's own.
        package func headers(for request: Request, host: String, date: Date) -> [(name: String, value: String)] {
            let timestamp = Timestamp(date)
            var added = [(name: "X-Amz-Date", value: timestamp.description)]
            if let token = credentials.sessionToken { added.append((name: "X-Amz-Security-Token", value: token)) }

            var headers = SigV4.grouped(request.headers + added)
            headers["host"] = [host]
            let signedHeaders = headers.keys.filter { !Self.neverSigned.contains($0) }.sorted()
            let canonicalRequest = SigV4.canonicalRequest(
                method: request.method, path: request.path, query: request.query, headers: headers,
                signedHeaders: signedHeaders, payloadHash: Hexadecimal.encode(Digest.sha256(request.body)))

            let scope = "\(timestamp.day)/\(region)/\(service)/\(SigV4.terminator)"
            let stringToSign = SigV4.stringToSign(
                timestamp: timestamp.description, scope: scope, canonicalRequest: canonicalRequest)
            let key = SigningKey(
                secretAccessKey: credentials.secretAccessKey, day: timestamp.day, region: region, service: service)
            let signature = Hexadecimal.encode(key.signature(of: stringToSign))
            added.append(
                (
                    name: "Authorization",
                    value: "\(SigV4.algorithm) Credential=\(credentials.accessKeyID)/\(scope), "
                        + "SignedHeaders=\(signedHeaders.joined(separator: ";")), Signature=\(signature)"
                ))
            return added
        }
    }
}
