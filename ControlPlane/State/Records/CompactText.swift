/// Texts that are mostly hexadecimal digits, without an allocation where they are: the ids of containers, which are
/// UUIDs, those of a runtime, which have 64 digits, and the digests of images, `sha256:` and 64 digits.
package enum CompactText: Hashable, Sendable {
    package struct Digits: Hashable, Sendable {
        var words: (UInt64, UInt64, UInt64, UInt64)

        package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
    }

    case none
    case uuid(UInt64, UInt64)
    case digits(Digits)
    case sha256(Digits)
    case text(String)

    package init(_ text: String?) {
        guard let text else {
            self = .none
            return
        }
        var copy = text
        self = copy.withUTF8 { Self.compact($0) } ?? .text(text)
    }

    init(utf8: UnsafeBufferPointer<UInt8>) {
        self = Self.compact(utf8) ?? .text(String(decoding: utf8, as: UTF8.self))
    }

    private static func compact(_ utf8: UnsafeBufferPointer<UInt8>) -> CompactText? {
        switch utf8.count {
        case 36:
            let dash = UInt8(ascii: "-")
            guard utf8[8] == dash, utf8[13] == dash, utf8[18] == dash, utf8[23] == dash,
                let first = word(utf8, 0, 8), let second = word(utf8, 9, 4), let third = word(utf8, 14, 4),
                let fourth = word(utf8, 19, 4), let fifth = word(utf8, 24, 12)
            else { return nil }
            return .uuid(first << 32 | second << 16 | third, fourth << 48 | fifth)
        case 64: return digits(utf8, from: 0).map { .digits($0) }
        case 71:
            guard utf8.starts(with: "sha256:".utf8) else { return nil }
            return digits(utf8, from: 7).map { .sha256($0) }
        default: return nil
        }
    }

    package var string: String? {
        switch self {
        case .none: nil
        case .text(let text): text
        default: withBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Its UTF-8; empty for none.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 72) { buffer in
            switch self {
            case .none: return body(UnsafeBufferPointer(rebasing: buffer[..<0]))
            case .text(var text): return text.withUTF8 { body($0) }
            case .uuid(let high, let low):
                Self.write(high >> 32, 8, to: buffer, 0)
                Self.write(high >> 16, 4, to: buffer, 9)
                Self.write(high, 4, to: buffer, 14)
                Self.write(low >> 48, 4, to: buffer, 19)
                Self.write(low, 12, to: buffer, 24)
                for dash in [8, 13, 18, 23] { buffer[dash] = UInt8(ascii: "-") }
                return body(UnsafeBufferPointer(rebasing: buffer[..<36]))
            case .digits(let digits):
                Self.write(digits, to: buffer, 0)
                return body(UnsafeBufferPointer(rebasing: buffer[..<64]))
            case .sha256(let digits):
                for (index, byte) in "sha256:".utf8.enumerated() { buffer[index] = byte }
                Self.write(digits, to: buffer, 7)
                return body(UnsafeBufferPointer(rebasing: buffer[..<71]))
            }
        }
    }

    private static func digits(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Digits? {
        guard let first = word(utf8, start, 16), let second = word(utf8, start + 16, 16),
            let third = word(utf8, start + 32, 16), let fourth = word(utf8, start + 48, 16)
        else { return nil }
        return Digits(words: (first, second, third, fourth))
    }

    /// Lowercase digits alone: whatever else is kept as it was written.
    private static func word(_ utf8: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> UInt64? {
        var word: UInt64 = 0
        for index in start..<(start + count) {
            switch utf8[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(utf8[index] & 15)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): word = word << 4 | UInt64(utf8[index] &- 87)
            default: return nil
            }
        }
        return word
    }

    private static func write(_ digits: Digits, to buffer: UnsafeMutableBufferPointer<UInt8>, _ start: Int) {
        write(digits.words.0, 16, to: buffer, start)
        write(digits.words.1, 16, to: buffer, start + 16)
        write(digits.words.2, 16, to: buffer, start + 32)
        write(digits.words.3, 16, to: buffer, start + 48)
    }

    private static func write(
        _ word: UInt64, _ count: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, _ start: Int
    ) {
        for index in 0..<count {
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(4 * (count - 1 - index))) & 15
            buffer[start + index] = digit < 10 ? 48 + digit : 87 + digit
        }
    }
}
