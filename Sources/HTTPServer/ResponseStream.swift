internal import CMicroHTTPD
import Glibc
import Synchronization

/// The buffer between a producer's task and libmicrohttpd's content reader.
///
/// ```
///  producer: write ──▶ waiting ──▶ buffer ──▶ read: libmicrohttpd's thread ──▶ socket
/// ```
/// When the buffer is empty the connection is suspended: it costs no thread and no wake-up. libmicrohttpd leaves the
/// socket of a suspended connection alone, so the next write goes straight to it, as a chunk of its own. To resume the
/// connection for that would make libmicrohttpd look at every suspended connection, and a control plane has one for
/// each host. What the socket does not take at once is kept and follows as soon as it does; only the end of the body
/// resumes the connection.
final class ResponseStream: Sendable {
    typealias Outcome = Result<Void, ResponseWriterError>

    private struct Waiter {
        let id: UInt64
        let bytes: [UInt8]
        var offset: Int
        let deadline: UInt64
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var buffer: [UInt8] = []
        /// Bytes of `buffer` already read; it is compacted when it has been read whole.
        var consumed = 0
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        var end: End?
        var isSuspended = false
        /// Framed bytes that the socket has not taken yet. While there are some the connection stays suspended.
        var rest: [UInt8] = []
        var restSent = 0
        var restDeadline: UInt64 = 0
        var producer: Task<Void, Never>?

        var buffered: Int { buffer.count - consumed }
    }

    private enum End {
        /// The producer returned: what is buffered is still sent.
        case finished
        /// The producer threw: what is buffered is still sent, then the connection is cut.
        case failed
        /// The connection is to be cut at once.
        case aborted(ResponseWriterError)
    }

    /// MHD_CONTENT_READER_END_OF_STREAM: a macro with a cast.
    private static let endOfStream = -1

