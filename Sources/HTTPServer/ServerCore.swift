import Synchronization

/// What every connection of one server shares: settings, handler, and the list of open connections.
final class ServerCore: Sendable {
    typealias Handler = @Sendable (Request) async -> Response

    /// The durations of ``ServerConfiguration`` in nanoseconds.
    struct Limits {
        let header: UInt64
        let body: UInt64
        let idle: UInt64
        let response: UInt64
    }

    /// An over-long body is read and dropped up to this multiple of the limit, because a client that is still sending
    /// when the connection closes gets a reset instead of the answer.
    static let droppedBodyFactor = 8

    /// How often a client gets the time for its header again because what it sent has not been read yet.
    static let headProlongationLimit = 3

    let configuration: ServerConfiguration
    let handler: Handler
    let limits: Limits

    private struct State {
        var connections: [UInt64: Connection] = [:]
        /// 0 and 1 are the event loop's own marks.
        var nextID: UInt64 = 2
        /// From now on a new connection is closed at once.
        var isClosed = false
    }

    private let state = Mutex(State())
    private let stopping = Atomic(false)
    private let arrivingBytes = Atomic(0)
    let watcher: Int32

    /// - Parameter watcher: the event loop's epoll descriptor, which is told of every connection's hang-up.
    init(configuration: ServerConfiguration, watcher: Int32, handler: @escaping Handler) {
        self.configuration = configuration
        self.handler = handler
        self.watcher = watcher
        limits = Limits(
            header: configuration.headerTimeout.wholeNanoseconds, body: configuration.bodyTimeout.wholeNanoseconds,
            idle: configuration.idleTimeout.wholeNanoseconds,
            response: configuration.responseTimeout.wholeNanoseconds)
    }

    var openConnections: Int { state.withLock { $0.connections.count } }

    /// The limit that leaves no room for one more connection from this address; nil if there is room.
    ///
    /// - Parameter undecided: who was accepted already, and is not among the connections yet.
    func limitReached(by address: @autoclosure () -> String, undecided: UndecidedClients) -> Int? {
        if openConnections + undecided.count >= configuration.maximumConnections {
            return configuration.maximumConnections
        }
        guard let limit = configuration.maximumConnectionsPerAddress else { return nil }
        let address = address()
        let open =
            state.withLock { state in state.connections.values.count { $0.remoteAddress == address } }
            + undecided.count(of: address)
        return open >= limit ? limit : nil
    }

    var connections: [Connection] { state.withLock { Array($0.connections.values) } }

    func connection(_ id: UInt64) -> Connection? {
        state.withLock { $0.connections[id] }
    }

    /// Called on a libmicrohttpd thread.
    func opened(_ handle: ConnectionHandle) -> Connection {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let connection = Connection(id: id, handle: handle, core: self)
        let isLate = state.withLock { state in
            state.connections[id] = connection
            return state.isClosed
        }
        if isLate { connection.close() }
        Epoll.watchHangUp(of: connection.fileDescriptor, mark: id, in: watcher)
        return connection
    }

    /// Called on a libmicrohttpd thread, just before it closes the descriptor.
    func closed(_ connection: Connection) {
        connection.closed()
        state.withLock { $0.connections[connection.id] = nil }
    }

    /// Counts bytes of a body that is still arriving; false if that would be too many.
    func reserveBody(bytes: Int) -> Bool {
        let (_, total) = arrivingBytes.add(bytes, ordering: .relaxed)
        if total <= configuration.arrivingBodiesLimitBytes { return true }
        arrivingBytes.subtract(bytes, ordering: .relaxed)
        return false
    }

    func releaseBody(bytes: Int) {
        arrivingBytes.subtract(bytes, ordering: .relaxed)
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// From now on each response closes its connection.
    func beginStopping() {
        stopping.store(true, ordering: .releasing)
    }

    /// Closes all connections, and those that libmicrohttpd has accepted but not announced yet.
    func closeAll() {
        let open = state.withLock { state in
            state.isClosed = true
            return Array(state.connections.values)
        }
        for connection in open { connection.close() }
    }

    /// The answer to a fault; a body that is not bytes is left out.
    func answer(_ fault: RequestFault) -> Response {
        var response = configuration.errorResponse(fault)
        if case .stream = response.body { response.body = .bytes([]) }
        return response
    }

    static func isOwnHeader(_ name: String) -> Bool {
        ["content-length", "transfer-encoding", "date"].contains { equalsIgnoringCase(name, $0) }
    }
}
