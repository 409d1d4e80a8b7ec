import Synchronization

/// Hands a stream's head and chunks from the client's thread to one consumer; when it is full, curl stops reading the
/// socket, so that the server has to wait.
final class StreamBuffer: Sendable {
    typealias Head = CheckedContinuation<Result<ClientResponseHead, HTTPClientError>, Never>
    typealias Chunk = CheckedContinuation<Result<[UInt8]?, HTTPClientError>, Never>

    private struct State {
        var head: Result<ClientResponseHead, HTTPClientError>?
        var headWaiter: Head?
        var chunks: [[UInt8]] = []
        var bufferedBytes = 0
        var isPaused = false
        /// nil while the stream goes on; then nil for a good end, or the error.
        var end: HTTPClientError??
        var chunkWaiter: Chunk?
    }

    private let limitBytes: Int
    private let state = Mutex(State())

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    var isPaused: Bool { state.withLock { $0.isPaused } }

    // MARK: The client's thread

    func receive(_ head: ClientResponseHead) {
        let waiter = state.withLock { state in
            state.head = .success(head)
            defer { state.headWaiter = nil }
            return state.headWaiter
        }
        waiter?.resume(returning: .success(head))
    }

    /// False if there is no room: the bytes come again after ``take()`` has made some.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (isTaken, waiter): (Bool, Chunk?) = state.withLock { state in
            if let waiter = state.chunkWaiter {
                state.chunkWaiter = nil
                return (true, waiter)
            }
            guard state.bufferedBytes == 0 || state.bufferedBytes + bytes.count <= limitBytes else {
                state.isPaused = true
                return (false, nil)
            }
            state.chunks.append(Array(bytes))
            state.bufferedBytes += bytes.count
            return (true, nil)
        }
        waiter?.resume(returning: .success(Array(bytes)))
        return isTaken
    }

    func finish(_ error: HTTPClientError?) {
        let (head, chunk): (Head?, Chunk?) = state.withLock { state in
            state.end = .some(error)
            defer {
                state.headWaiter = nil
                state.chunkWaiter = nil
            }
            return (state.headWaiter, state.chunkWaiter)
        }
        head?.resume(returning: .failure(error ?? Self.noHead))
        chunk?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    private static let noHead = HTTPClientError(
        .malformedResponse, hostAndPort: "", reason: "the response ended before its head did")

    // MARK: The consumer

    func waitForHead(_ continuation: Head) {
        let known: Result<ClientResponseHead, HTTPClientError>? = state.withLock { state in
            if let head = state.head { return head }
            if case .some(let error) = state.end { return .failure(error ?? Self.noHead) }
            state.headWaiter = continuation
            return nil
        }
        if let known { continuation.resume(returning: known) }
    }

    /// Gives the next chunk to the continuation, now or later.
    ///
    /// - Returns: true if curl was made to wait and may go on.
    func take(_ continuation: Chunk) -> Bool {
        let (known, mayGoOn): (Result<[UInt8]?, HTTPClientError>?, Bool) = state.withLock { state in
            if !state.chunks.isEmpty {
                let chunk = state.chunks.removeFirst()
                state.bufferedBytes -= chunk.count
                guard state.isPaused, state.bufferedBytes <= limitBytes / 2 else { return (.success(chunk), false) }
                state.isPaused = false
                return (.success(chunk), true)
            }
            if case .some(let error) = state.end { return (error.map { .failure($0) } ?? .success(nil), false) }
            precondition(state.chunkWaiter == nil, "a response stream has one consumer")
            state.chunkWaiter = continuation
            return (nil, false)
        }
        if let known { continuation.resume(returning: known) }
        return mayGoOn
    }
}
