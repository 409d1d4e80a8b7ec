import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

/// Clocks that jump, images that go, runtimes that hang: with an engine on manual clocks.
@Suite struct HousekeepingTests {
    private func end(_ host: Host, _ id: String = "1") async throws {
        let containers = await host.runtime.containers
        let container = try #require(containers.values.first { $0.taskArn == taskArn(id) })
        await host.runtime.exit(container.id, code: 0)
        #expect(await host.reaches(.stopped, id))
        await host.engine.acknowledge(await host.engine.pendingReports(limit: 10), unknownTaskArns: [])
    }

    /// Lets monotonic time pass in small steps.
    private func pass(_ seconds: Int, on host: Host) async {
        for _ in 0..<seconds / 10 {
            host.clock.advance(by: .seconds(10))
            for _ in 0..<20 { await Task.yield() }
        }
    }

    private func isCleanedUp(_ host: Host) async -> Bool {
        await eventually {
            host.clock.advance(by: .seconds(30))
            return await host.runtime.containers.isEmpty
        }
    }

    @Test(arguments: [-86400.0, 0, 86400])
    func jumpsOfTheDateNeitherHurryNorDelayTheCleanUp(jump: Double) async throws {
        let host = try await Host()
        try await host.start { $0.cleanUpWaitSeconds = 3600 }
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        try await end(host)
        await pass(60, on: host)
        host.setDate(aheadBy: jump)
        await pass(3000, on: host)
        #expect(await host.runtime.containers.count == 1)
        #expect(await isCleanedUp(host))
        await host.stop()
    }

    @Test func aDateSetBackOverARestartWaitsTheWholeTimeAgain() async throws {
        let host = try await Host()
        try await host.start { $0.cleanUpWaitSeconds = 600 }
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        try await end(host)
        await host.stop()
        host.setDate(aheadBy: -86400)
        try await host.start { $0.cleanUpWaitSeconds = 600 }
        await pass(300, on: host)
        #expect(await host.runtime.containers.count == 1)
        #expect(await isCleanedUp(host))
        await host.stop()
    }

    @Test func severalTasksAreCleanedUpWithOneCall() async throws {
        let host = try await Host()
        try await host.start { $0.cleanUpWaitSeconds = 100 }
        try await host.assign([assignment("1"), assignment("2")])
        for id in ["1", "2"] {
            #expect(await host.reaches(.running, id))
        }
        for id in ["1", "2"] { try await end(host, id) }
        #expect(await isCleanedUp(host))
        #expect(await host.runtime.removalCalls == 1)
        await host.stop()
    }

