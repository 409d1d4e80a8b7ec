import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Support
import Testing

private let dockerHost = ProcessInfo.processInfo.environment["STEVEDORE_TEST_DOCKER_HOST"]

/// Against a real docker, which has an image `stevedore-test` with busybox's `sh`, `sleep`, `env` and `dd` in it.
@Suite(.enabled(if: dockerHost != nil), .serialized) struct DockerCLITests {
    private let agentID = "test-\(UUID().uuidString)"
    private let docker: DockerCLI

    init() throws {
        let path = try #require(
            ExecutableLookup.find("docker", searchPath: ProcessInfo.processInfo.environment["PATH"] ?? ""))
        var environment = ProcessInfo.processInfo.environment
        environment["DOCKER_HOST"] = dockerHost
        docker = DockerCLI(
            executable: path, environment: environment, agentID: agentID,
            registryDirectory: NSTemporaryDirectory() + "registry-\(agentID)")
    }

    private func launch(_ name: String, _ change: (inout ContainerLaunch) -> Void = { _ in }) -> ContainerLaunch {
        let arn = taskArn(name)
        var launch = ContainerLaunch(
            name: ContainerName.make(family: "test", revision: 1, container: name, taskArn: agentID + arn),
            image: "stevedore-test",
            labels: ContainerLabels.all(
                agentID: agentID, cluster: "default", taskArn: arn, family: "test", revision: 1, containerName: name,
                own: [:]),
            command: ["sleep", "100"], stopTimeoutSeconds: 1)
        change(&launch)
        return launch
    }

    private func clean() async throws {
        for container in try await docker.list() { try await docker.remove(id: container.id) }
    }

    @Test func itSaysWhatItIs() async throws {
        let description = try await docker.describe()
        #expect(!description.version.isEmpty)
        #expect(description.loggingDrivers.contains("json-file"))
    }

    @Test func aContainerFromStartToEnd() async throws {
        let since = Date().addingTimeInterval(-1)
        let secret = "line one\nline two"
        let launched = try await docker.run(
            launch("all") {
                $0.environment = [
                    .init(name: "A", value: " '$x' "), .init(name: "SECRET", value: secret),
                    .init(name: "LD_PRELOAD", value: "/none"),
                ]
                $0.entryPoint = ["/bin/sh", "-c"]
                $0.command = [
                    #"[ "$A" = " '\$x' " ] && [ "$SECRET" = "$(printf 'line one\nline two')" ] && [ "$LD_PRELOAD" = /none ] && exec sleep 100"#
                ]
            })
        #expect(launched.state == .running)
        let listed = try await docker.list()
        #expect(listed.map(\.id) == [launched.id])
        #expect(listed.first?.taskArn == taskArn("all"))
        try await docker.stop(id: launched.id, timeoutSeconds: 1)
        try await docker.stop(id: launched.id, timeoutSeconds: 1)
        guard case .exited(let exit) = try await docker.inspect(ids: [launched.id, "nosuch"]).first?.state else {
            Issue.record("it has not ended")
            return
        }
        // PID 1 without a handler: only SIGKILL ends it.
        #expect(exit.code == 137)
        #expect(!exit.isOutOfMemory)
        try await docker.remove(id: launched.id)
        try await docker.remove(id: launched.id)
        var kinds: [RuntimeEvent.Kind] = []
        for try await event in docker.events(since: since) {
            kinds.append(event.kind)
            if event.kind == .removed { break }
        }
        #expect(kinds == [.started, .exited(code: 137), .removed])
    }

    struct Failure: Sendable {
        var name: String
        var change: @Sendable (inout ContainerLaunch) -> Void
        var reason: String
    }

    @Test(arguments: [
        Failure(name: "noimage", change: { $0.image = "stevedore-none" }, reason: "CannotPullContainerError: "),
        Failure(name: "nocommand", change: { $0.command = ["nosuch"] }, reason: "CannotStartContainerError: "),
        Failure(name: "nouser", change: { $0.user = "--privileged" }, reason: "CannotStartContainerError: "),
        Failure(name: "nomemory", change: { $0.memoryMiB = 1 }, reason: "CannotCreateContainerError: "),
    ])
    func failures(failure: Failure) async throws {
        do throws(RuntimeError) {
            _ = try await docker.run(launch(failure.name, failure.change))
            Issue.record("it started")
        } catch {
            #expect(error.reason.hasPrefix(failure.reason), "\(error.reason)")
        }
        try await clean()
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let port = ContainerLaunch.PublishedPort(hostPort: 38123, containerPort: 80, transportProtocol: .tcp)
        _ = try await docker.run(launch("first") { $0.ports = [port] })
        do throws(RuntimeError) {
            _ = try await docker.run(launch("second") { $0.ports = [port] })
            Issue.record("it started")
        } catch {
            #expect(error.code == .portInUse(port))
        }
        #expect(try await docker.list().count == 1, "what could not start for its port is gone")
        try await clean()
    }

    @Test func aStartThatIsAskedForTwiceMakesOneContainer() async throws {
        let first = try await docker.run(launch("twice"))
        #expect(try await docker.run(launch("twice")) == first)
        let other = launch("twice") { $0.labels[ContainerLabels.agent] = "another" }
        await #expect(throws: RuntimeError.self) { _ = try await docker.run(other) }
        try await docker.kill(id: first.id)
        guard case .exited = try await docker.run(launch("twice")).state else {
            Issue.record("an ended container was not taken over")
            return
        }
        try await clean()
    }

    @Test func whatHasEndedIsStartedOnceMore() async throws {
        let launched = try await docker.run(
            launch("again") { $0.command = ["sh", "-c", "echo >> /tmp/starts; exit 3"] })
        func exit() async throws -> ContainerExit? {
            guard case .exited(let exit) = try await docker.inspect(ids: [launched.id]).first?.state else { return nil }
            return exit
        }
        #expect(try await eventually { try await exit() != nil })
        let first = try #require(try await exit())
        try await docker.start(id: launched.id)
        #expect(try await eventually { try await exit().map { $0.date > first.date } ?? false })
        #expect(try await exit()?.code == 3)
        try await docker.remove(id: launched.id)
        do throws(RuntimeError) {
            try await docker.start(id: launched.id)
            Issue.record("it started")
        } catch {
            #expect(error.code == .noSuchContainer)
        }
    }

    @Test func itsHealthIsTold() async throws {
        let since = Date().addingTimeInterval(-1)
        let launched = try await docker.run(
            launch("health") { $0.healthCheck = HealthCheck(command: ["CMD", "true"], intervalSeconds: 1) })
        #expect(try await docker.inspect(ids: [launched.id]).first?.health != nil)
        for try await event in docker.events(since: since) where event.kind == .health(.healthy) { break }
        #expect(try await docker.inspect(ids: [launched.id]).first?.health == .healthy)
        try await clean()
    }

    @Test func memoryThatRunsOut() async throws {
        let launched = try await docker.run(
            launch("oom") {
                $0.memoryMiB = 8
                $0.command = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M"]
            })
        let isOutOfMemory = try await eventually {
            guard case .exited(let exit) = try await docker.inspect(ids: [launched.id]).first?.state else {
                return false
            }
            return exit.isOutOfMemory && exit.code == 137
        }
        #expect(isOutOfMemory)
        try await clean()
    }

    @Test func anImageThatCannotBePulled() async {
        do throws(RuntimeError) {
            _ = try await docker.pull(image: "localhost:1/none:x", credential: nil)
            Issue.record("it was pulled")
        } catch {
            #expect(error.code == .registryUnavailable)
        }
    }

    /// The whole engine on the real thing.
    @Test func tasksRunAndStop() async throws {
        let directory = NSTemporaryDirectory() + agentID
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func makeEngine() async throws -> (TaskEngine, Task<Void, Never>) {
            var configuration = EngineConfiguration(agentID: agentID)
            configuration.imagePullBehavior = .preferCached
            let engine = TaskEngine(
                configuration: configuration, runtime: docker,
                journal: try Journal.open(directory: directory, now: Date()).journal, logger: .discarding)
            try await engine.restore()
            return (engine, Task { await engine.run() })
        }
        func container(_ name: String, _ command: [String]) -> ContainerSpecification {
            ContainerSpecification(name: name, image: "stevedore-test", command: command, stopTimeoutSeconds: 1)
        }
        let tasks = [
            assignment("runs", [container("a", ["sleep", "100"]), container("b", ["sleep", "100"])]),
            assignment("ends", [container("a", ["sh", "-c", "exit 42"])]),
            assignment("bad", [container("a", ["nosuch"])]),
        ]
        var (engine, running) = try await makeEngine()
        try await engine.apply(AssignmentMessage(sequence: 1, isComplete: true, tasks: tasks))
        func report(_ id: String) async -> TaskReport? {
            await engine.pendingReports(limit: 10).first { $0.report.taskArn == taskArn(id) }?.report
        }
        #expect(await eventually { await report("runs")?.status == .running })
        #expect(await eventually { await report("ends")?.containers.first?.exitCode == 42 })
        #expect(await eventually { await report("bad")?.containers.first?.reason?.contains("nosuch") == true })
        let ids = await report("runs")?.containers.map(\.runtimeID)

        running.cancel()
        await running.value
        (engine, running) = try await makeEngine()
        #expect(await eventually { await report("runs")?.containers.map(\.runtimeID) == ids })
        #expect(await report("runs")?.status == .running)
        try await engine.apply(AssignmentMessage(sequence: 1, isComplete: true, tasks: []))
        #expect(await eventually { await report("runs") == nil })
        #expect(await eventually { await engine.runningTaskCount == 0 })
        running.cancel()
        await running.value
        try await clean()
    }
}
