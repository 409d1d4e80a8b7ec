internal import CMicroHTTPD

/// A head that has passed every check.
struct RequestHead {
    let request: Request
    let framing: HeadRules.Framing
}

/// Reads a head out of libmicrohttpd at the first call of the access handler.
///
/// The parser in 0.9.75 hides some faults: a bare LF ends a line, a NUL ends a value, a folded line is glued to the
/// field's *name*, several blanks may separate the parts of the request line. But it parses in place and gives pointers
/// into the client's own bytes, in which only the separators have been overwritten. So the head was regular exactly if
/// every part starts where the one before it, plus its regular separator, ends, and the last ends where the head does.
struct RequestHeadReader {
    let connection: OpaquePointer
    let method: UnsafePointer<CChar>
    let url: UnsafePointer<CChar>
    let version: UnsafePointer<CChar>
    /// The target as it was before libmicrohttpd decoded it in place.
    let target: [UInt8]
    let remoteAddress: String

    enum Failure: Error {
        case malformed(String)
        case tooLarge
    }

    func read(limitBytes: Int) throws(Failure) -> RequestHead {
        let headBytes = stevedore_mhd_header_bytes(connection)
        guard headBytes <= limitBytes else { throw .tooLarge }
        let fields = fields()
        do throws(HeadRules.Refusal) {
            let framing = try check(fields)
            guard !Self.parsesInPlace || isRegular(fields, headBytes: headBytes) else {
                throw HeadRules.Refusal(reason: "a line is folded, or ends without CR LF, or holds a NUL")
            }
            return RequestHead(request: request(fields), framing: framing)
        } catch {
            throw .malformed(error.reason)
        }
    }

    private func check(_ fields: [HeadRules.Field]) throws(HeadRules.Refusal) -> HeadRules.Framing {
        let version = bytes(version)
        let result: Result<Void, HeadRules.Refusal> = target.withUnsafeBufferPointer { target in
            Result { () throws(HeadRules.Refusal) in
                try HeadRules.checkRequestLine(method: bytes(method), target: target, version: version)
            }
        }
        try result.get()
        return try HeadRules.checkFields(fields, isVersion11: version.elementsEqual("HTTP/1.1".utf8))
    }

    /// True for the one release whose parser was read and found to work as the type's comment says. Releases from 1.0.0
    /// on refuse these faults themselves.
    private static let parsesInPlace = String(cString: MHD_get_version()) == "0.9.75"

    private func isRegular(_ fields: [HeadRules.Field], headBytes: Int) -> Bool {
        let start = UInt(bitPattern: method)
        var expected = start + UInt(strlen(method)) + 1
        guard UInt(bitPattern: url) == expected else { return false }
        expected += UInt(target.count) + 1
        guard UInt(bitPattern: version) == expected else { return false }
        expected += UInt(strlen(version)) + 2
        for field in fields {
            guard UInt(bitPattern: field.name.baseAddress) == expected else { return false }
            expected += UInt(field.name.count) + 1
            let value = UInt(bitPattern: field.value.baseAddress)
            guard value >= expected, value <= start + UInt(headBytes) else { return false }
            expected = value + UInt(field.value.count) + 2
        }
        return expected + 2 == start + UInt(headBytes)
    }

    private func fields() -> [HeadRules.Field] {
        var fields: [HeadRules.Field] = []
        fields.reserveCapacity(24)
        withUnsafeMutablePointer(to: &fields) { pointer in
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, collectField, pointer)
        }
        return fields
    }

    private func bytes(_ text: UnsafePointer<CChar>) -> HeadRules.Bytes {
        HeadRules.Bytes(start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: strlen(text))
    }

    private func request(_ fields: [HeadRules.Field]) -> Request {
        var path = target[...]
        if target.first == UInt8(ascii: "h") || target.first == UInt8(ascii: "H") {
            let authority = path.dropFirst(target[4] == UInt8(ascii: ":") ? 7 : 8)
            path = authority.drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        }
        let mark = path.firstIndex(of: UInt8(ascii: "?"))
        let bare = path[..<(mark ?? path.endIndex)]
        return Request(
            method: String(cString: method),
            path: bare.isEmpty ? "/" : String(decoding: bare, as: UTF8.self),
            query: mark.map { String(decoding: path[($0 + 1)...], as: UTF8.self) },
            version: String(cString: version),
            headers: HeaderList(fields.map { HeaderList.Field(text($0.name), text(HeadRules.trimmed($0.value))) }),
            remoteAddress: remoteAddress)
    }

    private func text(_ bytes: HeadRules.Bytes) -> String {
        String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map(Unicode.Scalar.init)))
    }
}

/// libmicrohttpd calls this once a field, on the thread that reads the head.
private func collectField(
    _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind,
    _ name: UnsafePointer<CChar>?, _ nameSize: Int, _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    guard let context, let name else { return .YES }
    let pointer = UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
    let valuePointer = UnsafeRawPointer(value)?.assumingMemoryBound(to: UInt8.self)
    context.assumingMemoryBound(to: [HeadRules.Field].self).pointee.append(
        HeadRules.Field(
            name: HeadRules.Bytes(start: pointer, count: nameSize),
            value: HeadRules.Bytes(start: valuePointer, count: valuePointer == nil ? 0 : valueSize)))
    return .YES
}
