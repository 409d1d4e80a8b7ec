/// What a handler answers with.
package struct Response: Sendable {
    package enum Body: Sendable {
        /// Sent with a Content-Length.
        case bytes([UInt8])
        /// Sent in chunks while the closure writes. The closure runs in its own task, which is cancelled when the
        /// client goes or the server stops; returning ends the body, throwing cuts the connection so that the client
        /// can tell that the body is not whole.
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    package var status: Int
    /// `Content-Length`, `Transfer-Encoding` and `Date` are the server's own and are left out if given.
    package var headers: HeaderList
    package var body: Body
    /// Closes the connection after this response; otherwise the client and the protocol version decide.
    package var closesConnection: Bool

    package init(status: Int, headers: HeaderList = [:], body: [UInt8] = [], closesConnection: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = .bytes(body)
        self.closesConnection = closesConnection
    }

    /// A body of unknown length: each write reaches the client at once, and waits while the client does not read.
    package init(
        status: Int, headers: HeaderList = [:], stream: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) {
        self.status = status
        self.headers = headers
        body = .stream(stream)
        closesConnection = false
    }
}

/// Why the server itself answers, before or instead of the handler.
package enum RequestFault: Sendable, Equatable {
    /// The head breaks HTTP, or is ambiguous; the connection closes after the answer.
    case malformed(reason: String)
    case headerTooLarge(limitBytes: Int)
    case bodyTooLarge(limitBytes: Int)
    /// The whole header or the whole body did not come in time; the connection closes.
    case tooSlow
    case tooManyConnections(limit: Int)
    /// ``ServerConfiguration/arrivingBodiesLimitBytes`` is used up.
    case tooManyBodies
    /// The handler's response cannot be sent as it is: a status outside 200–599, or a header that breaks HTTP.
    case invalidResponse

    package var status: Int {
        switch self {
        case .malformed: 400
        case .headerTooLarge: 431
        case .bodyTooLarge: 413
        case .tooSlow: 408
        case .tooManyConnections, .tooManyBodies: 503
        case .invalidResponse: 500
        }
    }

    /// One sentence for a person; holds nothing that the client sent.
    package var message: String {
        switch self {
        case .malformed(let reason): "The request is malformed: \(reason)."
        case .headerTooLarge(let limit): "The request header is larger than \(limit) bytes."
        case .bodyTooLarge(let limit): "The request body is larger than \(limit) bytes."
        case .tooSlow: "The request did not arrive in time."
        case .tooManyConnections(let limit): "The server has \(limit) connections open, which is its limit."
        case .tooManyBodies: "The server is receiving as many request bodies as it can hold."
        case .invalidResponse: "The server could not send its response."
        }
    }

    /// The default for ``ServerConfiguration/errorResponse``: the message as text.
    package static func plainText(_ fault: RequestFault) -> Response {
        Response(
            status: fault.status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: Array((fault.message + "\n").utf8))
    }
}
