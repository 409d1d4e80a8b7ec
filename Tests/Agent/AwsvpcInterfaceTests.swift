import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Support
import Testing

@testable import AgentNetwork

private func task(_ id: String = "1", _ address: String = "10.192.0.70") -> TaskAssignment {
    var task = assignment(id, network: .awsvpc)
    task.networkInterface = routedInterface(address)
    return task
}

/// An interface's way from the pause container to the packet filter, and back.
@Suite struct AwsvpcInterfaceTests {
    private let runtime = FakeRuntime()
    private let commands = FakeHostCommands()

    private func interfaces(_ mode: AwsvpcConfiguration.Mode = .routed) -> AwsvpcInterface {
        var configuration = AwsvpcConfiguration()
        configuration.mode = mode
        configuration.pluginDirectory = "/cni"
        return AwsvpcInterface(
            configuration: configuration, agentID: "agent", runtime: runtime, commands: commands,
            stateDirectory: "/nowhere", clock: ManualClock(), findNamespace: { id, process in "/ns/\(id)/\(process)" },
            logger: .discarding)
    }

    private static let jumps = [
        "iptables --wait -t filter -C FORWARD -j STEVEDORE-FORWARD",
        "iptables --wait -t nat -C POSTROUTING -j STEVEDORE-POSTROUTING",
    ]

    @Test func isMadeAndTakenAway() async throws {
        let interfaces = interfaces()
        var resources = TaskResources()
        try await interfaces.provision(task(), &resources)
        #expect(resources.networkContainerID == "id1")
        #expect(resources.networkProcessID == 1)
        #expect(
            commands.lines == ["iptables-restore --wait --noflush"] + Self.jumps + ["/cni/ptp ADD", "/cni/tuning ADD"])
        let masquerade = "-A STEVEDORE-POSTROUTING -s 10.192.0.0/12 ! -d 10.192.0.0/12 -j MASQUERADE\n"
        #expect(commands.calls[0].input.contains(masquerade))
        #expect(commands.calls[3].environment["CNI_NETNS"] == "/ns/id1/1")
        #expect(commands.calls[3].environment["CNI_CONTAINERID"] == "eni-0123")

        // A second task finds the rules, and its end leaves them.
        commands.clear()
        var others = TaskResources()
        try await interfaces.provision(task("2", "10.192.0.71"), &others)
        try await interfaces.release(task("2", "10.192.0.71"), others)
        #expect(commands.lines == ["/cni/ptp ADD", "/cni/tuning ADD", "/cni/tuning DEL", "/cni/ptp DEL"])

