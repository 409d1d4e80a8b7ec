import Dispatch

#if canImport(Glibc)
    import Glibc
#endif

/// The signals that stop a service.
package enum ServiceSignals {
    /// SIGTERM and SIGINT, one element each time. To be called once, early: from then on they end nothing by themselves.
    ///
    /// SIGPIPE is ignored from then on: a peer that hangs up is an error of the write, and no reason to die.
    package static func stopRequests() -> AsyncStream<Int32> {
        signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(8))
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return EventSource(base: source)
        }
        continuation.onTermination = { _ in
            for source in sources { source.base.cancel() }
        }
        return stream
    }
}
