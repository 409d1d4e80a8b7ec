internal import CCurl

/// A request whose URL, method and headers have been checked, in the form that curl takes.
struct PreparedRequest: Sendable {
    let method: String
    let url: String
    let hostAndPort: String
    let headerLines: [String]
    let body: [UInt8]

    init(_ request: ClientRequest) throws(HTTPClientError) {
        hostAndPort = Self.hostAndPort(of: request.url) ?? ""
        let target = hostAndPort
        func refuse(_ reason: String) -> HTTPClientError {
            HTTPClientError(.invalidRequest, hostAndPort: target, reason: reason)
        }
        guard !target.isEmpty, request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse("the URL is not a well-formed http or https URL")
        }
        guard Self.isToken(request.method) else { throw refuse("the method is not a token") }
        var lines: [String] = []
        for header in request.headers {
            guard Self.isToken(header.name) else { throw refuse("a header name is not a token") }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refuse("the value of header \(header.name) holds a control character")
            }
            // "Name:" would make curl drop the header; "Name;" sends it without a value.
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        let names = request.headers.map { $0.name.lowercased() }
        // curl would claim that every body is a web form.
        if !names.contains("content-type") { lines.append("Content-Type:") }
        headerLines = lines
        method = request.method
        url = request.url
        body = request.body
    }

    /// Nil if curl cannot read the URL, or its scheme is neither http nor https.
    private static func hostAndPort(of url: String) -> String? {
        guard let parsed = curl_url() else { return nil }
        defer { curl_url_cleanup(parsed) }
        guard curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME, of: parsed), scheme == "http" || scheme == "https",
            let host = part(CURLUPART_HOST, of: parsed),
            let port = part(CURLUPART_PORT, of: parsed, UInt32(CURLU_DEFAULT_PORT))
        else { return nil }
        return "\(host):\(port)"
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
