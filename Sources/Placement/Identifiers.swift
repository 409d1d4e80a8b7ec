/// The id of a container instance: the last part of its ARN. The index treats it as an opaque name.
///
/// Those that ECS makes are 32 hexadecimal digits and are kept as a number: every placement hands one out, and a copy of a
/// text counts a reference in memory that no cache has.
package struct HostID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    private enum Name: Hashable, Sendable {
        case digits(TaskID)
        case text(String)
    }

    private static let upperCaseDigits = UInt8(ascii: "A")...UInt8(ascii: "F")

    private let name: Name

    package var value: String {
        switch name {
        case .digits(let digits): digits.description
        case .text(let text): text
        }
    }

    package init(_ value: String) {
        // Upper-case digits would not come back.
        if let digits = TaskID(value), !value.utf8.contains(where: Self.upperCaseDigits.contains) {
            name = .digits(digits)
        } else {
            name = .text(value)
        }
    }

    package var description: String { value }

    package static func < (left: HostID, right: HostID) -> Bool {
        if case .digits(let left) = left.name, case .digits(let right) = right.name { return left < right }
        return left.value < right.value
    }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// The id of a task: the last part of its ARN, 32 hexadecimal digits.
///
/// Kept as 128 bits instead of a `String`: the index has one entry a task, and with millions of tasks
/// a pointer to follow for every comparison is most of what a look-up costs.
package struct TaskID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// As its 32 digits.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = TaskID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not the id of a task")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Nil unless `text` is exactly 32 hexadecimal digits. Upper-case digits are read, lower-case ones are written.
    package init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
            count += 1
            if count > 32 { return nil }
        }
        guard count == 32 else { return nil }
        self.init(high: high, low: low)
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            for digit in 0..<32 {
                let word = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (digit & 15))) & 15
                buffer[digit] = value < 10 ? 48 + value : 87 + value
            }
            return 32
        }
    }

    package static func < (left: TaskID, right: TaskID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
