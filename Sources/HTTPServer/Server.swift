import Glibc
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd: strict about what it reads, with a limit on everything.
///
/// A request reaches the handler only when it is whole and unambiguous (see ``HeadRules``); every other one is answered
/// by ``ServerConfiguration/errorResponse``. Faults that libmicrohttpd itself finds first (no colon in a header line, a
/// malformed Content-Length or chunk, a head larger than its memory, HTTP/2 or 0.9) get its own short HTML page with
/// the right status. After any of these answers the connection closes and nothing more is read from it.
///
/// The task that runs the handler is cancelled when its client closes the connection, and when the server stops.
package final class Server: Sendable {
    package typealias Handler = @Sendable (Request) async -> Response

    private enum State {
        case new
        case running(ServerCore, LoopControl)
        case stopped
    }

    private let configuration: ServerConfiguration
    private let handler: Handler
    private let state = Mutex(State.new)

    package init(_ configuration: ServerConfiguration, handler: @escaping Handler) {
        self.configuration = configuration
        self.handler = handler
    }

    /// Listens and begins to serve. A started server must be stopped; dropping it does not stop it.
    ///
    /// - Returns: the port, which is the kernel's choice if ``ServerConfiguration/port`` is 0;
    ///   0 for a unix socket.
    package func start() throws(ServerError) -> UInt16 {
        let result: Result<UInt16, ServerError> = state.withLock { state in
            guard case .new = state else {
                return .failure(ServerError(.notStartable, "start the server: it was started before"))
            }
            do throws(ServerError) {
                let listener = try ListeningSocket(configuration)
                let port = try configuration.unixSocketPath == nil ? listener.port() : 0
                let control = try LoopControl()
                let core = ServerCore(configuration: configuration, watcher: control.epoll, handler: handler)
                let daemons = try Daemons(core: core)
                let loop = try EventLoop(core: core, control: control, listener: listener, daemons: daemons)
                try LoopThread.start(loop)
                state = .running(core, control)
                return .success(port)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Connections open now, idle ones included.
    package var openConnections: Int {
        state.withLock { if case .running(let core, _) = $0 { core.openConnections } else { 0 } }
    }

    /// Stops accepting at once, lets requests in work (and those that come within 50 ms on open connections) end for up
    /// to the grace period, then ends streams and closes everything. Returns when all of it is freed; may be called again, also at the same time.
    package func stop(gracePeriod: Duration = .seconds(5)) async {
        let control: LoopControl? = state.withLock { state in
            if case .running(_, let control) = state { return control }
            state = .stopped
            return nil
        }
        guard let control else { return }
        await control.stop(deadline: MonotonicTime.now() &+ gracePeriod.wholeNanoseconds)
        state.withLock { $0 = .stopped }
    }
}

/// Runs an event loop on a thread of its own: it blocks, so it must not run on Swift's pool.
private final class LoopThread: Sendable {
    private let loop: Mutex<EventLoop?>

    private init(_ loop: consuming sending EventLoop) {
        self.loop = Mutex(consume loop)
    }

    static func start(_ loop: consuming sending EventLoop) throws(ServerError) {
        let box = Unmanaged.passRetained(LoopThread(loop))
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, runLoop, box.toOpaque())
        guard result == 0 else {
            box.takeRetainedValue().loop.withLock { $0.take() }?.abandon()
            throw ServerError(call: "pthread_create", on: "", errno: result)
        }
        pthread_detach(thread)
    }

    fileprivate func run() {
        loop.withLock { $0.take() }?.run()
    }
}

/// The thread's entry; gets a retained ``LoopThread``.
private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<LoopThread>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
