import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Testing

/// How a container of a task is to be made.
@Suite struct TaskLaunchTests {
    private static func launch(
        network: TaskAssignment.NetworkMode = .bridge, _ change: (inout ContainerSettings) -> Void
    ) throws -> ContainerLaunch {
        var web = container("web")
        var settings = ContainerSettings()
        change(&settings)
        web.settings = settings
        let task = assignment("1", [web, container("db")], network: network)
        let record = TaskRecord(assignment: task)
        let machine = TaskMachine(record: record, isRestored: false)
        return try #require(machine.launch("web", agentID: "a"))
    }

    @Test func linksAreByTheNamesInTheRuntime() throws {
        let name = ContainerName.make(family: "app", revision: 3, container: "db", taskArn: taskArn("1"))
        let launch = try Self.launch {
            $0.hostname = "h"
            $0.links = ["db", "db:data"]
        }
        #expect(launch.settings?.links == ["\(name):db", "\(name):data"])
        #expect(launch.settings?.hostname == "h")
        #expect(launch.network == .bridge)
    }

    @Test(arguments: [TaskAssignment.NetworkMode.bridge, .host, .none])
    func networkingCanBeOff(network: TaskAssignment.NetworkMode) throws {
        #expect(try Self.launch(network: network) { $0.disableNetworking = true }.network == .none)
        #expect(try Self.launch(network: network) { $0.disableNetworking = nil }.network != .none || network == .none)
    }
}
