/// JSON on its way out, for messages and records that are written too often for an encoder. Whoever uses it says what
/// comes where; it knows how numbers and texts are spelled.
package struct JSONText {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int) { bytes.reserveCapacity(capacity) }

    package mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// What is JSON already.
    package mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    package mutating func raw(_ text: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: text) }

    package mutating func integer(_ value: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            var rest = value.magnitude
            repeat {
                start -= 1
                digits[start] = 48 + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// - Parameter value: finite. With as many digits as it takes to read the same again.
    package mutating func number(_ value: Double) {
        let text = value.description
        bytes.append(contentsOf: text.hasSuffix(".0") ? text.utf8.dropLast(2) : text.utf8[...])
    }

    package mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    /// - Parameter utf8: valid, and not escaped yet.
    package mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var plain = 0
        for index in 0..<utf8.count {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain..<index]))
            raw(#"\u00"#)
            bytes.append(Self.digit(byte >> 4))
            bytes.append(Self.digit(byte & 15))
            plain = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain...]))
        bytes.append(UInt8(ascii: "\""))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    // MARK: Members after the first

    package mutating func name(_ name: StaticString) {
        raw(#",""#)
        raw(name)
        raw(#"":"#)
    }

    package mutating func member(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        self.name(name)
        integer(value)
    }

    package mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        string(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool?) {
        guard let value else { return }
        self.name(name)
        boolean(value)
    }

    package mutating func member(_ name: StaticString, _ values: [String]?) {
        guard let values else { return }
        self.name(name)
        array(values) { text, value in text.string(value) }
    }

    package mutating func array<Element>(
        _ elements: [Element], _ body: (inout JSONText, Element) throws -> Void
    ) rethrows {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            try body(&self, element)
        }
        raw("]")
    }
}
