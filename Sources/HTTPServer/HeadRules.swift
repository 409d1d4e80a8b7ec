/// What HTTP (RFC 9110 and 9112) demands of a request's head, as pure checks on bytes. libmicrohttpd 0.9.75 lets most of
/// these through, and two parsers that disagree about where a request ends is how requests are smuggled.
enum HeadRules {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// How the head says that the body is framed.
    enum Framing: Equatable {
        case none
        case length(UInt64)
        case chunked
    }

    /// Why a head is refused; the text is a constant and is shown to the client.
    struct Refusal: Error, Equatable {
        let reason: String
    }

    struct Field {
        let name: Bytes
        let value: Bytes
    }

    static func checkRequestLine(method: Bytes, target: Bytes, version: Bytes) throws(Refusal) {
        guard !method.isEmpty, method.allSatisfy(isTokenCharacter) else {
            throw Refusal(reason: "the method is not a token")
        }
        // Clients percent-encode all else; a raw 8-bit byte would mean different things to different readers.
        guard let first = target.first, target.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Refusal(reason: "the request target holds a blank, a control or an 8-bit character")
        }
        let isAsterisk = target.count == 1 && first == UInt8(ascii: "*")
        guard first == UInt8(ascii: "/") || isAsterisk || isAbsoluteForm(target) else {
            throw Refusal(reason: "the request target is neither a path nor an http URL")
        }
        guard version.elementsEqual("HTTP/1.1".utf8) || version.elementsEqual("HTTP/1.0".utf8) else {
            throw Refusal(reason: "the version is neither HTTP/1.1 nor HTTP/1.0")
        }
    }

    /// Checks every field, and the fields that may not be repeated or combined.
    static func checkFields(_ fields: [Field], isVersion11: Bool) throws(Refusal) -> Framing {
        var length: UInt64?
        var isChunked = false
        var hosts = 0
        for field in fields {
            guard !field.name.isEmpty, field.name.allSatisfy(isTokenCharacter) else {
                throw Refusal(reason: "a header name is not a token")
            }
            guard field.value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw Refusal(reason: "a header value holds a control character")
            }
            if matches(field.name, "content-length") {
                guard length == nil else { throw Refusal(reason: "Content-Length is repeated") }
                length = try decimal(trimmed(field.value))
            } else if matches(field.name, "transfer-encoding") {
                guard !isChunked, matches(trimmed(field.value), "chunked") else {
                    throw Refusal(reason: "Transfer-Encoding is not a single chunked")
                }
                isChunked = true
            } else if matches(field.name, "host") {
                hosts += 1
                guard hosts == 1 else { throw Refusal(reason: "Host is repeated") }
                guard isHost(trimmed(field.value)) else { throw Refusal(reason: "Host is malformed") }
            }
        }
        guard hosts == 1 || !isVersion11 else { throw Refusal(reason: "Host is missing") }
        guard isChunked else { return length.map { $0 == 0 ? .none : .length($0) } ?? .none }
        guard length == nil else { throw Refusal(reason: "Content-Length and Transfer-Encoding are both given") }
        guard isVersion11 else { throw Refusal(reason: "Transfer-Encoding needs HTTP/1.1") }
        return .chunked
    }

    /// Digits only: no sign, no blank, no list, and nothing that does not fit 63 bits.
    private static func decimal(_ value: Bytes) throws(Refusal) -> UInt64 {
        guard !value.isEmpty, value.count <= 18, value.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw Refusal(reason: "Content-Length is not a number")
        }
        return value.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }

    private static func isHost(_ value: Bytes) -> Bool {
        !value.isEmpty
            && value.allSatisfy { byte in
                isAlphanumeric(byte) || "-._~:[]%!$&'()*+;=".utf8.contains(byte)
            }
    }

    private static func isAbsoluteForm(_ target: Bytes) -> Bool {
        matches(Bytes(rebasing: target.prefix(7)), "http://")
            || matches(Bytes(rebasing: target.prefix(8)), "https://")
    }

    /// RFC 9110, section 5.6.2.
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
    }

    /// `lowercase` must be in lower case already.
    static func matches(_ bytes: Bytes, _ lowercase: StaticString) -> Bool {
        bytes.count == lowercase.utf8CodeUnitCount
            && lowercase.withUTF8Buffer { expected in
                zip(bytes, expected).allSatisfy { asciiLowercase($0) == $1 }
            }
    }

    static func trimmed(_ bytes: Bytes) -> Bytes {
        var slice = bytes[...]
        while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
        return Bytes(rebasing: slice)
    }
}
