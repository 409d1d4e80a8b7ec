package import FoundationEssentials

extension SigV4 {
    /// Checks signed requests in two steps, because the secret is the caller's to look up in between:
    /// `authorization(of:service:now:)`, then `verify(_:_:signingKey:)`.
    package struct Verifier: Sendable {
        /// How far a client's clock may be off, either way.
        package static let clockSkewSeconds = 300

        private let region: String
        private let acceptsUnsignedPayload: Bool

        /// - Parameter acceptsUnsignedPayload: for services whose clients stream bodies over TLS; off, as everywhere else.
        package init(region: String, acceptsUnsignedPayload: Bool = false) {
            self.region = region
            self.acceptsUnsignedPayload = acceptsUnsignedPayload
        }

        // MARK: Step one

        /// The request's claim, checked for everything that needs no secret: form, signed headers, scope and clock.
        ///
        /// - Parameter service: the signing name of the service that the request is for; nil takes the claim's own, for a
        ///   router that finds the service by it.
        package func authorization(
            of request: Request, service: String?, now: Date
        ) throws(AWSError) -> Authorization {
            let headers = request.headersByName
            guard let values = headers["authorization"] else {
                if request.query.contains("X-Amz-Signature=") || request.query.contains("X-Amz-Algorithm=") {
                    throw .incompleteSignature(
                        "Signing by query string is not supported; send the signature in an Authorization header.")
                }
                throw .missingAuthenticationToken()
            }
            guard values.count == 1 else { throw .incompleteSignature("More than one Authorization header.") }

            let authorization = try Authorization(values[0])
            let timestamp = try timestamp(headers)
            try checkSignedHeaders(authorization, headers)
            try checkScope(authorization, timestamp, service)
            try checkClock(timestamp, Timestamp(now))
            return authorization
        }

        private func timestamp(_ headers: [String: [String]]) throws(AWSError) -> Timestamp {
            guard let values = headers["x-amz-date"], values.count == 1 else {
                throw .incompleteSignature("Authorization header requires existence of one 'X-Amz-Date' header.")
            }
            guard let timestamp = Timestamp(values[0]) else {
                throw .incompleteSignature(
                    "Date must be in ISO-8601 'basic format'. Got '\(values[0].prefix(32))'. "
                        + "See http://en.wikipedia.org/wiki/ISO_8601")
            }
            return timestamp
        }

        /// An unsigned header could be changed on the way, so those that decide what the request means must be signed.
        private func checkSignedHeaders(
            _ authorization: Authorization, _ headers: [String: [String]]
        ) throws(AWSError) {
            let signed = Set(authorization.signedHeaders)
            guard signed.contains("host") else {
                throw .invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
            }
            for name in authorization.signedHeaders where headers[name] == nil {
                throw .invalidSignature("The signed header '\(name.prefix(128))' is missing from the request.")
            }
            for name in headers.keys where !signed.contains(name) && name.utf8.starts(with: "x-amz-".utf8) {
                throw .invalidSignature("'\(name.prefix(128))' must be a 'SignedHeader' in the AWS Authorization.")
            }
        }

        /// - Source: IAM User Guide, "Troubleshoot signed requests for AWS APIs", credential scope errors.
        private func checkScope(
            _ authorization: Authorization, _ timestamp: Timestamp, _ service: String?
        ) throws(AWSError) {
            guard authorization.terminator == SigV4.terminator else {
                throw .invalidSignature(
                    "Credential should be scoped with a valid terminator: '\(SigV4.terminator)', "
                        + "not '\(authorization.terminator.prefix(64))'.")
            }
            // AWS's sentence, and the one that it leaves out: a client with another region configured has no other
            // way to find out which one a control plane of somebody's own serves.
            guard authorization.region == region else {
                throw .invalidSignature(
                    "Credential should be scoped to a valid region, not '\(authorization.region.prefix(60))'. "
                        + "This control plane serves the region '\(region)': sign for it, for example with "
                        + "AWS_DEFAULT_REGION=\(region) or --region \(region).")
            }
            if let service, authorization.service != service {
                throw .invalidSignature("Credential should be scoped to correct service: '\(service)'.")
            }
            guard authorization.day == timestamp.day else {
                throw .invalidSignature(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                        + "'\(authorization.day.prefix(16))' != '\(timestamp.day)', from '\(timestamp)'.")
            }
        }

        private func checkClock(_ timestamp: Timestamp, _ now: Timestamp) throws(AWSError) {
            let skew = Self.clockSkewSeconds
            if timestamp < now.advanced(bySeconds: -skew) {
                throw .invalidSignature(
                    "Signature expired: \(timestamp) is now earlier than \(now.advanced(bySeconds: -skew)) "
                        + "(\(now) - \(skew / 60) min.)")
            }
            if timestamp > now.advanced(bySeconds: skew) {
                throw .invalidSignature(
                    "Signature not yet current: \(timestamp) is still later than \(now.advanced(bySeconds: skew)) "
                        + "(\(now) + \(skew / 60) min.)")
            }
        }

        // MARK: Step two

        /// Checks the signature itself. A caller that does not know the access key throws `.unrecognizedClient()` instead.
        ///
        /// - Parameters:
        ///   - authorization: from step one, of the same request.
        ///   - signingKey: derived for the authorization's day, region and service.
        package func verify(
            _ request: Request, _ authorization: Authorization, signingKey: SigningKey
        ) throws(AWSError) {
            let headers = request.headersByName
            let canonicalRequest = SigV4.canonicalRequest(
                method: request.method, path: request.path, query: request.query, headers: headers,
                signedHeaders: authorization.signedHeaders, payloadHash: try payloadHash(request, headers))
            let stringToSign = SigV4.stringToSign(
                timestamp: headers["x-amz-date"]?.first ?? "", scope: authorization.scope,
                canonicalRequest: canonicalRequest)
            let expected = signingKey.signature(of: stringToSign)
            guard Digest.areEqualInConstantTime(expected, authorization.signature) else {
                throw .invalidSignature(
                    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                        + "Access Key and signing method. Consult the service documentation for details.")
            }
        }

        /// The hash of the body as it arrived. A claimed hash must agree with it.
        private func payloadHash(_ request: Request, _ headers: [String: [String]]) throws(AWSError) -> String {
            let claims = headers["x-amz-content-sha256"] ?? []
            if claims == [SigV4.unsignedPayload] {
                guard acceptsUnsignedPayload else { throw .invalidSignature("The payload must be signed.") }
                return SigV4.unsignedPayload
            }
            let computed = Hexadecimal.encode(Digest.sha256(request.body))
            guard claims.allSatisfy({ $0 == computed }) else {
                throw .invalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.")
            }
            return computed
        }
    }
}
