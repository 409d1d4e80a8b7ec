/// An IPv4 address: four decimal numbers without leading zeros, and no other spelling.
package struct IPv4Address: Hashable, Sendable, Comparable, LosslessStringConvertible {
    package var bits: UInt32

    package init(bits: UInt32) { self.bits = bits }

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        bits = 0
        for part in parts {
            guard let number = UInt8(part), String(number) == part else { return nil }
            bits = bits << 8 | UInt32(number)
        }
    }

    package var description: String { bytes.map { String($0) }.joined(separator: ".") }

    /// The most significant first.
    package var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) } }

    package var isLoopback: Bool { bits >> 24 == 127 }

    /// Whether it can be the address of another host: not loopback, multicast, nor of a network that is reserved.
    package var isOfHost: Bool { (1...223).contains(bits >> 24) && !isLoopback }

    package static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }
}

/// A block of addresses in CIDR notation: `10.192.0.0/12`, with no bit set behind the prefix.
package struct IPv4Network: Hashable, Sendable, LosslessStringConvertible {
    package let address: IPv4Address
    package let prefixLength: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let length = Int(parts[1]),
            String(length) == parts[1]
        else { return nil }
        self.init(address, prefixLength: length)
    }

    package init?(_ address: IPv4Address, prefixLength: Int) {
        guard (0...32).contains(prefixLength), address.bits & ~Self.mask(prefixLength) == 0 else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// The block of this length that has the address in it.
    ///
    /// - Precondition: the length is from 0 to 32.
    package init(around address: IPv4Address, prefixLength: Int) {
        precondition((0...32).contains(prefixLength), "an IPv4 address has 32 bits")
        self.address = IPv4Address(bits: address.bits & Self.mask(prefixLength))
        self.prefixLength = prefixLength
    }

    private static func mask(_ prefixLength: Int) -> UInt32 {
        prefixLength == 0 ? 0 : UInt32.max << UInt32(32 - prefixLength)
    }

    package var description: String { "\(address)/\(prefixLength)" }

    package var count: Int { 1 << (32 - prefixLength) }

    package func contains(_ other: IPv4Address) -> Bool { other.bits & Self.mask(prefixLength) == address.bits }

    package func contains(_ other: IPv4Network) -> Bool {
        other.prefixLength >= prefixLength && contains(other.address)
    }

    /// The address with this number, from 0 on; nil if there are not so many.
    package subscript(number: Int) -> IPv4Address? {
        (0..<count).contains(number) ? IPv4Address(bits: address.bits + UInt32(number)) : nil
    }

    /// The block of this length with this number, from 0 on; nil if there are not so many.
    package func block(_ number: Int, prefixLength length: Int) -> IPv4Network? {
        guard (prefixLength...32).contains(length), (0..<(1 << (length - prefixLength))).contains(number) else {
            return nil
        }
        return IPv4Network(
            IPv4Address(bits: address.bits + UInt32(number << (32 - length))), prefixLength: length)
    }
}

extension IPv4Address: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no IPv4 address")
        }
        self = address
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension IPv4Network: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let network = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no block of IPv4 addresses")
        }
        self = network
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
