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

/// Ports of the host in a row, such as those of a `containerPortRange`.
package struct HostPortRange: Hashable, Sendable, Codable, CustomStringConvertible {
    package let `protocol`: PortProtocol
    package let numbers: ClosedRange<UInt16>

    package init(_ protocol: PortProtocol, _ numbers: ClosedRange<UInt16>) {
        self.protocol = `protocol`
        self.numbers = numbers
    }

    /// `8000-8010`, the lower number first; nil if the text is nothing of the kind.
    package static func numbers(_ text: String) -> ClosedRange<UInt16>? {
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard bounds.count == 2, let low = bounds[0], let high = bounds[1], 0 < low, low <= high else { return nil }
        return low...high
    }

    package func contains(_ port: HostPort) -> Bool { port.protocol == `protocol` && numbers.contains(port.number) }

    package var description: String { "\(`protocol`.rawValue) ports \(numbers.lowerBound) to \(numbers.upperBound)" }
}
