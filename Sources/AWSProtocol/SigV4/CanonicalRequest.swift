/// The one text that both sides make of a request before they sign it.
enum CanonicalRequest {
    static func text(of request: SigV4.SignedRequest, signedHeaders: [String]) -> String {
        var text = request.method + "\n" + path(request.path) + "\n" + query(request.query) + "\n"
        for name in signedHeaders { text += name + ":" + values(name, in: request) + "\n" }
        text += "\n" + signedHeaders.joined(separator: ";") + "\n"
        return text + Digest.hexadecimal(Digest.sha256(request.body))
    }

    /// Dot segments and doubled slashes resolved, then encoded once more: what every service but S3 does.
    private static func path(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let isDirectory = path.hasSuffix("/") && !segments.isEmpty
        return "/" + segments.map { encoded($0.utf8) }.joined(separator: "/") + (isDirectory ? "/" : "")
    }

    /// Members decoded, encoded one way, and sorted by name and value.
    private static func query(_ query: String) -> String {
        var members: [(name: String, value: String)] = []
        for member in query.split(separator: "&") {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? parts[1] : ""
            members.append((name: encoded(decoded(parts[0])), value: encoded(decoded(value))))
        }
        members.sort { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
        return members.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// Every value of the header in the order sent, each trimmed and with runs of blanks made one.
    private static func values(_ name: String, in request: SigV4.SignedRequest) -> String {
        request.headers.filter { $0.name.lowercased() == name }
            .map { $0.value.split { $0 == " " || $0 == "\t" }.joined(separator: " ") }
            .joined(separator: ",")
    }

    private static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + Digest.hexadecimal([byte]).uppercased()
            }
        }
        return text
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
