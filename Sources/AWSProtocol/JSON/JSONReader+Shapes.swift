package import AWSModels
package import FoundationEssentials

extension JSONReader: ShapeReader {
    /// What AWS calls the value that is next, in its own error messages.
    private mutating func nextTokenName() throws -> String? {
        switch try peek() {
        case UInt8(ascii: "{"): "START_OBJECT"
        case UInt8(ascii: "["): "START_ARRAY"
        case UInt8(ascii: "\""): "STRING_VALUE"
        case UInt8(ascii: "t"): "TRUE_VALUE"
        case UInt8(ascii: "f"): "FALSE_VALUE"
        case UInt8(ascii: "n"): "NULL_VALUE"
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): "NUMBER_VALUE"
        default: nil
        }
    }

    /// Throws for a value of another type than `expected`.
    private mutating func mismatch(_ expected: String) throws -> JSONReadError {
        guard let name = try nextTokenName() else {
            try skipValue()  // Not JSON at all: this throws what is wrong with it.
            return JSONReadError("can not be converted to \(expected)")
        }
        return JSONReadError("\(name) can not be converted to \(expected)")
    }

    package mutating func read<Value: ShapeValue>(_ slot: inout Value?) throws {
        slot = try Value.read(from: &self)
    }

    package mutating func readString() throws -> String {
        guard try peek() == UInt8(ascii: "\"") else { throw try mismatch("a String") }
        return try string()
    }

    package mutating func readBoolean() throws -> Bool {
        switch try peek() {
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw try mismatch("a Boolean")
        }
        return true
    }

    // MARK: Numbers

    private mutating func takeNumber(_ expected: String) throws -> (text: ArraySlice<UInt8>, isInteger: Bool) {
        guard try nextTokenName() == "NUMBER_VALUE" else { throw try mismatch(expected) }
        return try number()
    }

    private func double(_ text: ArraySlice<UInt8>) throws -> Double {
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
            throw JSONReadError("the number is too large")
        }
        return value
    }

    package mutating func readInteger() throws -> Int {
        let value = try wholeNumber("an Integer")
        guard let integer = Int32(exactly: value) else { throw JSONReadError("the number does not fit an Integer") }
        return Int(integer)
    }

    package mutating func readLong() throws -> Int64 {
        try wholeNumber("a Long")
    }

    /// 1.0 and 1e3 are whole numbers too; 1.5 is not, and is not rounded behind the client's back.
    private mutating func wholeNumber(_ expected: String) throws -> Int64 {
        let (text, isInteger) = try takeNumber(expected)
        if isInteger {
            guard let value = Int64(String(decoding: text, as: UTF8.self)) else {
                throw JSONReadError("the number does not fit \(expected)")
            }
            return value
        }
        guard let value = Int64(exactly: try double(text)) else {
            throw JSONReadError("the number can not be converted to \(expected)")
        }
        return value
    }

    package mutating func readDouble() throws -> Double {
        try double(try takeNumber("a Double").text)
    }

    /// From year 1 to year 9999, so that no later arithmetic or formatting has to think of more.
    private static let timestamps = -62_135_596_800.0...253_402_300_799.999

    package mutating func readTimestamp() throws -> Date {
        let seconds = try double(try takeNumber("a Timestamp").text)
        guard Self.timestamps.contains(seconds) else { throw JSONReadError("the timestamp is out of range") }
        return Date(timeIntervalSince1970: seconds)
    }

    package mutating func readBlob() throws -> Data {
        guard try peek() == UInt8(ascii: "\"") else { throw try mismatch("a Blob") }
        guard let data = Data(base64Encoded: try string()) else { throw JSONReadError("the text is not base64") }
        return data
    }

    // MARK: Aggregates

    package mutating func readStructure<Shape: AWSShape>() throws -> Shape {
        guard try peek() == UInt8(ascii: "{") else { throw try mismatch("a Structure") }
        var shape = Shape()
        try object { name, reader in
            if try reader.takeNull() { return }
            if try !shape.readMember(name, from: &reader) { try reader.skipValue() }
        }
        return shape
    }

    package mutating func readList<Element: ShapeValue>() throws -> [Element] {
        guard try peek() == UInt8(ascii: "[") else { throw try mismatch("a List") }
        var elements: [Element] = []
        try array { reader in elements.append(try Element.read(from: &reader)) }
        return elements
    }

    package mutating func readMap<Value: ShapeValue>() throws -> [String: Value] {
        guard try peek() == UInt8(ascii: "{") else { throw try mismatch("a Map") }
        var values: [String: Value] = [:]
        try object { name, reader in
            try reader.countElement()
            values[name] = try Value.read(from: &reader)
        }
        return values
    }

    package mutating func readDocument() throws -> AWSDocument {
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try readMap())
        case UInt8(ascii: "["): return .array(try readList())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean(try readBoolean())
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        default:
            let (text, isInteger) = try number()
            if isInteger, let value = Int64(String(decoding: text, as: UTF8.self)) { return .integer(value) }
            return .double(try double(text))
        }
    }
}
