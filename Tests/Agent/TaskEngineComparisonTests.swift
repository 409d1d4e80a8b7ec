import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Synchronization
import Testing

/// Notes what it is told to have had.
private actor RestoredTasks: TaskResource {
    private(set) var arns: [String]?

    nonisolated func isNeeded(by task: TaskAssignment) -> Bool { true }
    func restore(_ tasks: [TaskAssignment]) { arns = tasks.map(\.taskArn).sorted() }
    func provision(_ task: TaskAssignment, _ resources: inout TaskResources) {}
    func release(_ task: TaskAssignment, _ resources: TaskResources) {}
    func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) {}
}

/// What the journal, the runtime, its events and the control plane say of the same tasks is brought together.
@Suite struct TaskEngineComparisonTests {
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

    /// 137 is SIGKILL, whoever sent it. A runtime that would have told of memory needs no process for a look.
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func whetherTheKernelKilledForMemory(isOutOfMemory: Bool, tellsMemory: Bool) async throws {
        let host = try await Host()
        await host.runtime.set { $0.tellsMemory = tellsMemory }
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        let id = try #require(await host.runtime.containers.keys.first)
        if tellsMemory, isOutOfMemory { await host.runtime.tellOutOfMemory(id) }
        await host.runtime.exit(id, code: 137, isOutOfMemory: isOutOfMemory)
        #expect(await host.reaches(.stopped))
        #expect(
            await host.report()?.containers.first?.reason
                == (isOutOfMemory ? "OutOfMemoryError: Container killed due to memory usage" : nil))
        #expect(await host.runtime.looks == (tellsMemory ? 0 : 1))
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

    @Test func aNewRunSaysWhatTasksStillHave() async throws {
        let host = try await Host()
        host.resources = [RestoredTasks()]
        try await host.start()
        try await host.assign([assignment("1"), assignment("2"), assignment("3", desired: .stopped)])
        #expect(await host.reaches(.running, "1"))
        #expect(await host.reaches(.running, "2"))
        #expect(await host.reaches(.stopped, "3"))
        try await host.assign([assignment("1"), assignment("2", desired: .stopped)], complete: false)
        #expect(await host.reaches(.stopped, "2"))
        await host.stop()

        let restored = RestoredTasks()
        host.resources = [restored]
        try await host.start()
        #expect(await restored.arns == [taskArn("1")])
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

    /// Before, the journal's word is all there is, and it is from before the host went away.
    @Test func whatBecameOfTheTasksIsKnownWhenTheRuntimeHasSaid() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        await host.stop()
        let id = try #require(await host.runtime.containers.keys.first)
        await host.runtime.exit(id, code: 137)
        await host.runtime.set(listError: RuntimeError(code: .unavailable, message: "not up yet"))
        try await host.start()
        #expect(await !host.engine.hasCompared())
        await host.runtime.set(listError: nil)
        #expect(
            await eventually {
                host.clock.advance(by: .milliseconds(100))
                return await host.engine.hasCompared()
            })
        #expect(await host.report()?.containers.first?.exitCode == 137)
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
