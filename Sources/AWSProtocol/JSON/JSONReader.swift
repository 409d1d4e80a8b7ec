import AWSModels
import FoundationEssentials

/// Reads shapes out of JSON text (RFC 8259), strictly, in one pass.
///
/// Whatever the bytes are, it ends in a value or a ``Failure``: depth is bounded, numbers are checked against the type
/// that is asked for, strings must be UTF-8 without lone surrogates.
struct JSONReader: ShapeReader {
    struct Failure: Error {
        var message: String
    }

    /// Deeper than any shape; what is deeper can only be in members that nobody knows.
    private static let depthLimit = 128

    private let text: [UInt8]
    private var position = 0
    private var depth = 0
    /// Where in the document, for messages: `containerDefinitions[0].name`.
    private var path: [PathPart] = []

    private enum PathPart {
        case member(String)
        case index(Int)
    }

    init(_ text: [UInt8]) { self.text = text }

    mutating func finish() throws {
        skipBlanks()
        if position < text.count { throw failure("there is something after the end of the JSON document") }
    }

    // MARK: ShapeReader

    mutating func read<Value: ShapeValue>(_ slot: inout Value?) throws {
        skipBlanks()
        if try takeNull() {
            slot = nil
        } else {
            slot = try Value.read(from: &self)
        }
    }

    mutating func readString() throws -> String {
        skipBlanks()
        guard peek == UInt8(ascii: "\"") else { throw mismatch("a string") }
        return try string()
    }

    mutating func readInteger() throws -> Int { Int(try integer(Int32.self, "a 32-bit integer")) }

    mutating func readLong() throws -> Int64 { try integer(Int64.self, "a 64-bit integer") }

