import AgentProtocol
import Support

/// How tasks in network mode awsvpc get their interfaces on this host.
package struct AwsvpcConfiguration: Sendable, Hashable {
    /// STEVEDORE_AWSVPC_MODE
    package enum Mode: Sendable, Hashable {
        /// A pair of interfaces a task, and the host routes: no overlay, no bridge.
        case routed
        /// An interface of its own on the network behind the named one of the host, whose router is the subnet's gateway.
        case macvlan(parent: String)
        /// The same for a network that takes one MAC address a port.
        case ipvlan(parent: String)
    }

    package var mode = Mode.routed
    /// ECS_CNI_PLUGINS_PATH
    package var pluginDirectory = "/usr/lib/cni"

    package init() {}

    /// Those that ``links(for:)`` names, and those that these run themselves.
    package var plugins: [String] {
        switch mode {
        case .routed: ["ptp", "static", "tuning"]
        case .macvlan: ["macvlan", "ptp", "static", "tuning"]
        case .ipvlan: ["ipvlan", "ptp", "static"]
        }
    }

    // MARK: - What the plugins are told

    /// One interface in the namespace of a task, and the plugins that make it, the first first.
    struct Link: Sendable, Hashable {
        var interface: String
        var plugins: [Plugin]
    }

    /// A plugin's part of a network configuration list.
    ///
    /// - Source: CNI specification 1.0.0, section 1; the plugins' own documents for what is theirs.
    struct Plugin: Codable, Sendable, Hashable {
        struct AddressManagement: Codable, Sendable, Hashable {
            struct Address: Codable, Sendable, Hashable {
                var address: String
                var gateway: String
            }

            struct Route: Codable, Sendable, Hashable {
                var dst: String
            }

            var type = "static"
            var addresses: [Address]
            var routes: [Route]
        }

        var cniVersion = "1.0.0"
        var name = "stevedore"
        var type: String
        var ipam: AddressManagement?
        /// The host's interface that ``Mode/macvlan(parent:)`` and its like work on.
        var master: String?
        var mode: String?
        var mac: String?
        /// Where tuning notes what it changed.
        var dataDir: String?
    }

    /// The last interface is the task's; one before it, where there is one, leads to the host alone.
    ///
    /// - Parameter stateDirectory: where plugins may keep what they need for taking an interface away.
    func links(for interface: NetworkInterfaceSpecification, stateDirectory: String) -> [Link] {
        let prefix = interface.subnetCIDR.split(separator: "/").last.map { String($0) } ?? "32"
        let addressing = Plugin.AddressManagement(
            addresses: [
                .init(address: "\(interface.privateIPv4Address)/\(prefix)", gateway: interface.gatewayIPv4Address)
            ],
            routes: [.init(dst: "0.0.0.0/0")])
        func eth0(_ plugins: Plugin...) -> Link { Link(interface: Self.interfaceName, plugins: plugins) }
        let tuning = Plugin(type: "tuning", mac: interface.macAddress, dataDir: stateDirectory)
        // Through its own parent interface the host cannot be reached, and the endpoints for tasks are there.
        let pair = Plugin(type: "ptp", ipam: Self.hostLink(of: interface))
        let host = Link(interface: Self.hostLinkName, plugins: [pair])
        switch mode {
        case .routed:
            return [eth0(Plugin(type: "ptp", ipam: addressing), tuning)]
        case .macvlan(let parent):
            return [host, eth0(Plugin(type: "macvlan", ipam: addressing, master: parent, mode: "bridge"), tuning)]
        case .ipvlan(let parent):
            return [host, eth0(Plugin(type: "ipvlan", ipam: addressing, master: parent, mode: "l2"))]
        }
    }

    static let interfaceName = "eth0"
    /// The name that ECS's agent gives to it.
    static let hostLinkName = "ecs-eth0"

    /// A link-local address, which is the task's alone on this host as long as the host has no 65 slices, and the
    /// endpoints' own address as the next hop: the only one that is reached through it.
    private static func hostLink(of interface: NetworkInterfaceSpecification) -> Plugin.AddressManagement {
        let number = (IPv4Address(interface.privateIPv4Address)?.bits ?? 0) % UInt32(hostLinkNetwork.count)
        let address = IPv4Address(bits: hostLinkNetwork.address.bits + number)
        return .init(
            addresses: [.init(address: "\(address)/\(hostLinkNetwork.prefixLength)", gateway: "169.254.170.2")],
            routes: [])
    }

    private static let hostLinkNetwork = IPv4Network(
        around: IPv4Address(bits: 169 << 24 | 254 << 16 | 176 << 8), prefixLength: 20)
}
