import Foundation
import Support
import Testing

private func shell(_ script: String, input: String? = nil, environment: [String: String] = [:]) -> SubprocessCommand {
    SubprocessCommand(
        executable: "/bin/sh", arguments: ["-c", script], environment: environment,
        standardInput: input.map { Array($0.utf8) })
}

/// How long something may take that takes no time on a machine with nothing else to do.
private let patience: Duration = .seconds(120)

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct SubprocessTests {
    struct Ending: Sendable {
        var script: String
        var status: SubprocessStatus
        var output = ""
        var error = ""
    }

    @Test(arguments: [
        Ending(script: "echo out; echo err >&2", status: .exited(0), output: "out\n", error: "err\n"),
        Ending(script: "exit 37", status: .exited(37)),
        Ending(script: "kill -9 $$", status: .signaled(9)),
        // Our handlers, masks and descriptors are not the child's.
        Ending(script: "ls /proc/self/fd | tr '\\n' ' '", status: .exited(0), output: "0 1 2 3 "),
        Ending(script: "env | grep -v -e ^PWD -e ^_ -e ^SHLVL; true", status: .exited(0)),
    ])
    func endings(ending: Ending) async throws {
        let output = try await Subprocess.run(shell(ending.script), timeout: patience)
        #expect(output.status == ending.status)
        #expect(text(output.standardOutput) == ending.output)
        #expect(text(output.standardError) == ending.error)
    }

    @Test func argumentsAreWordsAndNotShell() async throws {
        let words = ["-n", "$(id)", "a b", "", "'\"`", "x\ny"]
        let output = try await Subprocess.run(
            .init(executable: "/usr/bin/printf", arguments: ["%s|"] + words), timeout: patience)
        #expect(text(output.standardOutput) == words.map { $0 + "|" }.joined())
    }

    @Test func standardInputIsAFile() async throws {
        let long = String(repeating: "line\n", count: 100_000)
        let output = try await Subprocess.run(
            shell("cat /dev/stdin; echo $WORD", input: long, environment: ["WORD": "w", "PATH": "/bin:/usr/bin"]),
            timeout: patience)
        #expect(text(output.standardOutput) == long + "w\n")
    }

    @Test func bothOutputsAreReadAtOnce() async throws {
        let script = "dd if=/dev/zero bs=1024 count=300 2>/dev/null | tee /dev/stderr"
        let output = try await Subprocess.run(
            shell(script, environment: ["PATH": "/bin:/usr/bin"]), timeout: patience)
        #expect(output.standardOutput.count == 307_200)
        #expect(output.standardError.count == 307_200)
    }

    @Test func whatMakesNoProgressIsKilled() async throws {
        let start = ContinuousClock.now
        do throws(SubprocessError) {
            _ = try await Subprocess.run(
                shell("echo begun; sleep 300", environment: ["PATH": "/bin:/usr/bin"]), timeout: patience,
                inactivity: .milliseconds(200))
            Issue.record("it went on")
        } catch {
            #expect(error.code == .inactive)
        }
        #expect(ContinuousClock.now - start < patience)
    }

    @Test func whatMakesProgressIsLeftAloneAndItsEndKept() async throws {
        let script =
            "[ -t 1 ] || exit 9; for i in 1 2 3 4 5 6; do printf %0999d $i; sleep 0.5; done; echo end; echo e >&2"
        let output = try await Subprocess.run(
            shell(script, environment: ["PATH": "/bin:/usr/bin"]), outputLimit: 10, timeout: patience,
            inactivity: .milliseconds(2500))
        #expect(output.status == .exited(0))
        #expect(text(output.standardOutput) == "00006end\r\n")
        #expect(text(output.standardError) == "e\n")
    }

    @Test func whatTakesTooLongIsKilledWithItsChildren() async throws {
        let start = ContinuousClock.now
        do throws(SubprocessError) {
            _ = try await Subprocess.run(
                shell("trap '' TERM; sleep 300 & sleep 300; sleep 300"), timeout: .milliseconds(200))
            Issue.record("it came back")
        } catch {
            #expect(error.code == .timedOut)
        }
        #expect(ContinuousClock.now - start < patience)
    }

    @Test func cancellingKills() async throws {
        let file = NSTemporaryDirectory() + "pid-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let task = Task { () async -> SubprocessError.Code? in
            do throws(SubprocessError) {
                _ = try await Subprocess.run(shell("echo $$ > \(file); exec /bin/sleep 300"), timeout: patience)
                return nil
            } catch { return error.code }
        }
        var pid: pid_t?
        let deadline = ContinuousClock.now + patience
        while pid == nil, ContinuousClock.now < deadline {
            pid = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { pid_t($0.dropLast()) }
            await Task.yield()
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(kill(try #require(pid), 0) == -1)
    }

    @Test func endlessOutputIsCutOff() async {
        await #expect(throws: SubprocessError.self) {
            _ = try await Subprocess.run(
                shell("while :; do echo yyyyyyyyyyyyyyyy; done"), outputLimit: 10_000, timeout: patience)
        }
    }

    @Test func whatStaysBehindHoldsNobodyUp() async throws {
        let start = ContinuousClock.now
        let output = try await Subprocess.run(
            shell("setsid sleep 150 & echo done", environment: ["PATH": "/bin:/usr/bin"]), timeout: patience)
        #expect(text(output.standardOutput) == "done\n")
        #expect(ContinuousClock.now - start < patience)
    }

    @Test func aProgramThatIsNotThereIsAnError() async {
        do throws(SubprocessError) {
            _ = try await Subprocess.run(.init(executable: "/no/such", arguments: []), timeout: .seconds(1))
            Issue.record("it ran")
        } catch {
            #expect(error.code == .cannotStart)
            #expect(error.message.contains("No such file"))
        }
    }

    @Test func aNulByteIsRefused() async {
        await #expect(throws: SubprocessError.self) {
            _ = try await Subprocess.run(.init(executable: "/bin/echo", arguments: ["a\0b"]), timeout: .seconds(1))
        }
    }

    @Test func linesComeAsTheyAreWritten() async throws {
        let lines = try await Subprocess.streaming(
            shell("echo one; printf 'two\\n\\nthree\\n'; exec /bin/sleep 300"), maximumLineBytes: 100
        ) { reader in
            var lines: [String] = []
            while lines.count < 4 { lines.append(text(try await reader.next())) }
            return lines
        }
        #expect(lines == ["one", "two", "", "three"])
    }

    @Test(arguments: ["echo sorry >&2; exit 3", "while :; do printf yyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"])
    func aStreamThatEndsIsAnError(script: String) async throws {
        do {
            try await Subprocess.streaming(shell(script), maximumLineBytes: 1000) { reader in
                while true { _ = try await reader.next() }
            }
            Issue.record("it went on")
        } catch let error as SubprocessError {
            #expect(error.message.contains("sorry") || error.message.contains("1000 bytes"))
        }
    }

    @Test func manyAtOnce() async throws {
        let codes = try await withThrowingTaskGroup(of: SubprocessStatus.self) { group in
            for code in 0..<60 {
                group.addTask { try await Subprocess.run(shell("exit \(code)"), timeout: patience).status }
            }
            return try await group.reduce(into: Set<SubprocessStatus>()) { $0.insert($1) }
        }
        #expect(codes == Set((0..<60).map { .exited($0) }))
    }

    @Test func lookup() {
        #expect(ExecutableLookup.find("sh", searchPath: "relative:/no/such:/bin:/usr/bin") == "/bin/sh")
        #expect(ExecutableLookup.find("/bin/sh", searchPath: "") == "/bin/sh")
        #expect(ExecutableLookup.find("no-such-program", searchPath: "/bin") == nil)
    }
}
