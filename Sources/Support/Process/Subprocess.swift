import Synchronization

/// Starts programs and waits for them, without ever blocking a thread of Swift's pool.
package enum Subprocess {
    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - outputLimit: bytes that each of its two outputs may have.
    ///   - inactivity: how long it may write nothing. With this, its standard output is a terminal, since many programs
    ///     show progress to nothing else, and of what it shows there only the last `outputLimit` bytes are kept.
    ///   - timeout: after which its process group gets SIGTERM, and SIGKILL two seconds later. Cancelling the task that
    ///     waits does the same. Either way the call returns only when the child is gone.
    package static func run(
        _ command: SubprocessCommand, outputLimit: Int = 1 << 20, timeout: Duration, inactivity: Duration? = nil
    ) async throws(SubprocessError) -> SubprocessOutput {
        guard !Task.isCancelled else { throw cancelled(command) }
        let child = try await ChildProcess.spawn(command, hasTerminal: inactivity != nil)
        let failure = Mutex<SubprocessError?>(nil)
        let fail: @Sendable (SubprocessError) -> Void = { error in
            failure.withLock { if $0 == nil { $0 = error } }
            child.terminate()
        }
        // Cancellation must not tear down the waiting: it kills the child, and everything else follows from that.
        let supervision = Task {
            let timer = Task {
                guard (try? await Task.sleep(for: timeout)) != nil else { return }
                fail(.init(code: .timedOut, message: "\(command.executable) took longer than \(timeout)"))
            }
            let tooLong: @Sendable () -> Void = {
                fail(.init(code: .outputTooLong, message: "\(command.executable) wrote more than \(outputLimit) bytes"))
            }
            let pulse = Pulse()
            let watch = inactivity.map { limit in
                Task {
                    guard await pulse.stops(for: limit) else { return }
                    fail(.init(code: .inactive, message: "\(command.executable) wrote nothing for \(limit)"))
                }
            }
            let output = Task {
                if inactivity != nil { return await drainEnd(child.standardOutput, limit: outputLimit, pulse) }
                return await drain(child.standardOutput, limit: outputLimit, whenTooLong: tooLong)
            }
            let error = Task { await drain(child.standardError, limit: outputLimit, whenTooLong: tooLong) }
            let status = await child.waitForExit()
            timer.cancel()
            watch?.cancel()
            // What the child left running in the background may hold the pipes open for ever: it is not waited for.
            let patience = Task {
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
                output.cancel()
                error.cancel()
            }
            let result = SubprocessOutput(
                status: status, standardOutput: await output.value, standardError: await error.value)
            patience.cancel()
            return result
        }
        let output = await withTaskCancellationHandler {
            await supervision.value
        } onCancel: {
            fail(cancelled(command))
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return output
    }

    /// Runs a program for as long as `body` reads the lines that it writes; then ends it.
    ///
    /// Nothing is read ahead of `body` but one pipe's worth, so a reader that is slow holds the program up.
    package static func streaming<Result: Sendable>(
        _ command: SubprocessCommand, maximumLineBytes: Int, _ body: (inout LineReader) async throws -> Result
    ) async throws -> Result {
        let child = try await ChildProcess.spawn(command)
        let complaints = Task { await drain(child.standardError, limit: 4096, whenTooLong: {}) }
        let exit = Task { await child.waitForExit() }
        var reader = LineReader(descriptor: child.standardOutput, maximumLineBytes: maximumLineBytes)
        let result: Swift.Result<Result, any Error>
        do {
            let value = try await withTaskCancellationHandler {
                try await body(&reader)
            } onCancel: {
                child.terminate()
            }
            result = .success(value)
        } catch {
            result = .failure(error)
        }
        child.terminate()
        _ = await exit.value
        complaints.cancel()
        if case .failure(let error as LineReader.EndOfLines) = result {
            let text = String(decoding: await complaints.value, as: UTF8.self)
            throw SubprocessError(code: .cannotStart, message: "\(command.executable) ended: \(error.reason) \(text)")
        }
        return try result.get()
    }

    private static func cancelled(_ command: SubprocessCommand) -> SubprocessError {
        .init(code: .cancelled, message: "\(command.executable) was no longer wanted")
    }

    /// Reads to the end, keeps what fits into `limit`, and says so when there was more.
    private static func drain(
        _ descriptor: Descriptor, limit: Int, whenTooLong: @Sendable () -> Void
    ) async -> [UInt8] {
        var kept: [UInt8] = []
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 16384)
        while let count = descriptor.readAvailable(into: &buffer) {
            if count == 0 {
                guard await descriptor.waitUntilReadable() else { return kept }
                continue
            }
            kept += buffer[..<min(count, limit - kept.count)]
            total += count
            if total > limit { whenTooLong() }
        }
        return kept
    }

    /// Reads to the end, keeps the last `limit` bytes, and beats the pulse with each piece.
    private static func drainEnd(_ descriptor: Descriptor, limit: Int, _ pulse: Pulse) async -> [UInt8] {
        var kept: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while let count = descriptor.readAvailable(into: &buffer) {
            if count == 0 {
                guard await descriptor.waitUntilReadable() else { break }
                continue
            }
            pulse.beat()
            kept += buffer[..<count]
            // Not with each piece: moving them all takes longer than reading one.
            if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
        }
        return kept.suffix(limit)
    }
}

/// When something was last alive.
private final class Pulse: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func beat() { last.withLock { $0 = .now } }

    /// Returns true when it has not beaten for so long, false if the task was cancelled before.
    func stops(for limit: Duration) async -> Bool {
        while true {
            let due = last.withLock { $0 }.advanced(by: limit)
            if due <= .now { return true }
            guard (try? await Task.sleep(until: due, clock: .continuous)) != nil else { return false }
        }
    }
}

/// The lines of a running program's standard output.
package struct LineReader: ~Copyable {
    /// Why there are no more lines, for ``Subprocess/streaming(_:maximumLineBytes:_:)`` to explain.
    struct EndOfLines: Error {
        var reason: String
    }

    private let descriptor: Descriptor
    private let maximumLineBytes: Int
    private var pending: [UInt8] = []
    private var scanned = 0
    private var buffer = [UInt8](repeating: 0, count: 16384)

    init(descriptor: Descriptor, maximumLineBytes: Int) {
        self.descriptor = descriptor
        self.maximumLineBytes = maximumLineBytes
    }

    /// The next line without its newline.
    ///
    /// - Throws: when there is no more: the program ended, wrote a line that is too long, or the task was cancelled.
    package mutating func next() async throws -> [UInt8] {
        while true {
            if let newline = pending[scanned...].firstIndex(of: 0x0A) {
                let line = Array(pending[..<newline])
                pending.removeSubrange(...newline)
                scanned = 0
                return line
            }
            scanned = pending.count
            guard pending.count <= maximumLineBytes else {
                throw EndOfLines(reason: "a line of more than \(maximumLineBytes) bytes.")
            }
            guard let count = descriptor.readAvailable(into: &buffer) else {
                throw EndOfLines(reason: "no more lines.")
            }
            if count == 0, await !descriptor.waitUntilReadable() { throw CancellationError() }
            pending += buffer[..<count]
        }
    }
}