    @Test func anUnusedImageGoesAndIsPulledAgain() async throws {
        let host = try await Host()
        let configure: (inout EngineConfiguration) -> Void = {
            $0.imagePullBehavior = .once
            $0.cleanUpWaitSeconds = 100
        }
        try await host.start(configure: configure)
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        await pass(3700, on: host)
        #expect(await !host.runtime.calls.contains("remove image box"), "a task uses it")
        try await end(host)
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(30))
                return await host.runtime.calls.contains("remove image box")
            })
        try await host.assign([assignment("2")], complete: false)
        #expect(await host.reaches(.running, "2"))
        #expect(await host.runtime.calls.filter { $0 == "pull box" }.count == 2)
        await host.stop()
    }

    @Test func aFullDiskIsCleanedUpAndThePullTriedAgain() async throws {
        let full = RuntimeError(code: .cannotPull, message: "write /x: no space left on device")
        let host = try await Host(FakeRuntime(["big": .init(pullError: full, isCached: false)]))
        try await host.start {
            $0.imagePullBehavior = .always
            $0.cleanUpWaitSeconds = 100
            $0.imageCleanup.interval = .seconds(1_000_000)
        }
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        try await end(host)
        #expect(await isCleanedUp(host))
        await pass(3600, on: host)
        await host.runtime.freeSpace(for: "big", byRemoving: "box")
        try await host.assign([assignment("2", [container("web", image: "big")])], complete: false)
        #expect(await host.reaches(.running, "2"))
        #expect(await host.runtime.calls.suffix(4) == ["pull big", "remove image box", "pull big", "run big"])
        await host.runtime.set("none") {
            $0.pullError = full
            $0.isCached = false
        }
        try await host.assign([assignment("3", [container("web", image: "none")])], complete: false)
        #expect(await host.reaches(.stopped, "3"))
        #expect(
            await host.report("3")?.containers.first?.reason
                == "CannotPullContainerError: write /x: no space left on device")
        await host.stop()
    }

    @Test func aRuntimeThatHangsIsImpairedAndWatchedAnewWhenItIsBack() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.running))
        #expect(await eventually { await host.engine.instanceHealth()?.status == .ok })
        let timeout = RuntimeError(
            code: .timedOut, message: "Could not transition to described; timed out after waiting 10s")
        await host.runtime.set(pingError: timeout)
        await host.runtime.set(listError: timeout)
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(10))
                return await host.engine.instanceHealth()?.status == .impaired
            })
        #expect(
            await host.engine.instanceHealth()?.reason
                == "DockerTimeoutError: Could not transition to described; timed out after waiting 10s")
        #expect(await host.report()?.status == .running)
        let id = try #require(await host.runtime.containers.keys.first)
        // Its end is told by nobody.
        await host.runtime.set("box") { $0.diesSilently = true }
        await host.runtime.exit(id, code: 3)
        await host.runtime.set(pingError: nil)
        await host.runtime.set(listError: nil)
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(1))
                return await host.engine.instanceHealth()?.status == .ok
            })
        // Well before the next comparison would have come.
        let now = host.clock.now
        #expect(
            await eventually {
                if await host.report()?.status == .stopped { return true }
                host.clock.advance(by: .milliseconds(10))
                return false
            })
        #expect(host.clock.now.offset - now.offset < .seconds(60))
        #expect(await host.report()?.containers.first?.exitCode == 3)
        await host.stop()
    }

    @Test(arguments: [ObservedContainer.State.created(error: nil), .running])
    func whatAStartThatTimedOutLeavesBehindIsCleanedUpWithItsTask(state: ObservedContainer.State) async throws {
        let timeout = RuntimeError(code: .timedOut, message: "Could not transition to started")
        let host = try await Host(FakeRuntime(["box": .init(startErrors: [timeout])]))
        try await host.start { $0.cleanUpWaitSeconds = 100 }
        try await host.assign([assignment()])
        #expect(await host.reaches(.stopped))
        await host.runtime.add(
            ObservedContainer(
                id: "late", name: "ecs-late",
                labels: ["com.amazonaws.ecs.task-arn": taskArn("1"), "com.amazonaws.ecs.container-name": "web"],
                state: state))
        await host.runtime.endEvents()
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(1))
                return await host.report()?.containers.first?.runtimeID == "late"
            })
        #expect(await host.report()?.containers.first?.reason == timeout.reason)
        #expect(await eventually { await host.runtime.runningCount == 0 })
        #expect(await host.runtime.containers.count == 1)
        await host.engine.acknowledge(await host.engine.pendingReports(limit: 10), unknownTaskArns: [])
        #expect(await isCleanedUp(host))
        await host.stop()
    }

    @Test func aLongAbsenceOfTheControlPlaneLosesNothing() async throws {
        let host = try await Host()
        try await host.start { $0.cleanUpWaitSeconds = 600 }
        try await host.assign([assignment("1"), assignment("2"), assignment("3")])
        for id in ["1", "2", "3"] { #expect(await host.reaches(.running, id)) }
        await host.engine.acknowledge(await host.engine.pendingReports(limit: 10), unknownTaskArns: [])
        for (id, code) in [("2", 4), ("1", 5)] {
            await pass(1800, on: host)
            let containers = await host.runtime.containers
            let container = try #require(containers.values.first { $0.taskArn == taskArn(id) })
            await host.runtime.exit(container.id, code: code)
            #expect(await host.reaches(.stopped, id))
        }
        await pass(3600, on: host)
        #expect(await host.runtime.containers.count == 3, "nobody has heard of their end")
        let reports = await host.engine.pendingReports(limit: 10).map(\.report)
        #expect(reports.map(\.taskArn) == [taskArn("1"), taskArn("2")])
        #expect(reports.map { $0.containers.first?.exitCode } == [5, 4])
        await host.engine.sessionStarted()
        #expect(await host.engine.pendingReports(limit: 10).count == 3)
        await host.engine.acknowledge(await host.engine.pendingReports(limit: 10), unknownTaskArns: [])
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(30))
                return await host.runtime.containers.count == 1
            })
        await host.stop()
    }
}
