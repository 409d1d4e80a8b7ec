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

            let scope = credential.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
            guard scope.count == 5, scope.allSatisfy({ !$0.isEmpty }) else {
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
            for part in text.split(separator: ",", omittingEmptySubsequences: true) {
                let pair = trimmed(part)
                let (name, value) = halves(pair, at: "=")
                guard let value else {
                    throw .incompleteSignature(
                        "'\(quoted(pair))' not a valid key=value pair (missing equal-sign) in Authorization header.")
                }
                guard ["Credential", "SignedHeaders", "Signature"].contains(name), !value.isEmpty else {
                    throw .incompleteSignature("Unknown or empty parameter '\(quoted(name))' in Authorization header.")
                }
                guard parameters.updateValue(value, forKey: name) == nil else {
                    throw .incompleteSignature("Duplicate parameter '\(name)' in Authorization header.")
                }
            }
            return parameters
        }

        private static func names(_ text: String) throws(AWSError) -> [String] {
            let names = text.split(separator: ";", omittingEmptySubsequences: false).map { String($0) }
            let isToken = names.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isLowercaseTokenByte) }
            guard isToken, zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw .incompleteSignature(
                    "SignedHeaders must be lowercase header names in ascending order, separated by ';'.")
            }
            return names
        }

        private static func isLowercaseTokenByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }

        private static func halves(_ text: String, at separator: Character) -> (String, String?) {
            let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
            return (parts.first.map { String($0) } ?? "", parts.count > 1 ? String(parts[1]) : nil)
        }

        private static func trimmed(_ text: Substring) -> String {
            let isSpace = { (character: Character) in character == " " || character == "\t" }
            let start = text.drop(while: isSpace)
            return String(start.reversed().drop(while: isSpace).reversed())
        }

        private static func quoted(_ text: String) -> String { String(text.prefix(128)) }
    }
}
