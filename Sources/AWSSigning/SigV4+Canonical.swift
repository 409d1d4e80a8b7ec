extension SigV4 {
    /// The text that is hashed and signed.
    ///
    /// - Parameters:
    ///   - headers: by lowercase name, values in order.
    ///   - signedHeaders: lowercase names, ascending.
    ///   - payloadHash: hexadecimal, or the word that stands for an unsigned payload.
    package static func canonicalRequest(
        method: String, path: String, query: String, headers: [String: [String]], signedHeaders: [String],
        payloadHash: String
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        func append(_ part: String, _ terminator: Unicode.Scalar) {
            text.append(contentsOf: part.utf8)
            text.append(UInt8(ascii: terminator))
        }
        append(method, "\n")
        append(canonicalPath(path), "\n")
        append(canonicalQuery(query), "\n")
        for name in signedHeaders {
            append(name, ":")
            for (index, value) in (headers[name] ?? []).enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                text.append(contentsOf: collapsed(value))
            }
            text.append(UInt8(ascii: "\n"))
        }
        text.append(UInt8(ascii: "\n"))
        append(signedHeaders.joined(separator: ";"), "\n")
        text.append(contentsOf: payloadHash.utf8)
        return text
    }

    /// By lowercase name, values in the order of the request.
    package static func grouped(_ headers: [(name: String, value: String)]) -> [String: [String]] {
        var grouped: [String: [String]] = [:]
        for header in headers { grouped[header.name.lowercased(), default: []].append(header.value) }
        return grouped
    }

    /// Without white space at the ends, and with one space for each run of it.
    package static func collapsed(_ value: String) -> [UInt8] {
        var collapsed: [UInt8] = []
        var isAfterSpace = false
        for byte in value.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                isAfterSpace = true
                continue
            }
            if isAfterSpace, !collapsed.isEmpty { collapsed.append(0x20) }
            isAfterSpace = false
            collapsed.append(byte)
        }
        return collapsed
    }

    /// Dot segments and doubled slashes are resolved, and what the client sent is percent-encoded once more: every service
    /// but S3 signs the path twice encoded.
    package static func canonicalPath(_ path: String) -> String {
        if path.isEmpty || path == "/" { return "/" }
        var segments: [Substring] = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: true) where segment != "." {
            if segment == ".." {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        let tail = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.map { percentEncoded($0.utf8) }.joined(separator: "/") + tail
    }

    /// Sorted by encoded name, then by encoded value. What is sent unencoded is encoded, what is sent encoded stays so.
    package static func canonicalQuery(_ query: String) -> String {
        if query.isEmpty { return "" }
        let pairs = query.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? percentEncoded(percentDecoded(parts[1])) : ""
            return (name: percentEncoded(percentDecoded(parts[0])), value: value)
        }
        return pairs.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// RFC 3986: everything but the unreserved characters becomes %XX, in capitals.
    package static func percentEncoded<Bytes: Sequence<UInt8>>(_ bytes: Bytes) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// A percent sign that no two hexadecimal digits follow stands for itself.
    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        let utf8 = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < utf8.count {
            if utf8[index] == UInt8(ascii: "%"), index + 2 < utf8.count,
                let high = hexadecimalValue(utf8[index + 1]), let low = hexadecimalValue(utf8[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(utf8[index])
                index += 1
            }
        }
        return decoded
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
