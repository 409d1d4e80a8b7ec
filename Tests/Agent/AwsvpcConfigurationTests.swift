import AgentProtocol
import Foundation
import Support
import Testing

@testable import AgentNetwork

func routedInterface(_ address: String = "10.192.0.70") -> NetworkInterfaceSpecification {
    NetworkInterfaceSpecification(
        attachmentID: "a", networkInterfaceID: "eni-0123", macAddress: "0a:58:0a:c0:00:46",
        privateIPv4Address: address, subnetCIDR: "10.192.0.0/16", gatewayIPv4Address: "10.192.0.1",
        subnetID: "subnet-1", vpcID: "vpc-1", vpcCIDR: "10.192.0.0/12", privateDNSName: "ip-10-192-0-70.ec2.internal")
}

/// What CNI plugins are told.
@Suite struct AwsvpcConfigurationTests {
    private static let addressing =
        #"{"addresses":[{"address":"10.192.0.70/16","gateway":"10.192.0.1"}],"routes":[{"dst":"0.0.0.0/0"}],"type":"static"}"#
    private static let host =
        #"ecs-eth0 {"cniVersion":"1.0.0","ipam":{"addresses":[{"address":"169.254.176.70/20","gateway":"169.254.170.2"}],"routes":[],"type":"static"},"name":"stevedore","type":"ptp"}"#
    private static let tuning =
        #"eth0 {"cniVersion":"1.0.0","dataDir":"/state","mac":"0a:58:0a:c0:00:46","name":"stevedore","type":"tuning"}"#

    private static func told(_ mode: AwsvpcConfiguration.Mode) throws -> [String] {
        var configuration = AwsvpcConfiguration()
        configuration.mode = mode
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try configuration.links(for: routedInterface(), stateDirectory: "/state").flatMap { link in
            try link.plugins.map { "\(link.interface) \(String(decoding: try encoder.encode($0), as: UTF8.self))" }
        }
    }

    @Test func aPairAndHostRoutes() throws {
        #expect(
            try Self.told(.routed) == [
                #"eth0 {"cniVersion":"1.0.0","ipam":\#(Self.addressing),"name":"stevedore","type":"ptp"}"#, Self.tuning,
            ])
    }

    @Test func anInterfaceOnTheNetworkOfAnother() throws {
        #expect(
            try Self.told(.macvlan(parent: "eth1")) == [
                Self.host,
                #"eth0 {"cniVersion":"1.0.0","ipam":\#(Self.addressing),"master":"eth1","mode":"bridge","name":"stevedore","type":"macvlan"}"#,
                Self.tuning,
            ])
        // One MAC address a port: the parent's own.
        #expect(
            try Self.told(.ipvlan(parent: "eth1")) == [
                Self.host,
                #"eth0 {"cniVersion":"1.0.0","ipam":\#(Self.addressing),"master":"eth1","mode":"l2","name":"stevedore","type":"ipvlan"}"#,
            ])
    }

    @Test(arguments: [AwsvpcConfiguration.Mode.routed, .macvlan(parent: "p"), .ipvlan(parent: "p")])
    func everyPluginIsLookedFor(mode: AwsvpcConfiguration.Mode) {
        var configuration = AwsvpcConfiguration()
        configuration.mode = mode
        let plugins = configuration.links(for: routedInterface(), stateDirectory: "").flatMap(\.plugins)
        let used = plugins.flatMap { plugin in [plugin.type] + (plugin.ipam.map { [$0.type] } ?? []) }
        #expect(Set(configuration.plugins) == Set(used))
    }

    @Test func pluginsHearWhatThoseBeforeThemMade() async throws {
        let commands = FakeHostCommands()
        commands.answer("/cni/ptp", #"{"ips":[]}"#)
        let plugins = CNIPlugins(directory: "/cni", commands: commands)
        let link = AwsvpcConfiguration().links(for: routedInterface(), stateDirectory: "/state")[0]
        try await plugins.add(link, id: "eni-0123", namespace: "/proc/1/ns/net")
        #expect(commands.lines == ["/cni/ptp ADD", "/cni/tuning ADD"])
        #expect(commands.calls[1].input.hasSuffix(#","prevResult":{"ips":[]}}"#))
        #expect(
            commands.calls[0].environment == [
                "CNI_COMMAND": "ADD", "CNI_CONTAINERID": "eni-0123", "CNI_NETNS": "/proc/1/ns/net",
                "CNI_IFNAME": "eth0", "CNI_PATH": "/cni",
            ])
        commands.clear()
        try await plugins.delete(link, id: "eni-0123", namespace: "")
        #expect(commands.lines == ["/cni/tuning DEL", "/cni/ptp DEL"])
    }

    @Test func routesToOtherHosts() async throws {
        let commands = FakeHostCommands()
        commands.answer(
            "ip -4 -json route show proto",
            #"[{"dst":"10.192.0.128/26","gateway":"192.0.2.3","dev":"eth0"},{"dst":"10.192.1.7","gateway":"192.0.2.4"},{"dst":"default","gateway":"192.0.2.1"}]"#
        )
        let there = try await HostRoutes(commands: commands).toPeers()
        #expect(
            there == [
                try network("10.192.0.128/26"): try address("192.0.2.3"),
                try network("10.192.1.7/32"): try address("192.0.2.4"),
            ])
        let wanted = [
            try network("10.192.0.128/26"): try address("192.0.2.9"),
            try network("10.192.2.0/26"): try address("192.0.2.5"),
        ]
        let plan = HostRoutes.Plan(there: there, wanted: wanted)
        #expect(plan.superfluous == [try network("10.192.1.7/32")])
        #expect(plan.missing == wanted)
        #expect(HostRoutes.Plan(there: wanted, wanted: wanted).missing.isEmpty)
    }

    @Test func noRoutesAreNothing() async throws {
        #expect(try await HostRoutes(commands: FakeHostCommands()).toPeers().isEmpty)
        let commands = FakeHostCommands()
        commands.answer("ip", "{")
        await #expect(throws: HostCommandError.self) { try await HostRoutes(commands: commands).toPeers() }
    }
}

func network(_ text: String) throws -> IPv4Network { try #require(IPv4Network(text)) }
func address(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }
