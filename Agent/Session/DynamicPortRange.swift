import FoundationEssentials

/// Where host ports that a task definition leaves open come from.
///
/// The control plane picks them, so it has to know of every host that does not take them from the usual range.
package enum DynamicPortRange {
    /// What a host has that says nothing: Linux's own range for ports that the system picks.
    package static let usual = 32768...60999

    /// `40000-40999`, the lower one first; nil if the text is nothing of the kind.
    package static func range(_ text: String) -> ClosedRange<Int>? {
        range(text.split(separator: "-", omittingEmptySubsequences: false))
    }

    /// The kernel's range, as far as it lies within the usual one: below are ports that services ask for by number.
    /// A kernel's range that lies elsewhere altogether was chosen for a reason.
    package static func range(kernel text: String) -> ClosedRange<Int> {
        guard let kernel = range(text.split { $0.isWhitespace }) else { return usual }
        return kernel.overlaps(usual) ? kernel.clamped(to: usual) : kernel
    }

    /// The kernel's range of this host.
    package static func ofKernel() -> ClosedRange<Int> {
        let file = URL(filePath: "/proc/sys/net/ipv4/ip_local_port_range")
        return (try? Data(contentsOf: file)).map { range(kernel: String(decoding: $0, as: UTF8.self)) } ?? usual
    }

    /// How the control plane hears of it; nothing for the usual range.
    package static func attributes(_ range: ClosedRange<Int>) -> [InstanceRegistration.Attribute] {
        range == usual
            ? [] : [.init("ecs.capability.network.dynamic-host-port-range", "\(range.lowerBound)-\(range.upperBound)")]
    }

    private static func range(_ bounds: [Substring]) -> ClosedRange<Int>? {
        let ports = bounds.compactMap { UInt16($0) }.map(Int.init)
        guard bounds.count == 2, ports.count == 2, 0 < ports[0], ports[0] <= ports[1] else { return nil }
        return ports[0]...ports[1]
    }
}
