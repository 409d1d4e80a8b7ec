/// Limits and trust for all requests of one ``Client``.
package struct ClientConfiguration: Sendable {
    /// For resolving the name, connecting and, with https, the handshake. Default 5 s.
    package var connectTimeout: Duration = .seconds(5)
    /// For a whole ``Client/send(_:)``, unless the request sets its own. Default 30 s.
    package var timeout: Duration = .seconds(30)
    /// How long a stream may bring no byte, its head included, before it fails. Default 60 s.
    package var streamIdleTimeout: Duration = .seconds(60)

    /// A larger body fails a ``Client/send(_:)``. Default 16 MiB.
    package var responseLimitBytes = 16 * 1024 * 1024
    /// Bytes of a stream that may wait for the consumer before the server is made to wait. Default 256 KiB.
    package var streamBufferBytes = 256 * 1024
    /// Connections kept open for the next request. Default 8.
    package var maximumIdleConnections = 8

    /// PEM file of the certificate authorities to trust with https; the system's by default.
    package var caFile: String?
    /// Connect to this unix socket, whatever host the URL names.
    package var unixSocketPath: String?

    package init() {}
}
