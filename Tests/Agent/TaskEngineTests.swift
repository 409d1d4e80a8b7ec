import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

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
        let tasks = (1...24).map { assignment("\($0)") }
        try await host.assign(tasks)
        #expect(await eventually { await host.runtime.calls.count == 12 })
        try await host.assign(
            tasks.map { task in
                var task = task
                task.desiredStatus = .stopped
                return task
            })
        await host.runtime.set("box") { $0.isStartHeld = false }
        for task in 1...24 { #expect(await host.reaches(.stopped, "\(task)")) }
        #expect(await host.runtime.calls.filter { $0 == "run box" }.count == 12)
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
}
