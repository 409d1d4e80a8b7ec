extension SigV4 {
    /// An `Authorization` header, taken apart.
    package struct Authorization: Sendable {
        package var scope: Scope
        /// Lowercase and in ascending order.
        package var signedHeaders: [String]
        var signature: [UInt8]

        /// - Throws: IncompleteSignatureException that says which part is missing or malformed.
        init(_ header: String) throws(AWSError) {
            let words = header.split(separator: " ", maxSplits: 1)
            guard words.first == Substring(SigV4.algorithm) else {
                throw .incompleteSignature("The Authorization header must begin with \(SigV4.algorithm).")
            }
            var parameters: [String: String] = [:]
            for parameter in (words.count == 2 ? words[1] : "").split(separator: ",") {
                let pair = parameter.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, parameters.updateValue(String(pair[1]), forKey: String(pair[0])) == nil else {
                    throw .incompleteSignature("The Authorization header has a malformed or repeated parameter.")
                }
            }
            let names = ["Credential", "SignedHeaders", "Signature"]
            let missing = names.filter { parameters[$0] == nil }
            guard missing.isEmpty else {
                throw .incompleteSignature(
                    missing.map { "Authorization header requires '\($0)' parameter." }.joined(separator: " "))
            }
            scope = try Self.scope(parameters["Credential"] ?? "")
            signedHeaders = (parameters["SignedHeaders"] ?? "").split(separator: ";").map(String.init)
            let isOrdered = zip(signedHeaders, signedHeaders.dropFirst()).allSatisfy { $0 < $1 }
            guard isOrdered, signedHeaders.allSatisfy({ $0 == $0.lowercased() }) else {
                throw .incompleteSignature("SignedHeaders must be lowercase, in order, and named once each.")
            }
            guard let signature = Self.bytes(parameters["Signature"] ?? ""), signature.count == Digest.byteCount else {
                throw .incompleteSignature("The Signature must be 64 lowercase hexadecimal digits.")
            }
            self.signature = signature
        }

        private static func scope(_ credential: String) throws(AWSError) -> Scope {
            let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 5, !parts[0].isEmpty else {
                throw .incompleteSignature(
                    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
            }
            guard parts[4] == SigV4.terminator else {
                throw .invalidSignature("Credential should be scoped with a valid terminator: '\(SigV4.terminator)'.")
            }
            return Scope(accessKeyID: parts[0], day: parts[1], region: parts[2], service: parts[3])
        }

        private static func bytes(_ hexadecimal: String) -> [UInt8]? {
            let digits = Array(hexadecimal.utf8)
            guard digits.count % 2 == 0 else { return nil }
            var bytes: [UInt8] = []
            for index in stride(from: 0, to: digits.count, by: 2) {
                guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
                bytes.append(high << 4 | low)
            }
            return bytes
        }

        private static func digit(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x61...0x66: byte - 0x57
            default: nil
            }
        }
    }
}
