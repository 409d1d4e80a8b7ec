/// The identifiers that ECS makes.
package enum Identifier {
    /// 32 lowercase hexadecimal digits: the id of a task or container instance.
    package static func hex32(using generator: inout some RandomNumberGenerator) -> String {
        hex(generator.next()) + hex(generator.next())
    }

    /// A version 4 UUID in lowercase: containers, attachments, request ids.
    package static func uuid(using generator: inout some RandomNumberGenerator) -> String {
        let high = (generator.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        let digits = Array((hex(high) + hex(low)).utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(0x2D) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