    private let handle: ConnectionHandle
    private let fileDescriptor: Int32
    /// True for HTTP/1.0, which has no chunks: the body ends with the connection.
    private let endsByClosing: Bool
    private let limitBytes: Int
    private let writeTimeoutNanoseconds: UInt64
    /// Asks for ``outputReady()``, once.
    private let watchOutput: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        handle: ConnectionHandle, fileDescriptor: Int32, endsByClosing: Bool, limitBytes: Int, writeTimeout: Duration,
        watchOutput: @escaping @Sendable () -> Void
    ) {
        self.watchOutput = watchOutput
        self.handle = handle
        self.endsByClosing = endsByClosing
        self.fileDescriptor = fileDescriptor
        self.limitBytes = max(1, limitBytes)
        writeTimeoutNanoseconds = writeTimeout.wholeNanoseconds
    }

    // MARK: Producer's side

    func start(_ produce: @escaping @Sendable (ResponseWriter) async throws -> Void) {
        let task = Task {
            do {
                try await produce(ResponseWriter(stream: self))
                self.end(.finished)
            } catch {
                // The client learns of it by the missing last chunk; the producer knows its own error.
                self.end(.failed)
            }
        }
        let isOver = state.withLock { state in
            state.producer = task
            guard case .aborted = state.end else { return false }
            return true
        }
        if isOver { task.cancel() }
    }

    var isGone: Bool {
        state.withLock {
            if case .aborted = $0.end { true } else { false }
        }
    }

    func write(_ bytes: [UInt8]) async throws(ResponseWriterError) {
        guard let id = try enqueueAtOnce(bytes) else { return }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(for: id, bytes, $0) }
        } onCancel: {
            self.cancelWaiter(id)
        }
        try outcome.get()
    }

    /// Nil when the bytes fitted; otherwise the number under which to wait.
    private func enqueueAtOnce(_ bytes: [UInt8]) throws(ResponseWriterError) -> UInt64? {
        let outcome: Result<UInt64?, ResponseWriterError> = state.withLock { state in
            if let error = Self.refusal(state) { return .failure(error) }
            if writesDirectly(state), state.waiters.isEmpty,
                state.rest.isEmpty || state.rest.count - state.restSent + bytes.count <= limitBytes
            {
                sendDirectly(bytes, &state)
                return .success(nil)
            }
            if state.rest.isEmpty, state.waiters.isEmpty, state.buffered + bytes.count <= limitBytes {
                state.buffer.append(contentsOf: bytes)
                resume(&state)
                return .success(nil)
            }
            state.nextWaiter += 1
            return .success(state.nextWaiter)
        }
        return try outcome.get()
    }

    private func wait(for id: UInt64, _ bytes: [UInt8], _ continuation: CheckedContinuation<Outcome, Never>) {
        let refused: ResponseWriterError? = state.withLock { state in
            if let error = Self.refusal(state) { return error }
            // Looked at under the lock that `cancelWaiter` takes: a cancellation is seen here, or finds the waiter.
            if Task.isCancelled { return .cancelled }
            let deadline = MonotonicTime.now() &+ writeTimeoutNanoseconds
            state.waiters.append(
                Waiter(id: id, bytes: bytes, offset: 0, deadline: deadline, continuation: continuation))
            // Behind what the socket has not taken it waits for its turn.
            guard state.rest.isEmpty else { return nil }
            for writer in moveWaiting(&state) { writer.resume(returning: .success(())) }
            resume(&state)
            return nil
        }
        if let refused { continuation.resume(returning: .failure(refused)) }
    }

    /// Whether libmicrohttpd has nothing to send and leaves the socket alone. Without chunks there is no frame to write.
    private func writesDirectly(_ state: State) -> Bool {
        state.isSuspended && !endsByClosing && state.buffered == 0 && state.end == nil
    }

    /// One chunk: its size in hexadecimal digits, the bytes, and the line ends around them.
    private func sendDirectly(_ bytes: [UInt8], _ state: inout State) {
        if bytes.isEmpty { return }
        if state.rest.isEmpty { state.restDeadline = MonotonicTime.now() &+ writeTimeoutNanoseconds }
        state.rest.append(contentsOf: String(bytes.count, radix: 16).utf8)
        state.rest.append(contentsOf: "\r\n".utf8)
        state.rest.append(contentsOf: bytes)
        state.rest.append(contentsOf: "\r\n".utf8)
        sendRest(&state)
    }

    private func sendRest(_ state: inout State) {
        while state.restSent < state.rest.count {
            let count = state.rest.withUnsafeBytes { rest in
                Glibc.send(
                    fileDescriptor, rest.baseAddress?.advanced(by: state.restSent), rest.count - state.restSent,
                    Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                // Any other failure is a client that is gone, of which the hang-up tells.
                if errno == EAGAIN { watchOutput() }
                return
            }
            state.restSent += count
            state.restDeadline = MonotonicTime.now() &+ writeTimeoutNanoseconds
        }
        state.rest = []
        state.restSent = 0
    }

    /// The socket takes more. Called by the event loop.
    func outputReady() {
        let written: [CheckedContinuation<Outcome, Never>] = state.withLock { state in
            guard !state.rest.isEmpty else { return [] }
            sendRest(&state)
            var written: [CheckedContinuation<Outcome, Never>] = []
            while state.rest.isEmpty, writesDirectly(state), let waiter = state.waiters.first {
                sendDirectly(Array(waiter.bytes[waiter.offset...]), &state)
                state.waiters.removeFirst()
                written.append(waiter.continuation)
            }
            if state.rest.isEmpty, state.end != nil || state.buffered > 0 { resume(&state) }
            return written
        }
        for writer in written { writer.resume(returning: .success(())) }
    }

    private static func refusal(_ state: State) -> ResponseWriterError? {
        switch state.end {
        case nil: nil
        case .finished, .failed: .clientGone
        case .aborted(let error): error
        }
    }

    private func cancelWaiter(_ id: UInt64) {
        let partlySent: Bool = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return false }
            let waiter = state.waiters.remove(at: index)
            waiter.continuation.resume(returning: .failure(.cancelled))
            return waiter.offset > 0
        }
        // Half a line must not be followed by another line.
        if partlySent { end(.aborted(.cancelled)) }
    }

    // MARK: libmicrohttpd's side

    /// Fills `target`; called by libmicrohttpd on the connection's own thread.
    ///
    /// - Returns: the count of bytes, 0 when it suspended the connection, or libmicrohttpd's end mark.
    func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        let (count, written): (Int, [CheckedContinuation<Outcome, Never>]) = state.withLock { state in
            if case .aborted = state.end { return (closeSocket(target), []) }
            let count = min(target.count, state.buffered)
            guard count > 0 else {
                switch state.end {
                case .finished where !endsByClosing: return (Self.endOfStream, [])
                case .finished, .failed, .aborted: return (closeSocket(target), [])
                case nil: break
                }
                stevedore_flush(fileDescriptor)
                MHD_suspend_connection(handle.pointer)
                state.isSuspended = true
                return (0, [])
            }
            state.buffer.withUnsafeBytes { buffer in
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[state.consumed...].prefix(count)))
            }
            state.consumed += count
            if state.buffered == 0 {
                state.buffer.removeAll(keepingCapacity: false)
                state.consumed = 0
            }
            return (count, moveWaiting(&state))
        }
        for writer in written { writer.resume(returning: .success(())) }
        return count
    }

    /// Ends the connection without the last chunk.
    ///
    /// libmicrohttpd 0.9.75 forgets a connection whose content reader returns MHD_CONTENT_READER_END_WITH_ERROR, or ends
    /// a body without chunks: it stays open until its inactivity time-out. But a failed write makes it close at once, so
    /// we shut the socket down and give it a byte to fail on.
    private func closeSocket(_ target: UnsafeMutableRawBufferPointer) -> Int {
        shutdown(fileDescriptor, Int32(SHUT_RDWR))
        target[0] = 0
        return 1
    }

    /// Moves waiting bytes into the free part of the buffer, oldest first.
    private func moveWaiting(_ state: inout State) -> [CheckedContinuation<Outcome, Never>] {
        var written: [CheckedContinuation<Outcome, Never>] = []
        while var waiter = state.waiters.first, state.buffered < limitBytes {
            if state.consumed > 0 {
                state.buffer.removeFirst(state.consumed)
                state.consumed = 0
            }
            let count = min(limitBytes - state.buffered, waiter.bytes.count - waiter.offset)
            state.buffer.append(contentsOf: waiter.bytes[waiter.offset..<waiter.offset + count])
            waiter.offset += count
            guard waiter.offset == waiter.bytes.count else {
                state.waiters[0] = waiter
                break
            }
            state.waiters.removeFirst()
            written.append(waiter.continuation)
        }
        return written
    }

    // MARK: Ending

    /// The client is gone, or the server gives it up. Cancels the producer.
    func abort(_ error: ResponseWriterError) {
        end(.aborted(error))
        state.withLock { $0.producer }?.cancel()
    }

    /// Asks the producer to stop, and lets it end the body by itself.
    func cancelProducer() {
        state.withLock { $0.producer }?.cancel()
    }

    /// Gives up the client if a write has waited too long. True if so.
    func expire(now: UInt64) -> Bool {
        let isLate = state.withLock { state in
            !state.rest.isEmpty && state.restDeadline <= now || state.waiters.first.map { $0.deadline <= now } ?? false
        }
        if isLate { abort(.clientTooSlow) }
        return isLate
    }

    private func end(_ end: End) {
        let failed: [Waiter] = state.withLock { state in
            switch (state.end, end) {
            case (nil, _), (.finished, .aborted), (.failed, .aborted): state.end = end
            default: return []
            }
            resume(&state)
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        let error: ResponseWriterError = if case .aborted(let error) = end { error } else { .clientGone }
        for waiter in failed { waiter.continuation.resume(returning: .failure(error)) }
    }

    /// Only a suspended connection is resumed, once: it cannot be freed meanwhile, so the handle is good.
    private func resume(_ state: inout State) {
        guard state.isSuspended else { return }
        // What is left of a chunk comes first, unless nothing is to come any more.
        if !state.rest.isEmpty {
            guard case .aborted = state.end else { return }
        }
        state.isSuspended = false
        MHD_resume_connection(handle.pointer)
    }
}
