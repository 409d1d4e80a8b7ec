/// The identifiers that ECS makes.
package enum Identifier {
    /// 32 lowercase hexadecimal digits: the id of a task or container instance.
    package static func hex32(using generator: inout some RandomNumberGenerator) -> String {
        text(generator.next(), generator.next(), dashes: [])
    }

    /// A version 4 UUID in lowercase: containers, attachments, request ids.
    package static func uuid(using generator: inout some RandomNumberGenerator) -> String {
        let high = (generator.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return text(high, low, dashes: [8, 12, 16, 20])
    }

    /// - Parameter dashes: the digits before which a hyphen comes.
    private static func text(_ high: UInt64, _ low: UInt64, dashes: [Int]) -> String {
        String(unsafeUninitializedCapacity: 32 + dashes.count) { buffer in
            var count = 0
            for digit in 0..<32 {
                if dashes.contains(digit) {
                    buffer[count] = UInt8(ascii: "-")
                    count += 1
                }
                let word = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (digit & 15))) & 15
                buffer[count] = value < 10 ? 48 + value : 87 + value
                count += 1
            }
            return count
        }
    }
}
