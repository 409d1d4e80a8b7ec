#if canImport(Glibc)
    import Glibc
#endif

/// Reads JSON text (RFC 8259) strictly, token by token, out of one body. Bounds-checked throughout; see
/// `JSONReader+Shapes.swift` for what the generated types call.
package struct JSONReader {
    /// The deepest real request, RegisterTaskDefinition, nests nine levels.
    static let maximumDepth = 100
    /// Entries of all lists and maps of a body together. An empty structure takes three bytes of JSON and up to a kibibyte
    /// in memory, so a body of a mebibyte could ask for hundreds; this bounds it to some tens.
    static let maximumElements = 65_536
    /// No number that anyone means is longer.
    private static let maximumNumberBytes = 512

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var elements = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Tokens

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func malformed(_ what: String) -> JSONReadError {
        JSONReadError("Malformed JSON: \(what) at byte \(position)")
    }

    /// The next byte that is not white space; it stays unread.
    package mutating func peek() throws -> UInt8 {
        skipWhitespace()
        guard let byte = next else { throw malformed("unexpected end") }
        return byte
    }

    mutating func expect(_ byte: UInt8) throws {
        guard try peek() == byte else { throw malformed("expected \"\(Character(Unicode.Scalar(byte)))\"") }
        position += 1
    }

    mutating func takeIf(_ byte: UInt8) throws -> Bool {
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    /// Takes `null` if it is next.
    package mutating func takeNull() throws -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    mutating func literal(_ text: StaticString) throws {
        let end = position + text.utf8CodeUnitCount
        let isThere =
            end <= bytes.count
            && text.withUTF8Buffer { expected in bytes[position..<end].elementsEqual(expected) }
        guard isThere else { throw malformed("expected \(text)") }
        position = end
    }

    package mutating func finish() throws {
        skipWhitespace()
        if next != nil { throw malformed("text after the end of the object") }
    }

    // MARK: Structure

    /// Calls `member` for each member with its name; it must take the value. The opening brace is still unread.
    package mutating func object(_ member: (String, inout JSONReader) throws -> Void) throws {
        try expect(UInt8(ascii: "{"))
        try descend()
        if try !takeIf(UInt8(ascii: "}")) {
            repeat {
                guard try peek() == UInt8(ascii: "\"") else { throw malformed("expected a member's name") }
                let name = try string()
                try expect(UInt8(ascii: ":"))
                do {
                    try member(name, &self)
                } catch let error as JSONReadError {
                    throw error.inside(.member(name))
                }
            } while try takeIf(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"))
        }
        depth -= 1
    }

    /// Calls `element` for each element; it must take the value. The opening bracket is still unread.
    package mutating func array(_ element: (inout JSONReader) throws -> Void) throws {
        try expect(UInt8(ascii: "["))
        try descend()
        if try !takeIf(UInt8(ascii: "]")) {
            var index = 0
            repeat {
                do {
                    try countElement()
                    try element(&self)
                } catch let error as JSONReadError {
                    throw error.inside(.index(index))
                }
                index += 1
            } while try takeIf(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        }
        depth -= 1
    }

    mutating func countElement() throws {
        elements += 1
        if elements > Self.maximumElements {
            throw JSONReadError("more than \(Self.maximumElements) list and map entries")
        }
    }

    private mutating func descend() throws {
        depth += 1
        if depth > Self.maximumDepth { throw JSONReadError("nested deeper than \(Self.maximumDepth) levels") }
    }

    /// Takes a value of any type that nobody asked for; it must be well-formed all the same.
    package mutating func skipValue() throws {
        switch try peek() {
        case UInt8(ascii: "{"): try object { _, reader in try reader.skipValue() }
        case UInt8(ascii: "["): try array { reader in try reader.skipValue() }
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }

    /// Takes a value of any type, as the text that it is.
    package mutating func takeText() throws -> ArraySlice<UInt8> {
        try withText { try $0.skipValue() }.text
    }

    /// Takes a list or a structure if it is next and spelled exactly so.
    ///
    /// - Parameter text: a whole list or structure, well-formed.
    package mutating func takeIf(text: [UInt8]) -> Bool {
        let end = position + text.count
        guard end <= bytes.count else { return false }
        let isThere = bytes.withUnsafeBytes { bytes in
            text.withUnsafeBytes { text in
                guard let there = text.baseAddress, let here = bytes.baseAddress else { return false }
                return memcmp(there, here + position, text.count) == 0
            }
        }
        if isThere { position = end }
        return isThere
    }

    /// Takes a value with `body`.
    ///
    /// - Returns: what that gave, and the text that the value is.
    package mutating func withText<Value>(
        _ body: (inout JSONReader) throws -> Value
    ) throws -> (value: Value, text: ArraySlice<UInt8>) {
        _ = try peek()
        let start = position
        let value = try body(&self)
        return (value, bytes[start..<position])
    }

    // MARK: Numbers

    /// The text of a number, checked against the grammar, and whether it has neither fraction nor exponent.
    mutating func number() throws -> (text: ArraySlice<UInt8>, isInteger: Bool) {
        skipWhitespace()
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits("a value")
        }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits("a digit")
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits("a digit")
        }
        guard position - start <= Self.maximumNumberBytes else { throw JSONReadError("the number is too long") }
        return (bytes[start..<position], isInteger)
    }

    private mutating func digits(_ expected: String) throws {
        let start = position
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        if position == start { throw malformed("expected \(expected)") }
    }

    // MARK: Strings

    /// The opening quote is next.
    mutating func string() throws -> String {
        position += 1
        let start = position
        let isPlain = passPlainText()
        guard next == UInt8(ascii: "\"") else { return try stringWithEscapes(from: start) }
        position += 1
        let utf8 = start..<(position - 1)
        // Most text is ASCII, which is valid as it stands.
        return isPlain ? bytes.withUnsafeBufferPointer { Self.decode($0, utf8) } : try text(bytes[utf8])
    }

    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }

    /// Goes on to the first byte that ends a string or is special in it.
    ///
    /// - Returns: whether all that was passed is ASCII.
    private mutating func passPlainText() -> Bool {
        var seen: UInt8 = 0
        position = bytes.withUnsafeBufferPointer { bytes in
            var end = position
            while end < bytes.count {
                let byte = bytes[end]
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
                seen |= byte
                end += 1
            }
            return end
        }
        return seen < 0x80
    }

    /// What ``string()`` does, without making a text of it where there is no need to look at it.
    private mutating func skipString() throws {
        let start = position
        position += 1
        if passPlainText(), next == UInt8(ascii: "\"") {
            position += 1
        } else {
            position = start
            _ = try string()
        }
    }

    private func text(_ utf8: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw malformed("invalid UTF-8 in a string") }
        return text
    }

    /// The rare rest of `string()`: what is before `position` is plain text from `start` on.
    private mutating func stringWithEscapes(from start: Int) throws -> String {
        var utf8 = Array(bytes[start..<position])
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(utf8[...])
            case UInt8(ascii: "\\"): try escape(into: &utf8)
            case 0..<0x20: throw malformed("a control character in a string")
            default: utf8.append(byte)
            }
        }
        throw malformed("unexpected end of a string")
    }

    private mutating func escape(into utf8: inout [UInt8]) throws {
        guard let byte = next else { throw malformed("unexpected end of a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): utf8.append(byte)
        case UInt8(ascii: "b"): utf8.append(0x08)
        case UInt8(ascii: "f"): utf8.append(0x0C)
        case UInt8(ascii: "n"): utf8.append(0x0A)
        case UInt8(ascii: "r"): utf8.append(0x0D)
        case UInt8(ascii: "t"): utf8.append(0x09)
        case UInt8(ascii: "u"): utf8.append(contentsOf: String(Character(try escapedScalar())).utf8)
        default: throw malformed("an unknown escape")
        }
    }

    private mutating func escapedScalar() throws -> Unicode.Scalar {
        var value = try hexadecimalUnit()
        if (0xD800..<0xDC00).contains(value), next == UInt8(ascii: "\\") {
            position += 1
            guard next == UInt8(ascii: "u") else { throw malformed("an unpaired surrogate") }
            position += 1
            let low = try hexadecimalUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw malformed("an unpaired surrogate") }
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw malformed("an unpaired surrogate") }
        return scalar
    }

    private mutating func hexadecimalUnit() throws -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw malformed("expected a hexadecimal digit")
            }
            unit = unit << 4 + UInt32(digit)
            position += 1
        }
        return unit
    }
}
