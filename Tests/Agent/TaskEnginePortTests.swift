import AgentEngine
import AgentProtocol
import AgentRuntime
import Testing

/// Ports of the host that something else has.
@Suite struct TaskEnginePortTests {
    @Test func aDynamicPortThatIsTakenIsSwapped() async throws {
        let taken = ContainerLaunch.PublishedPort(hostPort: 40000, containerPort: 80, transportProtocol: .tcp)
        let error = RuntimeError(code: .portInUse(taken), message: "address already in use")
        let host = try await Host(FakeRuntime(["box": .init(startErrors: [error])]))
        try await host.start()
        try await host.assign([assignment("1", [container("web", ports: [port(40000, dynamic: true)])])])
        #expect(await host.reaches(.running))
        let binding = try #require(await host.report()?.containers.first?.networkBindings.first)
        #expect(binding.hostPort != 40000)
        #expect((32768...60999).contains(binding.hostPort))
        await host.stop()
    }

    /// The engine names one port of the range; all of them move, and the report and the next attempt have the same.
    @Test func aRangeWithATakenPortIsSwappedWhole() async throws {
        let taken = ContainerLaunch.PublishedPort(hostPort: 40003, containerPort: 8003, transportProtocol: .udp)
        let error = RuntimeError(code: .portInUse(taken), message: "address already in use")
        let host = try await Host(FakeRuntime(["box": .init(startErrors: [error])]))
        try await host.start()
        let range = PortBinding(
            containerPort: 8000, hostPort: 40000, transportProtocol: .udp, isDynamic: true, portCount: 5)
        try await host.assign([assignment("1", [container("web", ports: [port(40000, dynamic: true), range])])])
        #expect(await host.reaches(.running))
        let bindings = try #require(await host.report()?.containers.first?.networkBindings)
        #expect(bindings[0] == port(40000, dynamic: true), "another protocol's port stays")
        #expect(bindings[1].portCount == 5)
        #expect(bindings[1].hostPorts.allSatisfy { (32768...60999).contains($0) && !(40000...40004).contains($0) })
        await host.stop()
    }

    @Test func aStaticPortThatIsTakenIsAReason() async throws {
        let taken = ContainerLaunch.PublishedPort(hostPort: 8080, containerPort: 80, transportProtocol: .tcp)
        let host = try await Host(
            FakeRuntime(["box": .init(startErrors: [.init(code: .portInUse(taken), message: "bind")])]))
        try await host.start()
        try await host.assign([assignment("1", [container("web", ports: [port(8080)])])])
        #expect(await host.reaches(.stopped))
        #expect(
            await host.report()?.containers.first?.reason
                == "CannotStartContainerError: host port 8080/tcp is already in use on this host by something Stevedore does not run (bind)"
        )
        await host.stop()
    }

    /// An engine tells of a container's end before it lets go of its ports.
    @Test func aPortThatATaskOfOursHadIsWaitedFor() async throws {
        let taken = ContainerLaunch.PublishedPort(hostPort: 8080, containerPort: 80, transportProtocol: .tcp)
        let error = RuntimeError(code: .portInUse(taken), message: "port is already allocated")
        let host = try await Host(FakeRuntime(["second": .init(startErrors: Array(repeating: error, count: 4))]))
        try await host.start()
        let first = assignment("1", [container("web", ports: [port(8080)])])
        try await host.assign([first])
        #expect(await host.reaches(.running))
        var stopping = first
        stopping.desiredStatus = .stopped
        try await host.assign([stopping, assignment("2", [container("web", image: "second", ports: [port(8080)])])])
        #expect(
            await eventually {
                host.clock.advance(by: .milliseconds(500))
                return await host.report("2")?.status == .running
            })
        #expect(await host.report("2")?.containers.first?.networkBindings == [port(8080)])
        await host.stop()
    }

    @Test func aTaskWaitsForThePortsOfTheOneBefore() async throws {
        let host = try await Host(FakeRuntime(["stubborn": .init(ignoresStop: true)]))
        try await host.start()
        let first = assignment("1", [container("web", image: "stubborn", ports: [port(8080)])])
        try await host.assign([first])
        #expect(await host.reaches(.running))
        let second = assignment("2", [container("web", image: "second", ports: [port(8080)])])
        var stopping = first
        stopping.desiredStatus = .stopped
        try await host.assign([stopping, second])
        // What comes after it overtakes it, and shows that it had its turn.
        try await host.assign([assignment("3", [container("web", image: "third")])], complete: false)
        #expect(await host.reaches(.running, "3"))
        #expect(await host.report("2")?.status == .pending)
        #expect(await !host.runtime.calls.contains("pull second"))
        let id = try #require(await host.runtime.containers.values.first { $0.taskArn == taskArn("1") }?.id)
        await host.runtime.exit(id, code: 137)
        #expect(await host.reaches(.stopped, "1"))
        #expect(await host.reaches(.running, "2"))
        await host.stop()
    }
}
