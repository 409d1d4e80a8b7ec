import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Support
import Synchronization
import Testing

/// A journal that stops taking writes after so many, as a crash would have it.
final class CrashingJournal: TaskJournal {
    private let base: any TaskJournal
    private let commitsLeft: Mutex<Int>
    let isCrashed = Mutex(false)
    private let losesLast: Bool

    /// - Parameter losesLast: whether the crash comes before the last write reaches the disk, or right after.
    init(_ base: any TaskJournal, commits: Int, losesLast: Bool) {
        self.base = base
        commitsLeft = Mutex(commits)
        self.losesLast = losesLast
    }

    func load() async throws -> Journal.Contents { try await base.load() }

    func commit(_ batch: Journal.Batch) async throws {
        let left = commitsLeft.withLock { left in
            left -= 1
            return left
        }
        if left > 0 { return try await base.commit(batch) }
        if left == 0, !losesLast { try await base.commit(batch) }
        isCrashed.withLock { $0 = true }
        throw CancellationError()
    }
}

/// An engine on a fake runtime, a manual clock and a journal in a scratch directory.
final class Host {
    let directory: String
    let runtime: FakeRuntime
    let clock = ManualClock()
    private let time = Mutex(startOfTime)
    private(set) var engine: TaskEngine
    /// For the next start.
    var resources: [any TaskResource] = []
    var contributors: [any LaunchContributor] = []
    var registries: any RegistryCredentialSource = NoRegistryCredentials()
    private var running: Task<Void, Never>?

