/// A header field to send or received; names compare without regard to ASCII case.
package struct ClientHeader: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

package struct ClientRequest: Sendable {
    package var method: String
    /// `http` or `https`; already percent-encoded.
    package var url: String
    /// Sent as given; `Content-Length` is added for a body, and `Host` unless it is given.
    package var headers: [ClientHeader]
    package var body: [UInt8]
    /// Overrides ``ClientConfiguration/timeout`` in `send`, ``ClientConfiguration/streamIdleTimeout`` in `stream`.
    package var timeout: Duration?

    package init(
        method: String = "GET", url: String, headers: [ClientHeader] = [], body: [UInt8] = [], timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// Status and headers of a response. Any status is a response, not an error; redirects are not followed.
package struct ClientResponseHead: Sendable, Equatable {
    package internal(set) var status: Int
    package internal(set) var headers: [ClientHeader]
    /// Of a stream, who sends it; nil by way of a unix socket.
    package internal(set) var peer: ClientPeer?

    /// The first value of the field, or nil.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.utf8.elementsEqual(name.utf8) { lowercase($0) == lowercase($1) } }?.value
    }
}

/// The other end of a connection.
package struct ClientPeer: Sendable, Equatable {
    /// Numeric.
    package let address: String
    package let port: UInt16
}

package struct ClientResponse: Sendable, Equatable {
    package let head: ClientResponseHead
    package let body: [UInt8]

    package var status: Int { head.status }
    package func header(_ name: String) -> String? { head.header(name) }
}

private func lowercase(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
}
