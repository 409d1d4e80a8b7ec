import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Testing

@testable import AgentResources

@Suite struct SharedNamespacesTests {
    private let runtime = FakeRuntime()

    private func task(
        pid: TaskAssignment.ProcessNamespace? = nil, ipc: TaskAssignment.IPCNamespace? = nil
    ) -> TaskAssignment {
        var task = assignment("1")
        task.pidMode = pid
        task.ipcMode = ipc
        return task
    }

    @Test func onlyThoseOfTheTaskNeedAContainer() {
        let namespaces = SharedNamespaces(agentID: "agent", runtime: runtime)
        #expect(namespaces.isNeeded(by: task(pid: .task)))
        #expect(namespaces.isNeeded(by: task(pid: .host, ipc: .task)))
        #expect(!namespaces.isNeeded(by: task(pid: .host, ipc: .host)))
        #expect(!namespaces.isNeeded(by: task(ipc: TaskAssignment.IPCNamespace.none)))
        #expect(!namespaces.isNeeded(by: task()))
    }

    @Test func areMadeOnceAndTakenAway() async throws {
        let namespaces = SharedNamespaces(agentID: "agent", runtime: runtime)
        let task = task(pid: .task, ipc: .task)
        var resources = TaskResources()
        resources.cgroupParent = "/ecs/1"
        try await namespaces.provision(task, &resources)
        let id = try #require(resources.namespaceContainerID)
        let launch = try #require(await runtime.launches.last)
        #expect((launch.ipc, launch.cgroupParent, launch.network) == (.shareable, "/ecs/1", .none))
        #expect(launch.labels[ContainerLabels.containerName] == PauseContainer.namespace)

        // A crash may have come before the id was written down.
        resources.namespaceContainerID = nil
        try await namespaces.provision(task, &resources)
        #expect(resources.namespaceContainerID == id)

        try await namespaces.release(task, resources)
        try await namespaces.release(task, resources)
        #expect(await runtime.containers.isEmpty)
    }

    @Test func aProcessNamespaceAloneLeavesIPCPrivate() async throws {
        var resources = TaskResources()
        try await SharedNamespaces(agentID: "agent", runtime: runtime).provision(task(pid: .task), &resources)
        #expect(await runtime.launches.last?.ipc == nil)
    }
}
