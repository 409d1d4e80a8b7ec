internal import CMicroHTTPD
import Glibc

/// libmicrohttpd daemons, one thread each, among which connections are dealt out in turn.
///
/// They are separate daemons without a listening socket, not libmicrohttpd's own pool: so the server accepts by itself,
/// deals evenly, can refuse with an answer at its limit, and can stop accepting; libmicrohttpd's own way to do that
/// (MHD_quiesce_daemon) races with its threads and may abort the process.
struct Daemons: ~Copyable {
    private var pointers: [OpaquePointer] = []
    /// See ``ServerConfiguration/streamPath``.
    private var streams: OpaquePointer?
    private var next = 0
    private let context: Unmanaged<ServerCore>

    init(core: ServerCore) throws(ServerError) {
        context = Unmanaged.passRetained(core)
        let configuration = core.configuration
        let slowest = max(configuration.idleTimeout, configuration.responseTimeout)
        var settings = stevedore_mhd_settings(
            // Besides the head, the pool holds libmicrohttpd's own records of it and the response's header.
            connection_memory_bytes: configuration.headerLimitBytes + 4096,
            connection_limit: UInt32(clamping: configuration.maximumConnections + 64),
            // A backstop: the event loop keeps the exact deadlines.
            inactivity_seconds: UInt32(clamping: slowest.components.seconds + 5),
            access_handler: accessRequested, completed: requestCompleted, connection_changed: connectionChanged,
            request_line: requestLineRead, context: context.toOpaque())
        for _ in 0..<max(1, configuration.threads) {
            guard let daemon = stevedore_mhd_start(&settings) else {
                stop()
                throw ServerError(.system, "MHD_start_daemon: no thread or descriptor left")
            }
            pointers.append(daemon)
        }
        guard configuration.streamPath != nil else { return }
        streams = stevedore_mhd_start(&settings)
        if streams == nil {
            stop()
            throw ServerError(.system, "MHD_start_daemon: no thread or descriptor left")
        }
    }

    /// Takes over the descriptor, whatever happens.
    mutating func add(_ client: AcceptedSocket, asksForStream: Bool) {
        var client = client
        if !asksForStream { next = (next + 1) % pointers.count }
        let daemon = asksForStream ? streams ?? pointers[next] : pointers[next]
        withUnsafePointer(to: &client.address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // Fails for want of memory, and has then closed the descriptor: the client sees a closed connection.
                _ = MHD_add_connection(daemon, client.descriptor, $0, client.length)
            }
        }
    }

    /// What tells a nudge from a client: no client has an address of no family.
    static let nudgeFamily = sa_family_t(AF_UNSPEC)

    /// Makes every thread take its events.
    ///
    /// libmicrohttpd 0.9.75 asks epoll for 128 events and, when it gets exactly that many, waits for more before it serves
    /// any of them: with 128 (or 256, …) clients ready at once and all others quiet, all wait. A connection that is closed
    /// already is the one thing that wakes its thread from outside without touching anything else.
    func nudge() {
        for daemon in pointers + (streams.map { [$0] } ?? []) {
            var pair: [Int32] = [-1, -1]
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            // Out of descriptors or memory: the next nudge tries again.
            guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { return }
            close(pair[1])
            var address = sockaddr(sa_family: Self.nudgeFamily, sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
            _ = MHD_add_connection(daemon, pair[0], &address, socklen_t(MemoryLayout<sockaddr>.size))
        }
    }

    /// Waits for the threads; no connection may be suspended. Must be called once.
    consuming func stop() {
        for daemon in pointers { MHD_stop_daemon(daemon) }
        if let streams { MHD_stop_daemon(streams) }
        context.release()
    }
}
