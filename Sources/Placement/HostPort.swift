/// The transport of a port mapping. Raw values are ECS's (`portMappings[].protocol`).
package enum PortProtocol: String, Hashable, Sendable, Codable, CaseIterable {
    case tcp
    case udp
}

/// A port of the host, 1 to 65535. The same number is two different ports in TCP and UDP.
package struct HostPort: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let `protocol`: PortProtocol
    package let number: UInt16

    package init(_ protocol: PortProtocol, _ number: UInt16) {
        self.protocol = `protocol`
        self.number = number
    }

    package var description: String { "\(`protocol`.rawValue) port \(number)" }

    /// All of TCP before all of UDP, then by number.
    package static func < (left: HostPort, right: HostPort) -> Bool {
        left.protocol == right.protocol
            ? left.number < right.number
            : left.protocol == .tcp
    }
}