    private mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type, _ what: String) throws -> Number {
        let token = try number(what)
        if let value = Number(token) { return value }
        // 5.0 and 5e0 are integers too, as AWS reads them.
        if let real = Double(token), real.isFinite, let value = Number(exactly: real) { return value }
        throw failure("\(token.prefix(40)) is not \(what)")
    }

    mutating func readDouble() throws -> Double {
        let token = try number("a number")
        guard let value = Double(token), value.isFinite else { throw failure("\(token.prefix(40)) is too large") }
        return value
    }

    mutating func readBoolean() throws -> Bool {
        skipBlanks()
        if take("true") { return true }
        if take("false") { return false }
        throw mismatch("true or false")
    }

    mutating func readTimestamp() throws -> Date {
        skipBlanks()
        let seconds = try readDouble()
        // From the year 1 to the year 9999: what every date library can hold.
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { throw failure("\(seconds) is no date") }
        return Date(timeIntervalSince1970: seconds)
    }

    mutating func readBlob() throws -> Data {
        guard let data = Data(base64Encoded: try readString()) else { throw failure("the value is not base64") }
        return data
    }

    mutating func readList<Element: ShapeValue>() throws -> [Element] {
        var elements: [Element] = []
        try list { reader in elements.append(try Element.read(from: &reader)) }
        return elements
    }

    mutating func readMap<Value: ShapeValue>() throws -> [String: Value] {
        var values: [String: Value] = [:]
        try object { name, reader in
            reader.skipBlanks()
            if try !reader.takeNull() { values[name] = try Value.read(from: &reader) }
        }
        return values
    }

    mutating func readStructure<Shape: AWSShape>() throws -> Shape {
        var shape = Shape()
        try object { name, reader in
            if try !shape.readMember(name, from: &reader) { try reader.skipValue() }
        }
        return shape
    }

    mutating func readDocument() throws -> AWSDocument {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return .object(try readMap())
        case UInt8(ascii: "["): return .array(try readList())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean(try readBoolean())
        case UInt8(ascii: "n"):
            if try takeNull() { return .null }
            throw mismatch("a value")
        default:
            let token = try number("a value")
            if let integer = Int64(token) { return .integer(integer) }
            guard let real = Double(token), real.isFinite else { throw failure("\(token.prefix(40)) is too large") }
            return .double(real)
        }
    }

    // MARK: Structure

    private mutating func object(_ member: (String, inout JSONReader) throws -> Void) throws {
        skipBlanks()
        guard takeByte("{") else { throw mismatch("an object") }
        try enter()
        skipBlanks()
        if takeByte("}") { return leave() }
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else { throw syntax("the name of a member") }
            let name = try string()
            skipBlanks()
            guard takeByte(":") else { throw syntax("a colon") }
            path.append(.member(name))
            try member(name, &self)
            path.removeLast()
            skipBlanks()
            if takeByte("}") { return leave() }
            guard takeByte(",") else { throw syntax("a comma or the end of the object") }
        }
    }

    private mutating func list(_ element: (inout JSONReader) throws -> Void) throws {
        skipBlanks()
        guard takeByte("[") else { throw mismatch("a list") }
        try enter()
        skipBlanks()
        if takeByte("]") { return leave() }
        var index = 0
        while true {
            path.append(.index(index))
            try element(&self)
            path.removeLast()
            index += 1
            skipBlanks()
            if takeByte("]") { return leave() }
            guard takeByte(",") else { throw syntax("a comma or the end of the list") }
        }
    }

    private mutating func enter() throws {
        depth += 1
        if depth > Self.depthLimit { throw failure("the document is nested more than \(Self.depthLimit) deep") }
    }

    private mutating func leave() { depth -= 1 }

    private mutating func skipValue() throws {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): try object { _, reader in try reader.skipValue() }
        case UInt8(ascii: "["): try list { reader in try reader.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try readBoolean()
        case UInt8(ascii: "n"): if try !takeNull() { throw mismatch("a value") }
        default: _ = try number("a value")
        }
    }

    // MARK: Tokens

    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipBlanks() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func takeByte(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= text.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where text[position + offset] != word.utf8Start[offset] { return false }
        position = end
        return true
    }

    private mutating func takeNull() throws -> Bool {
        guard peek == UInt8(ascii: "n") else { return false }
        guard take("null") else { throw syntax("null") }
        return true
    }

    private mutating func number(_ what: String) throws -> String {
        skipBlanks()
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        takeDigits()
        guard position > firstDigit else {
            position = start
            throw mismatch(what)
        }
        if text[firstDigit] == UInt8(ascii: "0"), position - firstDigit > 1 { throw syntax("a number without leading zeros") }
        if peek == UInt8(ascii: ".") {
            position += 1
            let fraction = position
            takeDigits()
            guard position > fraction else { throw syntax("a digit") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            let exponent = position
            takeDigits()
            guard position > exponent else { throw syntax("a digit") }
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func takeDigits() {
        while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
    }

    /// The string that begins here, its quotes included.
    private mutating func string() throws -> String {
        position += 1
        let start = position
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return try utf8(text[start..<position])
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw syntax("no control character in a string")
            default: position += 1
            }
        }
        throw syntax("the end of a string")
    }

    private mutating func escapedString(from start: Int) throws -> String {
        var bytes = Array(text[start..<position])
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try utf8(bytes[...])
            case UInt8(ascii: "\\"): try bytes.append(contentsOf: escape())
            case 0..<0x20: throw syntax("no control character in a string")
            default: bytes.append(byte)
            }
        }
        throw syntax("the end of a string")
    }

    private mutating func escape() throws -> [UInt8] {
        guard let byte = peek else { throw syntax("the end of a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var value = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(value), take("\\u") {
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else { throw failure("a string has a lone surrogate") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw failure("a string has a lone surrogate") }
            return Array(String(scalar).utf8)
        default: throw syntax("an escape that JSON has")
        }
    }

    private mutating func hexadecimal() throws -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw syntax("four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    private func utf8(_ bytes: ArraySlice<UInt8>) throws -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return string
    }

    // MARK: Saying what is wrong

    private func failure(_ problem: String) -> Failure {
        var place = ""
        for part in path {
            switch part {
            case .member(let name): place += (place.isEmpty ? "" : ".") + name.prefix(64)
            case .index(let index): place += "[\(index)]"
            }
        }
        return Failure(message: place.isEmpty ? problem : "\(place): \(problem)")
    }

    private func mismatch(_ expected: String) -> Failure {
        let found =
            switch peek {
            case nil: "the end of the document"
            case UInt8(ascii: "{")?: "an object"
            case UInt8(ascii: "[")?: "a list"
            case UInt8(ascii: "\"")?: "a string"
            case UInt8(ascii: "t")?, UInt8(ascii: "f")?: "a boolean"
            case UInt8(ascii: "n")?: "null"
            case UInt8(ascii: "-")?, (0x30...0x39)?: "a number"
            default: "something that is not JSON"
            }
        return failure("expected \(expected), found \(found)")
    }

    private func syntax(_ expected: String) -> Failure {
        failure("the document is not JSON: expected \(expected) at byte \(position)")
    }
}
