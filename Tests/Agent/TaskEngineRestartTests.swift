import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Synchronization
import Testing

/// Order, health and restarts, with the engine around them.
@Suite struct TaskEngineRestartTests {
    private static func web() -> ContainerSpecification {
        var web = container("web")
        web.restartPolicy = RestartPolicy(restartAttemptPeriodSeconds: 60)
        return web
    }

    /// The fake runtime's clock stands still: each later end is dated before the restart, as if the clock had been set
    /// back, and counts all the same.
    @Test func whatRanLongEnoughIsStartedOnceMore() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", [Self.web()])])
        #expect(await host.reaches(.running))
        let id = try #require(await host.runtime.containers.keys.first)
        for count in 1...3 {
            host.clock.advance(by: .seconds(60))
            await host.runtime.exit(id, code: 1)
            #expect(await eventually { await host.runtime.calls.count { $0 == "start \(id)" } == count })
            #expect(await eventually { await host.runtime.runningCount == 1 })
            #expect(await host.report()?.status == .running)
        }
        await host.runtime.exit(id, code: 4)
        #expect(await host.reaches(.stopped))
        #expect(await host.report()?.containers.first?.exitCode == 4)
        #expect(await host.runtime.calls == ["pull box", "run box", "start \(id)", "start \(id)", "start \(id)"])
        await host.stop()
    }

    /// Streams of events overlap: the end that a restart followed may be told once more.
    @Test func anEndThatIsToldAgainIsNoOther() async throws {
        var web = Self.web()
        web.healthCheck = HealthCheck(command: ["CMD", "x"])
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", [web])])
        #expect(await host.reaches(.running))
        let id = try #require(await host.runtime.containers.keys.first)
        host.clock.advance(by: .seconds(60))
        await host.runtime.exit(id, code: 1)
        #expect(await eventually { await host.runtime.calls.contains("start \(id)") })
        #expect(await eventually { await host.runtime.runningCount == 1 })
        host.clock.advance(by: .seconds(60))
        await host.runtime.tellEndAgain(id, code: 1)
        // What is told afterwards is handled afterwards.
        await host.runtime.tellHealth(id, .healthy)
        #expect(await eventually { await host.report()?.containers.first?.health == .healthy })
        #expect(await host.report()?.status == .running)
        #expect(await host.runtime.calls.count { $0.hasPrefix("start ") } == 1)
        await host.stop()
    }

    @Test func aRestartThatFailsHasItsReason() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", [Self.web()])])
        #expect(await host.reaches(.running))
        let id = try #require(await host.runtime.containers.keys.first)
        await host.runtime.set("box") { $0.startErrors = [.init(code: .cannotStart, message: "no")] }
        host.clock.advance(by: .seconds(60))
        await host.runtime.exit(id, code: 1)
        #expect(await host.reaches(.stopped))
        #expect(await host.report()?.containers.first?.reason == "CannotStartContainerError: no")
        #expect(await host.report()?.stopCode == .essentialContainerExited)
        await host.stop()
    }

    /// The agent dies at its n-th write, before it or right after it, and comes back. Whatever n: one restart.
    @Test(arguments: 1...7, [true, false])
    func aCrashAtAnyWriteLosesNoRestart(commits: Int, losesLast: Bool) async throws {
        let host = try await Host()
        let crashing = try #require(try await host.start(crashAfter: (commits, losesLast)))
        func isCrashed() -> Bool { crashing.isCrashed.withLock { $0 } }
        let task = [assignment("1", [Self.web()])]
        let first = Task { [engine = host.engine] in
            try await engine.apply(AssignmentMessage(sequence: 1, isComplete: true, tasks: task))
        }
        var hasEnded = false
        #expect(
            await eventually {
                if isCrashed() { return true }
                return await host.report()?.status == .running
            })
        if !isCrashed(), let id = await host.runtime.containers.keys.first {
            host.clock.advance(by: .seconds(60))
            await host.runtime.exit(id, code: 1)
            hasEnded = true
            #expect(
                await eventually {
                    if isCrashed() { return true }
                    return await host.runtime.calls.contains("start \(id)")
                })
        }
        await host.stop()
        _ = await first.result

        try await host.start()
        try await host.assign(task)
        await host.engine.sessionStarted()
        #expect(await host.reaches(.running))
        #expect(await eventually { await host.runtime.runningCount == 1 })
        #expect(await host.runtime.containers.count == 1)
        #expect(await host.runtime.calls.count { $0.hasPrefix("start ") } == (hasEnded ? 1 : 0))
        await host.stop()
    }

    @Test func anEndWhileTheAgentWasAwayIsFollowedByARestart() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", [Self.web()])])
        #expect(await host.reaches(.running))
        await host.stop()
        let id = try #require(await host.runtime.containers.keys.first)
        await host.runtime.exit(id, code: 1)
        host.clock.advance(by: .seconds(90))
        try await host.start()
        #expect(await eventually { await host.runtime.calls.contains("start \(id)") })
        #expect(await eventually { await host.runtime.runningCount == 1 })
        #expect(await host.report()?.status == .running)
        await host.stop()
    }

    private static func line(startTimeout: Int? = nil) -> [ContainerSpecification] {
        var app = container("app", image: "app")
        app.dependsOn = [.init("store", .healthy)]
        var store = container("store", image: "store")
        store.healthCheck = HealthCheck(command: ["CMD", "x"])
        store.startTimeoutSeconds = startTimeout
        return [app, store]
    }

    @Test func healthComesFromEventsAndLetsOthersStart() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", Self.line())])
        #expect(await eventually { await host.runtime.runningCount == 1 })
        #expect(await eventually { await host.report()?.containers[1].status == .running })
        #expect(await !host.runtime.calls.contains("pull app"), "its image waits, too")
        let id = try #require(await host.runtime.id(of: "store"))
        await host.runtime.tellHealth(id, .healthy)
        #expect(await host.reaches(.running))
        #expect(await host.report()?.containers.map(\.health) == [nil, .healthy])
        // What changes while nobody listens is seen afterwards.
        await host.stop()
        await host.runtime.tellHealth(id, .unhealthy)
        try await host.start()
        await host.engine.sessionStarted()
        #expect(await eventually { await host.report()?.containers[1].health == .unhealthy })
        await host.stop()
    }

    @Test func imagesMayBePulledUpfront() async throws {
        let host = try await Host()
        try await host.start { $0.pullsDependentContainersUpfront = true }
        try await host.assign([assignment("1", Self.line())])
        #expect(await eventually { await host.runtime.calls.contains("run store") })
        #expect(await host.runtime.calls.contains("pull app"))
        #expect(await !host.runtime.calls.contains("run app"))
        await host.stop()
    }

    /// Over a restart of the agent in the middle of it.
    @Test func startTimeoutIsCountedFromTheStart() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", Self.line(startTimeout: 20))])
        #expect(await eventually { await host.report()?.containers[1].status == .running })
        host.clock.advance(by: .seconds(12))
        await host.stop()
        try await host.start()
        host.clock.advance(by: .seconds(7))
        for _ in 0..<100 { await Task.yield() }
        #expect(await host.report()?.status == .pending)
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(1))
                return await host.report()?.status == .stopped
            })
        #expect(
            await host.report()?.stoppedReason
                == "TaskDependencyError: container app cannot start: container store did not get there within its startTimeout"
        )
        await host.stop()
    }
}
