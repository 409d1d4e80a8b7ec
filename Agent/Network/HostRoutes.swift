import FoundationEssentials
import Support

/// The host's routes to tasks: its own, which plugins made, and those of other hosts.
struct HostRoutes: Sendable {
    /// Marks the routes that lead to other hosts, so that nobody else's is ever touched.
    ///
    /// - Source: rtnetlink(7): numbers above 4 are for whoever needs one.
    static let protocolNumber = "186"

    /// A line of `ip -json route`.
    struct Route: Decodable, Sendable, Hashable {
        var dst: String
        var gateway: String?
        var dev: String?
    }

    /// What it takes to have the routes to other hosts that there should be.
    struct Plan: Sendable, Hashable {
        var superfluous: Set<IPv4Network>
        var missing: [IPv4Network: IPv4Address]

        init(there: [IPv4Network: IPv4Address], wanted: [IPv4Network: IPv4Address]) {
            superfluous = Set(there.keys).subtracting(wanted.keys)
            missing = wanted.filter { there[$0.key] != $0.value }
        }
    }

    let commands: any HostCommands

    /// The slices of other hosts that there is a route to, with the address it leads to.
    func toPeers() async throws(HostCommandError) -> [IPv4Network: IPv4Address] {
        var found: [IPv4Network: IPv4Address] = [:]
        for route in try await list("proto", Self.protocolNumber) {
            if let slice = Self.network(route.dst), let gateway = route.gateway.flatMap({ IPv4Address($0) }) {
                found[slice] = gateway
            }
        }
        return found
    }

    func setRoute(to slice: IPv4Network, via host: IPv4Address) async throws(HostCommandError) {
        try await commands.run(
            "ip", "-4", "route", "replace", "\(slice)", "via", "\(host)", "proto", Self.protocolNumber)
    }

    func removeRoute(to slice: IPv4Network) async throws(HostCommandError) {
        try await commands.run("ip", "-4", "route", "delete", "\(slice)", "proto", Self.protocolNumber)
    }

    /// The interfaces that lead to tasks of this host, by the addresses of these.
    func toTasks(in vpc: IPv4Network) async throws(HostCommandError) -> [IPv4Address: String] {
        var found: [IPv4Address: String] = [:]
        for route in try await list("scope", "host") {
            if let address = IPv4Address(route.dst), vpc.contains(address), let interface = route.dev,
                interface.hasPrefix("veth")
            {
                found[address] = interface
            }
        }
        return found
    }

    func removeInterface(_ name: String) async throws(HostCommandError) {
        try await commands.run("ip", "link", "delete", "dev", name)
    }

    private func list(_ selector: String...) async throws(HostCommandError) -> [Route] {
        let output = try await commands.run(
            "ip", ["-4", "-json", "route", "show"] + selector, environment: [:], input: nil)
        if output.allSatisfy({ $0 == 0x0A || $0 == 0x20 }) { return [] }
        do {
            return try JSONDecoder().decode([Route].self, from: Data(output))
        } catch {
            throw HostCommandError(message: "ip route: an answer in an unknown form: \(error)")
        }
    }

    /// `ip` leaves the length of a single address out.
    private static func network(_ text: String) -> IPv4Network? {
        IPv4Network(text) ?? IPv4Address(text).map { IPv4Network(around: $0, prefixLength: 32) }
    }
}
