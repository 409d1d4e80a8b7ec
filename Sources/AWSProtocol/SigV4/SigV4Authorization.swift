extension SigV4 {
    /// What an Authorization header says, before anything of it is proven.
    package struct Authorization: Sendable, Hashable {
        package let accessKeyID: String
        /// "yyyyMMdd".
        package let day: String
        package let region: String
        package let service: String
        /// The last part of the scope; "aws4_request" in a good one.
        package let terminator: String
        /// Lowercase, ascending.
        package let signedHeaders: [String]
        package let signature: [UInt8]

        package var scope: String { "\(day)/\(region)/\(service)/\(terminator)" }

        /// Reads the header's value strictly.
        ///
        /// Throws IncompleteSignatureException for whatever is missing, doubled, unknown or malformed.
        package init(_ header: String) throws(AWSError) {
            let (algorithm, rest) = Self.halves(header, at: " ")
            guard algorithm == SigV4.algorithm else {
                throw .incompleteSignature(
                    "Unsupported algorithm in the Authorization header: it must begin with '\(SigV4.algorithm)'.")
            }
            let parameters = try Self.parameters(rest ?? "")
            let missing = ["Credential", "Signature", "SignedHeaders"].filter { parameters[$0] == nil }
            guard let credential = parameters["Credential"], let signature = parameters["Signature"],
                let signedHeaders = parameters["SignedHeaders"]
            else {
                throw .incompleteSignature(
                    missing.map { "Authorization header requires '\($0)' parameter." }.joined(separator: " "))
            }

            let scope = Self.parts(credential, at: "/")
            // An empty region is a client without one configured: the check of the scope tells it which to use.
            guard scope.count == 5, scope.enumerated().allSatisfy({ !$1.isEmpty || $0 == 2 }) else {
                throw .incompleteSignature(
                    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                        + "got '\(Self.quoted(credential))'")
            }
            (accessKeyID, day, region, service, terminator) = (scope[0], scope[1], scope[2], scope[3], scope[4])
            guard let bytes = Hexadecimal.decode(signature), bytes.count == Digest.byteCount else {
                throw .incompleteSignature("The Signature parameter must be 64 lowercase hexadecimal digits.")
            }
            self.signature = bytes
            self.signedHeaders = try Self.names(signedHeaders)
        }

        private static func parameters(_ text: String) throws(AWSError) -> [String: String] {
            var parameters: [String: String] = [:]
            for part in text.utf8.split(separator: UInt8(ascii: ",")) {
                let pair = trimmed(part)
                let (name, value) = halves(pair, at: "=")
                guard let value else {
                    throw .incompleteSignature(
                        "'\(quoted(pair))' not a valid key=value pair (missing equal-sign) in Authorization header.")
                }
                guard name == "Credential" || name == "SignedHeaders" || name == "Signature", !value.isEmpty else {
                    throw .incompleteSignature("Unknown or empty parameter '\(quoted(name))' in Authorization header.")
                }
                guard parameters.updateValue(value, forKey: name) == nil else {
                    throw .incompleteSignature("Duplicate parameter '\(name)' in Authorization header.")
                }
            }
            return parameters
        }

        private static func names(_ text: String) throws(AWSError) -> [String] {
            let names = parts(text, at: ";")
            let isToken = names.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isLowercaseTokenByte) }
            guard isToken, zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw .incompleteSignature(
                    "SignedHeaders must be lowercase header names in ascending order, separated by ';'.")
            }
            return names
        }

        private static func isLowercaseTokenByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: "!#$%&'*+.^_`|~".utf8.contains(byte)
            }
        }

        // Splitting is by bytes: by Character it takes ten times as long, and every request pays for it.

        private static func halves(_ text: String, at separator: Unicode.Scalar) -> (String, String?) {
            guard let index = text.utf8.firstIndex(of: UInt8(ascii: separator)) else { return (text, nil) }
            return (String(text[..<index]), String(text[text.utf8.index(after: index)...]))
        }

        private static func parts(_ text: String, at separator: Unicode.Scalar) -> [String] {
            text.utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
                .map { String(Substring($0)) }
        }

        private static func trimmed(_ text: Substring.UTF8View) -> String {
            let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
            guard let start = text.firstIndex(where: { !isSpace($0) }),
                let end = text.lastIndex(where: { !isSpace($0) })
            else { return "" }
            return String(Substring(text[start...end]))
        }

        private static func quoted(_ text: String) -> String { String(text.prefix(128)) }
    }
}
