import Foundation
import Support
import Testing

@testable import AgentRuntime

@Suite struct PauseImageTests {
    @Test func programEndsWhenItIsToldTo() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pause-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(PauseProgram.executable(for: .current)).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        // Process 1 of namespaces of its own, which ignores what it does not ask for; its orphans must not stay zombies.
        let script = """
            unshare --pid --fork --kill-child sh -c '(sleep 0.05 & ); exec "$0"' "$0" & unshare=$!
            while ! pause=$(cat /proc/$unshare/task/$unshare/children) || [ -z "$pause" ]; do sleep 0.01; done
            pause=${pause% }
            while [ "$(readlink /proc/$pause/exe)" != "$0" ]; do sleep 0.01; done
            while [ -n "$(cat /proc/$pause/task/$pause/children)" ]; do sleep 0.01; done
            kill -TERM $pause
            wait $unshare
            """
        let output = try await Subprocess.run(
            SubprocessCommand(
                executable: "/bin/sh", arguments: ["-c", script, path], environment: ["PATH": "/usr/bin:/bin"]),
            timeout: .seconds(20))
        #expect(output.status == .exited(0), "\(String(decoding: output.standardError, as: UTF8.self))")
    }

    @Test(arguments: PauseProgram.Architecture.allCases) func executableSaysHowLongItIs(
        architecture: PauseProgram.Architecture
    ) {
        let file = PauseProgram.executable(for: architecture)
        let length = file[96..<104].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(length == file.count)
        // The set of signals is read as a word.
        #expect((file.count - 8) % 8 == 0)
        #expect(file.suffix(8) == [0x02, 0x40, 0x01, 0, 0, 0, 0, 0])
    }

    @Test func archiveHoldsTheProgram() async throws {
        let output = try await Subprocess.run(
            SubprocessCommand(
                executable: "/bin/tar", arguments: ["--extract", "--to-stdout", "--file=-", "pause"],
                environment: ["PATH": "/usr/bin:/bin"], standardInput: PauseImage.archive()),
            timeout: .seconds(20))
        #expect(output.standardOutput == PauseProgram.executable(for: .current))
    }

    @Test func imageIsMadeOnceItIsMissing() async throws {
        let runtime = FakeRuntime([PauseImage.reference: .init(isCached: false)])
        _ = try await runtime.runPause(ContainerLaunch(name: "a", image: ""))
        _ = try await runtime.runPause(ContainerLaunch(name: "b", image: ""))
        let image = PauseImage.reference
        #expect(await runtime.calls == ["run \(image)", "make \(image)", "run \(image)", "run \(image)"])
    }
}
