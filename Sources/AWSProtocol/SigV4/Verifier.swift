package import FoundationEssentials

extension SigV4 {
    /// Checks signatures for one region and service.
    package struct Verifier: Sendable {
        /// How far a client's clock may be off.
        package static let clockSkewSeconds: Double = 300

        private let region: String
        private let service: String

        package init(region: String, service: String) {
            self.region = region
            self.service = service
        }

        /// Takes the signature apart, so that the caller can look the key up.
        ///
        /// - Throws: MissingAuthenticationTokenException without a signature; IncompleteSignatureException for a
        ///   malformed one.
        package func authorization(of request: SignedRequest) throws(AWSError) -> Authorization {
            let headers = request.headers.filter { $0.name.lowercased() == "authorization" }
            guard let header = headers.first else {
                if request.query.contains("X-Amz-Signature=") {
                    throw .incompleteSignature(
                        "Signatures in the query string are not taken here: sign with an Authorization header.")
                }
                throw .missingAuthenticationToken
            }
            guard headers.count == 1 else { throw .incompleteSignature("There is more than one Authorization header.") }
            return try Authorization(header.value)
        }

        /// - Parameter now: the server's clock.
        /// - Throws: InvalidSignatureException with what is wrong; UnrecognizedClientException for a session token,
        ///   since keys here have none.
        package func verify(
            _ request: SignedRequest, _ authorization: Authorization, secretAccessKey: String, now: Date
        ) throws(AWSError) {
            try check(authorization.scope)
            try checkSignedHeaders(request, authorization.signedHeaders)
            let stamp = try date(request, authorization.scope, now: now)
            if single("x-amz-security-token", in: request) != nil { throw .unrecognizedClient }
            if let claimed = single("x-amz-content-sha256", in: request),
                claimed != Digest.hexadecimal(Digest.sha256(request.body))
            {
                throw .invalidSignature("The value of x-amz-content-sha256 is not the SHA-256 of the body.")
            }
            let expected = SigV4.signature(
                of: request, signedHeaders: authorization.signedHeaders, scope: authorization.scope, date: stamp,
                secretAccessKey: secretAccessKey)
            guard Digest.isEqual(expected, authorization.signature) else {
                throw .invalidSignature(
                    "The request signature we calculated does not match the signature you provided. Check your AWS "
                        + "Secret Access Key and signing method. Consult the service documentation for details.")
            }
        }

        private func check(_ scope: Scope) throws(AWSError) {
            guard scope.region == region else {
                throw .invalidSignature(
                    "Credential should be scoped to a valid region. This control plane serves \(region), "
                        + "not \(scope.region.prefix(40)): set your client's region to \(region).")
            }
            guard scope.service == service else {
                throw .invalidSignature("Credential should be scoped to correct service: '\(service)'.")
            }
        }

        /// An unsigned header could be changed on the way.
        private func checkSignedHeaders(_ request: SignedRequest, _ signed: [String]) throws(AWSError) {
            let signed = Set(signed)
            guard signed.contains("host") else {
                throw .invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
            }
            for header in request.headers {
                let name = header.name.lowercased()
                if name.hasPrefix("x-amz-"), !signed.contains(name) {
                    throw .invalidSignature("The header '\(name.prefix(60))' must be a 'SignedHeader' in the AWS Authorization.")
                }
            }
        }

        private func date(_ request: SignedRequest, _ scope: Scope, now: Date) throws(AWSError) -> String {
            guard let stamp = single("x-amz-date", in: request) else {
                throw .incompleteSignature("Authorization header requires existence of an 'X-Amz-Date' header.")
            }
            guard let date = SignatureDate.date(stamp) else {
                throw .incompleteSignature("Date must be in ISO-8601 'basic format'. Got '\(stamp.prefix(40))'.")
            }
            guard stamp.hasPrefix(scope.day), scope.day.utf8.count == 8 else {
                throw .invalidSignature(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                        + "'\(scope.day.prefix(20))' != '\(stamp.prefix(8))', from '\(stamp)'.")
            }
            let earliest = now.addingTimeInterval(-Self.clockSkewSeconds)
            let latest = now.addingTimeInterval(Self.clockSkewSeconds)
            let nowText = SignatureDate.text(now)
            if date < earliest {
                throw .invalidSignature(
                    "Signature expired: \(stamp) is now earlier than \(SignatureDate.text(earliest)) (\(nowText) - 5 min.)")
            }
            if date > latest {
                throw .invalidSignature(
                    "Signature not yet current: \(stamp) is still later than \(SignatureDate.text(latest)) "
                        + "(\(nowText) + 5 min.)")
            }
            return stamp
        }

        /// The only value of a header; two would let the signer and the server read different ones.
        private func single(_ name: String, in request: SignedRequest) -> String? {
            let values = request.headers.filter { $0.name.lowercased() == name }
            return values.count == 1 ? values[0].value : nil
        }
    }
}
