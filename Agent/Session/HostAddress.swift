package import Support

#if canImport(Glibc)
    import Glibc
#endif

/// Under which address other hosts reach this one.
package enum HostAddress {
    /// The address from which this host sends to the control plane, or to everyone else where that is this host itself,
    /// or a name: nothing is sent, and no name server is asked.
    ///
    /// - Parameter controlPlane: host and port, as in a URL.
    package static func find(towards controlPlane: String) -> IPv4Address? {
        let host = controlPlane.split(separator: ":").first.map { String($0) } ?? ""
        if let address = IPv4Address(host), let own = source(towards: address), own.isOfHost { return own }
        // For documents, and routed nowhere: it takes the default route (RFC 5737).
        let anywhere = IPv4Address(bits: 192 << 24 | 0 << 16 | 2 << 8 | 1)
        return source(towards: anywhere).flatMap { $0.isOfHost ? $0 : nil }
    }

    /// What the kernel would write into a packet.
    private static func source(towards destination: IPv4Address) -> IPv4Address? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(9).bigEndian
        address.sin_addr.s_addr = destination.bits.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
        }
        guard isConnected else { return nil }
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        return isNamed ? IPv4Address(bits: UInt32(bigEndian: address.sin_addr.s_addr)) : nil
    }
}
