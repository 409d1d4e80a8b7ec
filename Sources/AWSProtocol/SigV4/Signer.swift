package import FoundationEssentials

extension SigV4 {
    /// Signs requests with a key, for one region and service.
    package struct Signer: Sendable {
        private let credentials: Credentials
        private let region: String
        private let service: String

        package init(credentials: Credentials, region: String, service: String) {
            self.credentials = credentials
            self.region = region
            self.service = service
        }

        /// The headers to add: `X-Amz-Date` and `Authorization`.
        ///
        /// - Parameter request: its headers must have `Host`; all of them are signed.
        package func headers(for request: SignedRequest, at date: Date) -> [(name: String, value: String)] {
            let stamp = SignatureDate.text(date)
            var request = request
            request.headers.append((name: "X-Amz-Date", value: stamp))
            let signedHeaders = Set(request.headers.map { $0.name.lowercased() }).sorted()
            let scope = Scope(
                accessKeyID: credentials.accessKeyID, day: String(stamp.prefix(8)), region: region, service: service)
            let signature = SigV4.signature(
                of: request, signedHeaders: signedHeaders, scope: scope, date: stamp,
                secretAccessKey: credentials.secretAccessKey)
            let authorization =
                "\(SigV4.algorithm) Credential=\(scope.accessKeyID)/\(scope.text), "
                + "SignedHeaders=\(signedHeaders.joined(separator: ";")), Signature=\(Digest.hexadecimal(signature))"
            return [("X-Amz-Date", stamp), ("Authorization", authorization)]
        }
    }
}