    init(_ runtime: FakeRuntime = FakeRuntime()) async throws {
        directory = NSTemporaryDirectory() + "agent-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.runtime = runtime
        engine = try Self.make(
            runtime, try Journal.open(directory: directory, now: startOfTime).journal, clock, time: { startOfTime })
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static func make(
        _ runtime: FakeRuntime, _ journal: any TaskJournal, _ clock: ManualClock, time: @escaping @Sendable () -> Date,
        resources: [any TaskResource] = [], contributors: [any LaunchContributor] = [],
        registries: any RegistryCredentialSource = NoRegistryCredentials(),
        configure: (inout EngineConfiguration) -> Void = { _ in }
    ) throws -> TaskEngine {
        var configuration = EngineConfiguration(agentID: "host-1")
        configure(&configuration)
        return TaskEngine(
            configuration: configuration, runtime: runtime, journal: journal, resources: resources,
            contributors: contributors, registries: registries, logger: .discarding, clock: clock, now: time,
            generator: SeededGenerator(state: 1))
    }

    func start(
        crashAfter: (commits: Int, losesLast: Bool)? = nil, configure: (inout EngineConfiguration) -> Void = { _ in }
    ) async throws -> CrashingJournal? {
        let journal = try Journal.open(directory: directory, now: startOfTime).journal
        let crashing = crashAfter.map { CrashingJournal(journal, commits: $0.commits, losesLast: $0.losesLast) }
        engine = try Self.make(
            runtime, crashing ?? journal, clock,
            time: { [clock] in
                startOfTime.addingTimeInterval(Double(clock.now.offset.components.seconds))
            }, resources: resources, contributors: contributors, registries: registries, configure: configure)
        try await engine.restore()
        running = Task { [engine] in await engine.run() }
        return crashing
    }

    func start(configure: (inout EngineConfiguration) -> Void = { _ in }) async throws {
        _ = try await start(crashAfter: nil, configure: configure)
    }

    func stop() async {
        running?.cancel()
        await running?.value
    }

    func assign(_ tasks: [TaskAssignment], complete: Bool = true, removed: [String] = []) async throws {
        try await engine.apply(
            AssignmentMessage(sequence: 1, isComplete: complete, tasks: tasks, removedTaskArns: removed))
    }

    /// The newest report of a task, as it waits to be sent.
    func report(_ id: String = "1") async -> TaskReport? {
        await engine.pendingReports(limit: 100).first { $0.report.taskArn == taskArn(id) }?.report
    }

    func has(_ states: [(id: String, status: TaskReport.Status)]) async -> Bool {
        for state in states where await report(state.id)?.status != state.status { return false }
        return true
    }

    func reaches(_ status: TaskReport.Status, _ id: String = "1") async -> Bool {
        await eventually { await report(id)?.status == status }
    }
}

@Suite struct TaskEngineTests {
    @Test func aTaskRunsAndStops() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", [container("web", ports: [port(40000, dynamic: true)], stopTimeout: 5)])]
        )
        #expect(await host.reaches(.running))
        #expect(await host.report()?.containers.first?.networkBindings == [port(40000, dynamic: true)])
        let made = try #require(await host.runtime.containers.values.first)
        #expect(made.name.hasPrefix("ecs-app-3-web-"))
        #expect(made.labels["com.amazonaws.ecs.task-arn"] == taskArn("1"))
        #expect(made.labels["stevedore.agent"] == "host-1")
        try await host.assign([assignment("1", desired: .stopped)], complete: false)
        #expect(await host.reaches(.stopped))
        #expect(await host.report()?.containers.first?.exitCode == 143)
        let calls = await host.runtime.calls
        #expect(calls == ["pull box", "run box", "stop \(made.id) 5"])
        await host.stop()
    }

    struct Failure: Sendable {
        var script: FakeRuntime.Script
        var behavior = EngineConfiguration.ImagePullBehavior.default
        var reason: String?
        var exitCode: Int?
        var stopCode = TaskReport.StopCode.taskFailedToStart
    }

    private static let noRegistry = RuntimeError(code: .cannotPull, message: "no route to registry")

    @Test(arguments: [
        Failure(
            script: .init(pullError: noRegistry, isCached: false),
            reason: "CannotPullContainerError: no route to registry"),
        Failure(
            script: .init(pullError: noRegistry), behavior: .always,
            reason: "CannotPullContainerError: no route to registry"),
        Failure(
            script: .init(pullError: noRegistry, isCached: false), behavior: .preferCached,
            reason: "CannotPullContainerError: no route to registry"),
        Failure(
            script: .init(startErrors: [.init(code: .cannotStart, message: "exec: no such file")]),
            reason: "CannotStartContainerError: exec: no such file"),
        Failure(
            script: .init(startErrors: [
                .init(code: .timedOut, message: "Could not transition to started; timed out after waiting 420s")
            ]),
            reason: "DockerTimeoutError: Could not transition to started; timed out after waiting 420s"),
        Failure(script: .init(exitsAtOnceWith: 3), exitCode: 3, stopCode: .essentialContainerExited),
    ])
    func whatCannotRunEndsWithItsReason(failure: Failure) async throws {
        let host = try await Host(FakeRuntime(["box": failure.script]))
        try await host.start { $0.imagePullBehavior = failure.behavior }
        try await host.assign([assignment()])
        #expect(await host.reaches(.stopped))
        let report = await host.report()
        #expect(report?.stopCode == failure.stopCode)
        #expect(report?.containers.first?.reason == failure.reason)
        #expect(report?.containers.first?.exitCode == failure.exitCode)
        await host.stop()
    }

    struct Pull: Sendable {
        var behavior: EngineConfiguration.ImagePullBehavior
        var image = "box"
        var isCached: Bool
        var error: RuntimeError?
        var calls: [String]
    }

    @Test(arguments: [
        Pull(behavior: .default, isCached: true, calls: ["pull box", "run box"]),
        Pull(behavior: .default, isCached: true, error: noRegistry, calls: ["pull box", "run box"]),
        Pull(behavior: .default, image: "box@sha256:00", isCached: true, calls: ["run box@sha256:00"]),
        Pull(
            behavior: .default, image: "box@sha256:00", isCached: false,
            calls: ["run box@sha256:00", "pull box@sha256:00", "run box@sha256:00"]),
        Pull(behavior: .preferCached, isCached: true, calls: ["run box"]),
        Pull(behavior: .preferCached, isCached: false, calls: ["run box", "pull box", "run box"]),
        Pull(behavior: .once, isCached: true, calls: ["pull box", "run box"]),
        Pull(behavior: .always, isCached: true, calls: ["pull box", "run box"]),
    ])
    func pullBehavior(pull: Pull) async throws {
        let host = try await Host(FakeRuntime([pull.image: .init(pullError: pull.error, isCached: pull.isCached)]))
        try await host.start { $0.imagePullBehavior = pull.behavior }
        try await host.assign([assignment("1", [container("web", image: pull.image)])])
        #expect(await host.reaches(.running))
        #expect(await host.runtime.calls == pull.calls)
        await host.stop()
    }

    @Test func onceIsOnceOverRestarts() async throws {
        let host = try await Host()
        try await host.start { $0.imagePullBehavior = .once }
        try await host.assign([assignment("1")])
        #expect(await host.reaches(.running))
        await host.stop()
        try await host.start { $0.imagePullBehavior = .once }
        try await host.assign([assignment("1"), assignment("2")])
        #expect(await host.reaches(.running, "2"))
        #expect(await host.runtime.calls.filter { $0 == "pull box" }.count == 1)
        await host.stop()
    }

    @Test func aSlowPullDelaysItsOwnTaskAlone() async throws {
        let host = try await Host(FakeRuntime(["slow": .init(isPullHeld: true)]))
        try await host.start()
        try await host.assign([
            assignment("1", [container("web", image: "slow")]), assignment("2"),
            assignment("3", [container("web", image: "slow")]),
        ])
        #expect(await host.reaches(.running, "2"))
        #expect(await host.report("1")?.status == .pending)
        // Nobody waits for the end of a pull to stop a task.
        try await host.assign([assignment("1", [container("web", image: "slow")], desired: .stopped)], complete: false)
        #expect(await host.reaches(.stopped, "1"))
        await host.runtime.set("slow") { $0.isPullHeld = false }
        #expect(await host.reaches(.running, "3"))
        #expect(await host.runtime.calls.filter { $0 == "pull slow" }.count == 1)
        await host.stop()
    }

    @Test func aStartIsNotTriedOnceTheTaskIsToStop() async throws {
        // More starts than there are slots: the last ones wait in the line.
        let host = try await Host(FakeRuntime(["box": .init(isStartHeld: true)]))
        try await host.start { $0.imagePullBehavior = .preferCached }
        let tasks = (1...12).map { assignment("\($0)") }
        try await host.assign(tasks)
        #expect(await eventually { await host.runtime.calls.count == 6 })
        try await host.assign(
            tasks.map { task in
                var task = task
                task.desiredStatus = .stopped
                return task
            })
        await host.runtime.set("box") { $0.isStartHeld = false }
        for task in 1...12 { #expect(await host.reaches(.stopped, "\(task)")) }
        #expect(await host.runtime.calls.filter { $0 == "run box" }.count == 6)
        #expect(await host.runtime.runningCount == 0)
        await host.stop()
    }

    @Test(arguments: [true, false]) func aHostMayRefusePrivileges(isPrivileged: Bool) async throws {
        let host = try await Host()
        try await host.start { $0.allowsPrivileged = false }
        var web = container("web")
        web.settings = ContainerSettings()
        web.settings?.privileged = isPrivileged
        try await host.assign([assignment("1", [web])])
        #expect(await host.reaches(isPrivileged ? .stopped : .running))
        let reason = await host.report()?.containers.first?.reason
        #expect(
            reason?.hasPrefix("CannotCreateContainerError: this host runs no privileged") == (isPrivileged ? true : nil)
        )
        #expect(await host.runtime.calls.contains("run box") == !isPrivileged)
        await host.stop()
    }

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

    @Test func anEndThatNoEventToldIsFoundAfterTheStop() async throws {
        let host = try await Host(FakeRuntime(["box": .init(diesSilently: true)]))
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        try await host.assign([assignment(desired: .stopped)])
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(1))
                return await host.report()?.status == .stopped
            })
        #expect(await host.report()?.containers.first?.exitCode == 143)
        await host.stop()
    }

    @Test func eventsThatEndAreFollowedByAFullComparison() async throws {
        let host = try await Host(FakeRuntime(["box": .init(diesSilently: true)]))
        try await host.start()
        try await host.assign([assignment("1"), assignment("2")])
        #expect(await host.reaches(.running, "1"))
        #expect(await host.reaches(.running, "2"))
        let ids = await host.runtime.containers.keys.sorted()
        await host.runtime.exit(ids[0], code: 7)
        await host.runtime.lose(ids[1])
        await host.runtime.endEvents()
        #expect(
            await eventually {
                host.clock.advance(by: .milliseconds(200))
                return await host.has([("1", .stopped), ("2", .stopped)])
            })
        let told = [await host.report("1"), await host.report("2")].map { $0?.containers.first?.exitCode }
        #expect(Set(told) == [7, nil])
        await host.stop()
    }

    @Test func killedWithoutAnEventIsLookedAt() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        let id = try #require(await host.runtime.containers.keys.first)
        await host.runtime.exit(id, code: 137, isOutOfMemory: true)
        #expect(await host.reaches(.stopped))
        #expect(
            await host.report()?.containers.first?.reason == "OutOfMemoryError: Container killed due to memory usage")
        await host.stop()
    }

    @Test func aStartThatIsOldNewsIsNoReturn() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1"), assignment("2")])
        for id in ["1", "2"] { #expect(await host.reaches(.running, id)) }
        let ids = await host.runtime.containers.keys.sorted()
        for id in ids { await host.runtime.exit(id, code: 0) }
        for id in ["1", "2"] { #expect(await host.reaches(.stopped, id)) }
        await host.runtime.tellStarted(ids[0], runsAgain: false)
        await host.runtime.tellStarted(ids[1], runsAgain: true)
        #expect(await eventually { await host.runtime.calls.contains("stop \(ids[1]) 30") })
        #expect(await !host.runtime.calls.contains("stop \(ids[0]) 30"))
        await host.stop()
    }

    @Test func whatTheCompleteSetDoesNotHaveIsStopped() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1"), assignment("2")])
        #expect(await host.reaches(.running, "1"))
        #expect(await host.reaches(.running, "2"))
        try await host.assign([assignment("2")])
        #expect(await eventually { await host.runtime.runningCount == 1 })
        #expect(await host.report("2")?.status == .running)
        await host.stop()
    }

    @Test func strangersGoOnlyWhenTheControlPlaneHasSpoken() async throws {
        let runtime = FakeRuntime()
        await runtime.add(
            ObservedContainer(
                id: "stranger", name: "ecs-old",
                labels: ["com.amazonaws.ecs.task-arn": taskArn("9"), "com.amazonaws.ecs.container-name": "web"],
                state: .running))
        let host = try await Host(runtime)
        try await host.start()
        try await host.assign([assignment("1")], complete: false)
        #expect(await host.reaches(.running))
        #expect(await runtime.containers["stranger"] != nil)
        try await host.assign([assignment("1")])
        #expect(await eventually { await runtime.containers["stranger"] == nil })
        #expect(await runtime.runningCount == 1)
        await host.stop()
    }

    @Test func stoppedTasksAreCleanedUpWhenTheyAreOldAndHeardOf() async throws {
        let host = try await Host()
        try await host.start { $0.cleanUpWaitSeconds = 100 }
        try await host.assign([assignment("1", desired: .running)])
        #expect(await host.reaches(.running))
        let id = try #require(await host.runtime.containers.keys.first)
        await host.runtime.exit(id, code: 0)
        #expect(await host.reaches(.stopped))
        for _ in 0..<10 {
            host.clock.advance(by: .seconds(30))
            await Task.yield()
        }
        #expect(await host.runtime.containers.count == 1, "nobody has heard of its end yet")
        await host.engine.acknowledge(await host.engine.pendingReports(limit: 10), unknownTaskArns: [])
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(30))
                return await host.runtime.containers.isEmpty
            })
        let journal = try Journal.open(directory: host.directory, now: startOfTime).journal
        #expect(try await eventually { try await journal.load().tasks.isEmpty })
        await host.stop()
    }

    @Test func reportsWaitUntilTheyAreAcknowledged() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        let sent = await host.engine.pendingReports(limit: 10)
        await host.engine.acknowledge(sent, unknownTaskArns: [])
        #expect(await host.engine.pendingReports(limit: 10).isEmpty)
        await host.engine.sessionStarted()
        #expect(await host.report()?.status == .running)
        let id = try #require(await host.runtime.containers.keys.first)
        await host.runtime.exit(id, code: 1)
        #expect(await host.reaches(.stopped))
        // An acknowledgement of what was sent before says nothing of this.
        await host.engine.acknowledge(sent, unknownTaskArns: [])
        #expect(await host.report()?.status == .stopped)
        await host.engine.acknowledge([], unknownTaskArns: [taskArn("1")])
        #expect(await host.report() == nil)
        await host.stop()
    }

    @Test func anEndWhileTheAgentWasAwayIsReported() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1"), assignment("2"), assignment("3")])
        for id in ["1", "2", "3"] { #expect(await host.reaches(.running, id)) }
        await host.stop()
        let containers = await host.runtime.containers
        func id(_ task: String) -> String { containers.values.first { $0.taskArn == taskArn(task) }?.id ?? "" }
        await host.runtime.exit(id("1"), code: 17)
        await host.runtime.lose(id("2"))
        try await host.start()
        #expect(await host.reaches(.stopped, "1"))
        #expect(await host.report("1")?.containers.first?.exitCode == 17)
        #expect(await host.reaches(.stopped, "2"))
        #expect(await host.report("2")?.containers.first?.reason?.hasPrefix("ContainerVanishedError") == true)
        #expect(await host.report("3")?.status == .running)
        #expect(await host.runtime.calls.filter { $0 == "run box" }.count == 3)
        await host.stop()
    }

    /// The agent dies at its n-th write, before it or right after it, and comes back. Whatever n: the same outcome.
    @Test(arguments: 1...14, [true, false])
    func aCrashAtAnyWriteChangesNothing(commits: Int, losesLast: Bool) async throws {
        let host = try await Host(FakeRuntime(["exits": .init(exitsAtOnceWith: 5)]))
        let tasks = [
            assignment("1", [container("web", ports: [port(8080)]), container("side", essential: false)]),
            assignment("2", [container("web", image: "exits")]), assignment("3", desired: .stopped), assignment("4"),
        ]
        let ending = tasks.dropLast() + [assignment("4", desired: .stopped)]
        let crashing = try #require(try await host.start(crashAfter: (commits, losesLast)))
        let first = Task { [engine = host.engine, ending] in
            try await engine.apply(AssignmentMessage(sequence: 1, isComplete: true, tasks: tasks))
            try await engine.apply(AssignmentMessage(sequence: 2, isComplete: false, tasks: Array(ending.suffix(1))))
        }
        #expect(
            await eventually {
                if crashing.isCrashed.withLock({ $0 }) { return true }
                return await host.has([("1", .running), ("2", .stopped), ("4", .stopped)])
            })
        await host.stop()
        _ = await first.result

        try await host.start()
        try await host.assign(Array(ending))
        await host.engine.sessionStarted()
        #expect(await host.reaches(.running, "1"))
        #expect(await host.reaches(.stopped, "2"))
        #expect(await host.reaches(.stopped, "3"))
        #expect(await host.reaches(.stopped, "4"))
        #expect(await host.report("2")?.containers.first?.exitCode == 5)
        #expect(await host.report("2")?.stopCode == .essentialContainerExited)
        #expect(await eventually { await host.runtime.runningCount == 2 })
        // Nothing was ever started twice.
        let names = await host.runtime.containers.values.map(\.name)
        #expect(Set(names).count == names.count)
        await host.stop()
    }
}