        commands.clear()
        for jump in Self.jumps { commands.fail(jump) }
        try await interfaces.release(task(), resources)
        #expect(commands.lines.prefix(2) == ["/cni/tuning DEL", "/cni/ptp DEL"])
        #expect(commands.lines.contains("iptables --wait -t filter -X STEVEDORE-FORWARD"))
        #expect(commands.lines.contains("iptables --wait -t nat -X STEVEDORE-POSTROUTING"))
        #expect(await runtime.calls.last == "remove \(pauseName("1"))")
    }

    private func pauseName(_ id: String) -> String {
        ContainerName.make(family: "app", revision: 3, container: PauseContainer.network, taskArn: taskArn(id))
    }

    @Test func whatAKilledAgentLeftIsMadeAnew() async throws {
        commands.fail("/cni/ptp ADD", times: 1)
        var resources = TaskResources()
        try await interfaces().provision(task(), &resources)
        #expect(
            commands.lines.suffix(5) == [
                "/cni/ptp ADD", "/cni/tuning DEL", "/cni/ptp DEL", "/cni/ptp ADD", "/cni/tuning ADD",
            ])
    }

    @Test func whatCannotBeMadeIsSaid() async throws {
        commands.fail("/cni/tuning ADD")
        var resources = TaskResources()
        await #expect(
            throws: ResourceError(
                reason: "ResourceInitializationError: unable to give the task its network interface: "
                    + "/cni/tuning says no")
        ) { try await interfaces().provision(task(), &resources) }
        // For its release.
        #expect(resources.networkContainerID == "id1")
    }

    @Test(arguments: ["", "eni/../x", "eni-A", "eni 1"]) func whatCannotBeReadIsRefused(id: String) async throws {
        var task = task()
        task.networkInterface?.networkInterfaceID = id
        var resources = TaskResources()
        await #expect(throws: ResourceError.self) { try await interfaces().provision(task, &resources) }
        #expect(commands.lines.isEmpty)
        #expect(await runtime.calls.isEmpty)
    }

    @Test func releaseTakesAwayWhateverThePluginsSay() async throws {
        commands.fail("/cni")
        for jump in Self.jumps { commands.fail(jump) }
        try await interfaces().release(task(), TaskResources())
        #expect(await runtime.calls == ["remove \(pauseName("1"))"])
    }

    /// Whoever entered the namespace, or has it mounted, keeps the interface.
    @Test(arguments: [true, false]) func whatANamespaceKeepsBeyondItsTaskIsRemoved(isAddressAnothersNow: Bool)
        async throws
    {
        commands.answer(
            "ip -4 -json route show scope host",
            #"[{"dst":"10.192.0.70","dev":"veth1"},{"dst":"10.192.0.71","dev":"veth2"}]"#)
        for jump in Self.jumps { commands.fail(jump) }
        let interfaces = interfaces()
        await interfaces.restore([task("1")] + (isAddressAnothersNow ? [task("2")] : []))
        try await interfaces.release(task("1"), TaskResources())
        #expect(
            commands.lines.filter { $0.contains("link delete") }
                == (isAddressAnothersNow ? [] : ["ip link delete dev veth1"]))
    }

    // MARK: - Putting it right

    @Test func aNewRunTakesAwayWhatNoTaskHas() async throws {
        commands.answer(
            "ip -4 -json route show scope host",
            #"[{"dst":"10.192.0.70","dev":"veth1"},{"dst":"10.192.0.71","dev":"veth2"},{"dst":"10.192.0.72","dev":"eth0"},{"dst":"172.17.0.9","dev":"veth3"}]"#
        )
        let interfaces = interfaces()
        await interfaces.restore([task()])
        await interfaces.reconcile()
        #expect(commands.lines.filter { $0.contains("link delete") } == ["ip link delete dev veth2"])
        #expect(commands.lines.contains("iptables-restore --wait --noflush"))
        // Somebody flushed the tables: they are made again.
        commands.clear()
        await interfaces.reconcile()
        #expect(commands.lines.contains("iptables-restore --wait --noflush"))
    }

    @Test func whatIsReleasedHasNoRulesAgain() async throws {
        let interfaces = interfaces()
        await interfaces.restore([task("1"), task("2", "10.192.0.71")])
        for jump in Self.jumps { commands.fail(jump) }
        var resources = TaskResources()
        try await interfaces.provision(task("3", "10.192.0.72"), &resources)
        for (id, address) in [("1", "10.192.0.70"), ("2", "10.192.0.71"), ("3", "10.192.0.72")] {
            commands.clear()
            await interfaces.reconcile()
            #expect(commands.lines.contains("iptables-restore --wait --noflush"))
            try await interfaces.release(task(id, address), TaskResources())
        }
        #expect(commands.lines.contains("iptables --wait -t nat -X STEVEDORE-POSTROUTING"))
        commands.clear()
        await interfaces.reconcile()
        #expect(!commands.lines.contains("iptables-restore --wait --noflush"))
    }

    /// The control plane gave the address to another, since it had not heard of this host for long.
    @Test func anAddressIsInUseUntilItsLastTaskIsReleased() async throws {
        let interfaces = interfaces()
        await interfaces.restore([task("1")])
        var resources = TaskResources()
        try await interfaces.provision(task("2"), &resources)
        try await interfaces.release(task("1"), TaskResources())
        commands.clear()
        commands.answer("ip -4 -json route show scope host", #"[{"dst":"10.192.0.70","dev":"veth1"}]"#)
        await interfaces.reconcile()
        #expect(!commands.lines.contains { $0.contains("link delete") })
        #expect(commands.lines.contains("iptables-restore --wait --noflush"))
    }

    @Test func aHostWithoutSuchTasksHasNoRules() async throws {
        let interfaces = interfaces()
        // Nothing is known of the VPC, so that there is nothing to look for.
        await interfaces.reconcile()
        #expect(commands.lines.isEmpty)
        for jump in Self.jumps { commands.fail(jump) }
        await interfaces.apply(NetworkMessage(isComplete: true, vpcCIDR: "10.192.0.0/12", slices: []))
        await interfaces.reconcile()
        #expect(!commands.lines.contains("iptables-restore --wait --noflush"))
        #expect(commands.lines.contains("iptables --wait -t nat -X STEVEDORE-POSTROUTING"))
    }

    // MARK: - Other hosts

    @Test func routesFollowWhatTheControlPlaneSays() async throws {
        let interfaces = interfaces()
        func changes() -> [String] {
            defer { commands.clear() }
            return commands.lines.filter { !$0.contains(" show ") }.sorted()
        }
        await interfaces.apply(
            NetworkMessage(
                isComplete: true, vpcCIDR: "10.192.0.0/12",
                slices: [
                    .init(cidr: "10.192.0.0/26", hostAddress: "192.0.2.1"),
                    .init(cidr: "10.192.0.64/26", hostAddress: nil),
                    .init(cidr: "nonsense", hostAddress: "192.0.2.1"),
                ]))
        #expect(changes() == ["ip -4 route replace 10.192.0.0/26 via 192.0.2.1 proto 186"])
        let first = #"{"dst":"10.192.0.0/26","gateway":"192.0.2.1"}"#
        commands.answer("ip -4 -json route show proto", "[\(first)]")
        // One that cannot be reached is no reason to have no route to the next.
        commands.fail("ip -4 route replace 10.192.0.64/26")
        await interfaces.apply(
            NetworkMessage(
                isComplete: false, vpcCIDR: "10.192.0.0/12",
                slices: [
                    .init(cidr: "10.192.0.64/26", hostAddress: "198.51.100.1"),
                    .init(cidr: "10.192.0.128/26", hostAddress: "192.0.2.3"),
                ]))
        #expect(
            changes() == [
                "ip -4 route replace 10.192.0.128/26 via 192.0.2.3 proto 186",
                "ip -4 route replace 10.192.0.64/26 via 198.51.100.1 proto 186",
            ])
        let second = #"{"dst":"10.192.0.128/26","gateway":"192.0.2.3"}"#
        commands.answer("ip -4 -json route show proto", "[\(first),\(second)]")
        await interfaces.apply(
            NetworkMessage(
                isComplete: false, vpcCIDR: "10.192.0.0/12", slices: [],
                removedCIDRs: ["10.192.0.0/26", "10.192.0.64/26"]))
        #expect(changes() == ["ip -4 route delete 10.192.0.0/26 proto 186"])
        // Complete: what is not in it is gone.
        await interfaces.apply(NetworkMessage(isComplete: true, vpcCIDR: "10.192.0.0/12", slices: []))
        #expect(
            changes() == [
                "ip -4 route delete 10.192.0.0/26 proto 186", "ip -4 route delete 10.192.0.128/26 proto 186",
            ])
    }

    @Test func interfacesOnAParentNeedNoRoutes() async throws {
        let interfaces = interfaces(.macvlan(parent: "eth1"))
        await interfaces.apply(
            NetworkMessage(
                isComplete: true, vpcCIDR: "10.192.0.0/12",
                slices: [.init(cidr: "10.192.0.0/26", hostAddress: "192.0.2.1")]))
        await interfaces.restore([task()])
        await interfaces.reconcile()
        #expect(commands.lines.isEmpty)
        var resources = TaskResources()
        try await interfaces.provision(task(), &resources)
        #expect(commands.lines == ["/cni/ptp ADD", "/cni/macvlan ADD", "/cni/tuning ADD"])
    }
}
