import Glibc

/// An address or a block of addresses, IPv4 or IPv6. An IPv4 address that is written as an IPv6 one is an IPv4 address.
package struct IPBlock: Sendable, Hashable {
    private let bytes: [UInt8]
    private let prefixLength: Int

    /// - Parameter text: `192.0.2.0/24`, `2001:db8::/32`, or an address alone.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), let address = Self.parse(parts[0]) else { return nil }
        var length = address.count * 8
        if parts.count == 2 {
            guard let given = Int(parts[1]), String(given) == parts[1], (0...length).contains(given) else {
                return nil
            }
            length = given
        }
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255]
        let isMapped = address.count == 16 && length >= 96 && Array(address[..<12]) == mapped
        bytes = isMapped ? Array(address[12...]) : address
        prefixLength = isMapped ? length - 96 : length
    }

    package func contains(_ other: IPBlock) -> Bool {
        guard bytes.count == other.bytes.count, other.prefixLength >= prefixLength else { return false }
        for (index, byte) in bytes.enumerated() {
            let bits = min(8, max(0, prefixLength - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            if byte & mask != other.bytes[index] & mask { return false }
        }
        return true
    }

    private static func parse(_ text: String) -> [UInt8]? {
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: size)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
