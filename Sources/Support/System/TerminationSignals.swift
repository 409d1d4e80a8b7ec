import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// SIGTERM and SIGINT as something to wait for. SIGPIPE is ignored: a broken pipe is an error code, not an end.
package final class TerminationSignals: Sendable {
    /// Only kept: a source that is let go is cancelled.
    private let sources: Mutex<[any DispatchSourceSignal]>
    private let signals: AsyncStream<Int32>

    /// From here on these signals no longer end the process by themselves.
    package init() {
        signal(SIGPIPE, SIG_IGN)
        let queue = DispatchQueue(label: "stevedore.signals")
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(1))
        sources = Mutex([])
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            sources.withLock { sources in
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { continuation.yield(number) }
                source.resume()
                sources.append(source)
            }
        }
        signals = stream
    }

    /// The first signal that comes; nil if the task is cancelled before.
    package func first() async -> Int32? { await signals.first { _ in true } }
}
