#if canImport(Glibc)
    import Glibc
#endif

/// An interface of the host with one of its IPv4 addresses.
struct HostInterface: Hashable, Sendable {
    var name: String
    // In the host's byte order.
    var address: UInt32
    var mask: UInt32

    static func all() -> [HostInterface] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var interfaces: [HostInterface] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            if let name = entry.ifa_name, let address = word(entry.ifa_addr), let mask = word(entry.ifa_netmask) {
                interfaces.append(.init(name: String(cString: name), address: address, mask: mask))
            }
        }
        return interfaces
    }

    private static func word(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
        guard let address, Int32(address.pointee.sa_family) == AF_INET else { return nil }
        let v4 = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
        return UInt32(bigEndian: v4.sin_addr.s_addr)
    }
}

/// Who asks: this host and the containers on it, or someone else.
enum PeerAddress {
    /// `127.0.0.1`
    static func word(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(into: UInt32?(0)) { word, part in
            guard let part, let before = word else {
                word = nil
                return
            }
            word = before << 8 | UInt32(part)
        }
    }

    /// Whether it is an address of the host, or in a network that a container engine made.
    static func isOnHost(_ text: String, interfaces: [HostInterface]) -> Bool {
        guard let peer = word(text) else { return false }
        if peer >> 24 == 127 { return true }
        return interfaces.contains { interface in
            if interface.address == peer { return true }
            return isContainerNetwork(interface.name) && interface.address & interface.mask == peer & interface.mask
        }
    }

    /// By the names that docker, podman, nerdctl and CNI's plugins give to their bridges.
    private static func isContainerNetwork(_ name: String) -> Bool {
        ["docker", "br-", "podman", "nerdctl", "cni"].contains { name.hasPrefix($0) }
    }
}
