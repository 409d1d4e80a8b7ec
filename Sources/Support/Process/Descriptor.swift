import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A file descriptor with an owner, closed when the last one lets go.
final class Descriptor: Sendable {
    let raw: Int32

    init(_ raw: Int32) { self.raw = raw }

    deinit {
        // Nothing was written that a failing close could lose: these are pipes, memory files and process handles.
        close(raw)
    }

    /// Waits without a thread until there is something to read, or the end.
    ///
    /// - Returns: false if the waiting task was cancelled.
    func waitUntilReadable() async -> Bool {
        let wait = ReadWait()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait.start(descriptor: raw, continuation)
            }
        } onCancel: {
            wait.cancel()
        }
        return !Task.isCancelled
    }

    /// What is there to read: nil at the end (or a broken pipe, which is one), empty if there is nothing yet.
    func readAvailable(into buffer: inout [UInt8]) -> Int? {
        while true {
            let count = buffer.withUnsafeMutableBytes { read(raw, $0.baseAddress, $0.count) }
            if count > 0 { return count }
            if count == 0 { return nil }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            default: return nil
            }
        }
    }
}

/// One wait for a descriptor. The continuation is resumed when the source has let go of the descriptor, and only then,
/// so that whoever waited may close it.
private final class ReadWait: Sendable {
    private enum State {
        case idle
        case waiting(EventSource)
        case cancelled
    }

    private static let queue = DispatchQueue(label: "stevedore.descriptors")
    private let state = Mutex<State>(.idle)

    func start(descriptor: Int32, _ continuation: CheckedContinuation<Void, Never>) {
        let source = EventSource(base: DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue))
        source.base.setEventHandler { [self] in cancel() }
        source.base.setCancelHandler { continuation.resume() }
        let isCancelled = state.withLock { state in
            if case .cancelled = state { return true }
            state = .waiting(source)
            return false
        }
        source.base.resume()
        // A cancelled source runs its cancel handler, and no event handler.
        if isCancelled { source.base.cancel() }
    }

    func cancel() {
        state.withLock { state in
            if case .waiting(let source) = state { source.base.cancel() }
            state = .cancelled
        }
    }
}
