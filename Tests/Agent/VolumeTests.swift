import AgentEngine
import AgentJournal
import AgentProtocol
import Foundation
import Testing

@testable import AgentResources
@testable import AgentRuntime

private func task(_ volumes: [VolumeSpecification]) -> TaskAssignment {
    var task = assignment()
    task.volumes = volumes
    return task
}

private func docker(
    named name: String = "data", _ scope: DockerVolume.Scope, autoprovision: Bool = false, driver: String? = nil,
    options: [String: String] = [:], labels: [String: String] = [:]
) -> VolumeSpecification {
    VolumeSpecification(
        name: name,
        kind: .docker(
            DockerVolume(
                scope: scope, autoprovision: autoprovision, driver: driver, driverOpts: options, labels: labels)))
}

@Suite struct VolumeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var volume: VolumeSpecification
        var matchesFully = false
        var plan: VolumePlan
        var testDescription: String { "\(volume.kind) \(matchesFully)" }
    }

    static let own = task([]).runtimeName(of: docker(.task))

    static let plans: [Case] = [
        Case(volume: .init(name: "data", kind: .hostPath("/a/b")), plan: .directory("/a/b")),
        Case(volume: .init(name: "data", kind: .anonymous), plan: .none),
        Case(volume: docker(.task), plan: .none),
        Case(volume: docker(.task, driver: "local"), plan: .none),
        Case(volume: docker(.task, driver: "nfs"), plan: .create(.init(name: own, driver: "nfs"))),
        Case(volume: docker(.task, options: ["o": "1"]), plan: .create(.init(name: own, options: ["o": "1"]))),
        Case(volume: docker(.task, labels: ["l": "1"]), plan: .create(.init(name: own, labels: ["l": "1"]))),
        Case(volume: docker(.shared), plan: .require("data")),
        Case(volume: docker(.shared, labels: ["l": "1"]), plan: .require("data")),
        Case(volume: docker(.shared, autoprovision: true), plan: .none),
        Case(
            volume: docker(.shared, autoprovision: true), matchesFully: true,
            plan: .provide(.init(name: "data"), isFullMatch: true)),
        Case(
            volume: docker(.shared, autoprovision: true, labels: ["l": "1"]),
            plan: .provide(.init(name: "data", labels: ["l": "1"]), isFullMatch: false)),
    ]

    @Test(arguments: plans) func whatHasToBeDone(_ each: Case) {
        #expect(VolumePlan(each.volume, of: task([each.volume]), matchesFully: each.matchesFully) == each.plan)
    }

    @Test func namesFollowFromTheTaskAndFitAFileSystem() {
        #expect(Self.own.hasPrefix("ecs-app-3-data-"))
        #expect(Self.own == task([]).runtimeName(of: docker(.task)))
        #expect(assignment("2").runtimeName(of: docker(.task)) != Self.own)
        let long = String(repeating: "n", count: 255)
        let names = ["a", "b"].map {
            VolumeName.make(family: long, revision: 1, volume: long, taskArn: taskArn($0))
        }
        #expect(names.allSatisfy { $0.utf8.count == 200 } && names[0] != names[1])
    }

    private static func provision(
        _ volume: VolumeSpecification, there: RuntimeVolume? = nil, matchesFully: Bool = false,
        error: RuntimeError? = nil
    ) async -> (calls: [String], failure: String?) {
        let runtime = FakeRuntime()
        if let there { try? await runtime.createVolume(there) }
        await runtime.set { $0.volumeError = error }
        var configuration = ResourceConfiguration()
        configuration.matchesSharedVolumesFully = matchesFully
        let resource = TaskVolumes(runtime: runtime, configuration: configuration)
        var made = TaskResources()
        var failure: String?
        do { try await resource.provision(task([volume]), &made) } catch { failure = error.reason }
        return (await Array(runtime.calls.dropFirst(there == nil ? 0 : 1)), failure)
    }

    @Test func whatIsPlainCostsNoCall() async {
        for volume in [VolumeSpecification(name: "v", kind: .anonymous), docker(.task)] {
            #expect(await Self.provision(volume).calls.isEmpty)
        }
    }

    @Test func aSharedOneMustBeThere() async {
        #expect(await Self.provision(docker(.shared), there: .init(name: "data")).failure == nil)
        #expect(
            await Self.provision(docker(.shared)).failure
                == "InvalidVolumeError: there is no volume data on this host, and its autoprovision is false")
    }

    @Test func aSharedOneIsMadeOnce() async {
        let labelled = docker(.shared, autoprovision: true, labels: ["a": "b"])
        #expect(await Self.provision(labelled).calls == ["inspect volume data", "create volume data"])
        let found = await Self.provision(labelled, there: .init(name: "data", driver: "nfs"))
        #expect(found.calls == ["inspect volume data"] && found.failure == nil)
    }

    @Test(arguments: [
        (RuntimeVolume(name: "data", driver: "nfs", labels: ["a": "b"]), "its driver is nfs and not local"),
        (RuntimeVolume(name: "data", options: ["o": "1"], labels: ["a": "b"]), "its driver options are others"),
        (RuntimeVolume(name: "data"), "its labels are others"),
        (RuntimeVolume(name: "data", labels: ["a": "b"]), nil),
    ]) func aFullMatchIsAsked(there: RuntimeVolume, difference: String?) async {
        let volume = docker(.shared, autoprovision: true, labels: ["a": "b"])
        let failure = await Self.provision(volume, there: there, matchesFully: true).failure
        #expect(
            failure
                == difference.map {
                    "InvalidVolumeError: the volume data of this host does not match the task definition: \($0)"
                })
    }

    @Test func errorsHaveEcssNames() async {
        let volume = docker(.task, driver: "nfs")
        let refused = await Self.provision(volume, error: .init(code: .failed, message: "no"))
        #expect(refused.failure == "CannotCreateVolumeError: volume \(Self.own): no")
        let slow = await Self.provision(volume, error: .init(code: .timedOut, message: "Could not transition"))
        #expect(slow.failure == "DockerTimeoutError: Could not transition")
        let file = await Self.provision(.init(name: "v", kind: .hostPath("/dev/null/x")))
        #expect(file.failure == "CannotCreateVolumeError: make the directory /dev/null/x: Not a directory")
    }

    @Test func whatIsOfTheTaskGoesWithIt() async throws {
        let runtime = FakeRuntime()
        let resource = TaskVolumes(runtime: runtime, configuration: ResourceConfiguration())
        let task = task([
            .init(name: "a", kind: .anonymous), docker(named: "b", .task), docker(named: "c", .shared),
            .init(name: "d", kind: .hostPath("/d")),
        ])
        try await resource.release(task, TaskResources())
        #expect(await runtime.calls.isEmpty)
        try await resource.cleanUp(task, TaskResources())
        let names = (task.volumes ?? []).prefix(2).map { task.runtimeName(of: $0) }
        #expect(await runtime.calls == ["remove volumes \(names.joined(separator: " "))"])
        await runtime.set { $0.volumeError = .init(code: .failed, message: "volume is in use") }
        await #expect(throws: ResourceError.self) { try await resource.cleanUp(task, TaskResources()) }
    }

    @Test func aDirectoryIsMadeAndAFileStays() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stevedore-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(await Self.provision(.init(name: "v", kind: .hostPath("\(folder)/a/b"))).failure == nil)
        #expect(await Self.provision(.init(name: "v", kind: .hostPath("\(folder)/a/b"))).failure == nil)
        try Data("x".utf8).write(to: URL(filePath: "\(folder)/a/file"))
        #expect(await Self.provision(.init(name: "v", kind: .hostPath("\(folder)/a/file"))).failure == nil)
    }

    // MARK: - Launches

    @Test func aContainerMountsVolumesOfItsTask() throws {
        var web = container("web")
        web.mountPoints = [
            MountPoint(sourceVolume: "host", containerPath: "/h"),
            MountPoint(sourceVolume: "own", containerPath: "/o", isReadOnly: true),
            MountPoint(sourceVolume: "shared", containerPath: "/s"),
        ]
        web.volumesFrom = [VolumesFrom(sourceContainer: "side", isReadOnly: true)]
        var task = assignment("1", [web, container("side")])
        task.volumes = [
            .init(name: "host", kind: .hostPath("/srv")), .init(name: "own", kind: .anonymous),
            docker(named: "shared", .shared),
        ]
        task.pidMode = .host
        task.ipcMode = TaskAssignment.IPCNamespace.none
        let machine = TaskMachine(
            record: TaskRecord(assignment: task), isRestored: false)
        let launch = try #require(machine.launch("web", agentID: "a"))
        #expect(
            launch.mounts == [
                .init(source: .path("/srv"), containerPath: "/h"),
                .init(
                    source: .volume(task.runtimeName(of: .init(name: "own", kind: .anonymous))), containerPath: "/o",
                    isReadOnly: true), .init(source: .volume("shared"), containerPath: "/s"),
            ])
        let side = try #require(machine.launch("side", agentID: "a"))
        #expect(launch.volumesFrom == [VolumesFrom(sourceContainer: side.name, isReadOnly: true)])
        #expect(launch.pid == .host)
        #expect(launch.ipc == ContainerLaunch.Namespace.none)
        #expect(side.mounts.isEmpty && side.volumesFrom.isEmpty)
    }
}
