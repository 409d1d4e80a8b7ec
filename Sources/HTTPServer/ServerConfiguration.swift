import Glibc

/// Where to listen, and every limit the server keeps. Durations are real time.
package struct ServerConfiguration: Sendable {
    /// Numeric IPv4 or IPv6 address. Default `127.0.0.1`.
    package var address = "127.0.0.1"
    /// TCP port; 0 lets the kernel choose (see ``Server/start()``).
    package var port: UInt16 = 0
    /// Listen here, for the owner of the process alone, and not on address and port. What has this name is replaced.
    package var unixSocketPath: String?
    /// Threads that parse and write; a handler that never suspends also runs there. Default: one a core.
    package var threads = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Starts a handler on the server thread that read its request, up to its first suspension; most handlers end there,
    /// without a change of thread. Set to false for handlers that compute for long. Default true.
    package var startsHandlersInline = true

    /// The path, or its beginning, of streams that stay open: connections whose first request is a GET for it have a thread
    /// of their own. A stream that waits is suspended, and whenever a connection is resumed libmicrohttpd looks at every
    /// suspended one of its thread. For a server with such a path a connection's time for its header begins up to half a
    /// second late. Nil, the default, is no such thread.
    package var streamPath: String?

    /// Open connections. One more is answered with 503 and closed, without reading its request.
    /// Default: the process's soft RLIMIT_NOFILE when the value is made, less 256 for everything else.
    package var maximumConnections = ServerConfiguration.connectionsAllowedByFileLimit()
    /// Open connections of one client address, so that no client can take them all; nil, the default, is no such limit.
    package var maximumConnectionsPerAddress: Int?
    /// Request line and headers together. More is answered with 431. Default 16 KiB.
    package var headerLimitBytes = 16 * 1024
    /// More is answered with 413; up to eight times as much is read and dropped so that the client sees the answer.
    /// Default 1 MiB.
    package var bodyLimitBytes = 1024 * 1024
    /// Bytes of all bodies that are still arriving, together. A body that would exceed it is read and dropped, and
    /// answered with 503: many clients with a body each must not fill the memory. Default 256 MiB.
    package var arrivingBodiesLimitBytes = 256 * 1024 * 1024

    /// How long a kept-alive connection may wait for its next request. Default 60 s.
    package var idleTimeout: Duration = .seconds(60)
    /// For the whole header, from accept or, on a kept-alive connection, from its first bytes (which are noticed within
    /// one more such time). While bytes of it wait to be read by a server that is behind, it begins anew, up to three
    /// times. Default 10 s.
    package var headerTimeout: Duration = .seconds(10)
    /// For the whole body, from the end of the header. Default 10 s.
    package var bodyTimeout: Duration = .seconds(10)
    /// For a response of fixed length to be taken by the client, plus its length at ``responseBytesPerSecond``.
    /// Default 60 s.
    package var responseTimeout: Duration = .seconds(60)
    /// The slowest client that gets a large response whole. Default 16 KiB/s.
    package var responseBytesPerSecond = 16 * 1024

    /// Bytes of a streamed response that may wait for the client before `write` waits. Default 64 KiB.
    package var streamBufferBytes = 64 * 1024
    /// How long one `write` may wait before the client counts as gone. Default 30 s.
    package var streamWriteTimeout: Duration = .seconds(30)

    /// Makes the answer to a request that the handler never sees, so that it can have the shape clients expect.
    /// Must give a body of bytes. Called on a server thread; must not block.
    package var errorResponse: @Sendable (RequestFault) -> Response = RequestFault.plainText

    package init() {}

    package static func connectionsAllowedByFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 768 }
        let open = Int(clamping: limit.rlim_cur)
        return max(64, min(open, 1_000_000) - 256)
    }
}
