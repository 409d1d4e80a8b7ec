/// Looks for a few members in JSON that is known to be well-formed, and skips all else.
struct MessageScanner {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    private mutating func skipBlanks() {
        while position < bytes.endIndex, bytes[position] <= 0x20 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < bytes.endIndex, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Calls `body` with each member's name; it takes the value or skips it.
    mutating func members(_ body: (String, inout MessageScanner) -> Void) {
        guard take(UInt8(ascii: "{")) else { return skip() }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            skipBlanks()
            let name = string()
            _ = take(UInt8(ascii: ":"))
            body(name, &self)
        } while take(UInt8(ascii: ","))
        _ = take(UInt8(ascii: "}"))
    }

    mutating func elements(_ body: (inout MessageScanner) -> Void) {
        guard take(UInt8(ascii: "[")) else { return skip() }
        if take(UInt8(ascii: "]")) { return }
        repeat { body(&self) } while take(UInt8(ascii: ","))
        _ = take(UInt8(ascii: "]"))
    }

    /// Without escapes but `\/`, which is what names, ARNs and states are made of.
    mutating func string() -> String {
        skipBlanks()
        position += 1
        let start = position
        var hasEscapes = false
        while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
            position += 1
        }
        let text = bytes[start..<position]
        position += 1
        return String(decoding: hasEscapes ? text.filter { $0 != UInt8(ascii: "\\") }[...] : text, as: UTF8.self)
    }

    mutating func integer() -> Int {
        skipBlanks()
        var value = 0
        while position < bytes.endIndex, (0x30...0x39).contains(bytes[position]) {
            value = value * 10 + Int(bytes[position] & 15)
            position += 1
        }
        return value
    }

    mutating func boolean() -> Bool {
        skipBlanks()
        let isTrue = bytes[position] == UInt8(ascii: "t")
        skip()
        return isTrue
    }

    /// Takes one value of any kind.
    mutating func skip() {
        skipBlanks()
        var depth = 0
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            position += 1
        }
    }
}
