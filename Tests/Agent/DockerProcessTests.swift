import AgentRuntime
import Foundation
import Support
import Testing

/// A docker that hangs, and how often it is called: with a script in its place.
@Suite struct DockerProcessTests {
    /// - Parameter script: gets docker's arguments.
    private func withDocker(
        _ script: String, timeouts: DockerCLI.Timeouts = DockerCLI.Timeouts(),
        _ body: (DockerCLI, _ directory: URL) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "docker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let source = directory.appending(path: "script").path
        let executable = directory.appending(path: "docker").path
        try Data("#!/bin/sh\ncd \(directory.path)\n\(script)\n".utf8).write(to: URL(filePath: source))
        // What this process had open for writing, a child of another test may have open still: it could not be run.
        let install = SubprocessCommand(
            executable: "/usr/bin/install", arguments: ["--mode=700", source, executable], environment: [:])
        #expect(try await Subprocess.run(install, timeout: .seconds(60)).status.isSuccess)
        let docker = DockerCLI(
            executable: executable, environment: [:], agentID: "a", registryDirectory: directory.path,
            timeouts: timeouts)
        try await body(docker, directory)
    }

    struct Call: Sendable {
        var transition: String
        var make: @Sendable (DockerCLI) async throws(RuntimeError) -> Void
    }

    @Test(arguments: [
        Call(transition: "pulled") { docker throws(RuntimeError) in
            _ = try await docker.pull(image: "box", credential: nil)
        },
        Call(transition: "started") { docker throws(RuntimeError) in
            _ = try await docker.run(ContainerLaunch(name: "n", image: "box", labels: [:]))
        },
        Call(transition: "started") { docker throws(RuntimeError) in try await docker.start(id: "1") },
        Call(transition: "described") { docker throws(RuntimeError) in try await docker.ping() },
    ])
    func whatDoesNotComeBackHasTimedOut(call: Call) async throws {
        var timeouts = DockerCLI.Timeouts()
        (timeouts.pull, timeouts.start, timeouts.ping) = (.seconds(1), .seconds(1), .seconds(1))
        try await withDocker("exec sleep 100", timeouts: timeouts) { docker, _ in
            do throws(RuntimeError) {
                try await call.make(docker)
                Issue.record("it came back")
            } catch {
                #expect(
                    error.reason
                        == "DockerTimeoutError: Could not transition to \(call.transition); timed out after waiting 1s")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func callsThatHangDoNotHideThatItAnswers() async throws {
        let script = "[ \"$1\" = version ] || { echo >>calls; exec sleep 100; }"
        try await withDocker(script) { docker, directory in
            let hanging = (1...20).map { number in Task { try await docker.start(id: "\(number)") } }
            // As many as there may be at once.
            let calls = directory.appending(path: "calls").path
            #expect(await eventually { FileManager.default.contents(atPath: calls)?.count == 6 })
            try await docker.ping()
            for task in hanging { task.cancel() }
            for task in hanging { _ = await task.result }
        }
    }

    @Test func containersAreRemovedInBatches() async throws {
        // rm --force --volumes -- ID…
        try await withDocker("shift 4; echo $# >>calls; for id; do echo $id; done") { docker, directory in
            let ids = (1...120).map { String(format: "%064d", $0) }
            #expect(try await docker.remove(ids: ids).isEmpty)
            let calls = try String(decoding: Data(contentsOf: directory.appending(path: "calls")), as: UTF8.self)
            #expect(calls == "50\n50\n20\n")
        }
    }
}
