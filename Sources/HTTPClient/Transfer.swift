internal import CCurl

/// One request on its way, and what its response is given to. Confined to the client's thread.
final class Transfer {
    typealias Completion = CheckedContinuation<Result<ClientResponse, HTTPClientError>, Never>

    /// Who takes the response.
    enum Sink: Sendable {
        /// The whole body at once, up to a limit.
        case collect(limitBytes: Int, Completion)
        case stream(StreamBuffer)
    }

    let id: UInt64
    let hostAndPort: String
    let sink: Sink
    /// Nil without an idle time-out.
    let idleNanoseconds: UInt64?
    private(set) var lastByteAt: UInt64
    private var head = ClientResponseHead(status: 0, headers: [])
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(id: UInt64, hostAndPort: String, sink: Sink, idleNanoseconds: UInt64?) {
        self.id = id
        self.hostAndPort = hostAndPort
        self.sink = sink
        self.idleNanoseconds = idleNanoseconds
        lastByteAt = MonotonicTime.now()
    }

    /// When to give up for want of bytes; nil if never, or while it is the consumer who is slow.
    var idleDeadline: UInt64? {
        guard let idleNanoseconds, case .stream(let buffer) = sink, !buffer.isPaused else { return nil }
        return lastByteAt &+ idleNanoseconds
    }

    func restartIdleClock() {
        lastByteAt = MonotonicTime.now()
    }

    /// One header line with its line end; a status line begins a new head (after 100 Continue, for instance).
    func receiveHeader(_ line: UnsafeRawBufferPointer, handle: UnsafeMutableRawPointer?) {
        lastByteAt = MonotonicTime.now()
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            head = ClientResponseHead(status: 0, headers: [])
        } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let value = text[text.utf8.index(after: colon)...].utf8
            let trimmed = value.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
            head.headers.append(ClientHeader(String(text[..<colon]), String(decoding: trimmed, as: UTF8.self)))
        } else if text == "\r\n" || text == "\n", let handle {
            head.status = stevedore_curl_response_code(handle)
            if head.status >= 200, case .stream(let buffer) = sink {
                head.peer = Self.peer(of: handle)
                buffer.receive(head)
            }
        }
    }

    private static func peer(of handle: UnsafeMutableRawPointer) -> ClientPeer? {
        var port = 0
        guard let address = stevedore_curl_peer(handle, &port), let port = UInt16(exactly: port) else { return nil }
        return ClientPeer(address: String(cString: address), port: port)
    }

    /// - Returns: what curl's write callback returns.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        lastByteAt = MonotonicTime.now()
        switch sink {
        case .collect(let limitBytes, _):
            guard body.count + bytes.count <= limitBytes else {
                isTooLarge = true
                return 0
            }
            body.append(contentsOf: bytes)
            return bytes.count
        case .stream(let buffer):
            return buffer.receive(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
        }
    }

    /// The end, good or bad; called once.
    func finish(_ error: HTTPClientError?) {
        let error =
            isTooLarge
            ? HTTPClientError(.responseTooLarge, hostAndPort: hostAndPort, reason: "the response body is too large")
            : error
        switch sink {
        case .collect(_, let completion):
            completion.resume(returning: error.map { .failure($0) } ?? .success(ClientResponse(head: head, body: body)))
        case .stream(let buffer):
            buffer.finish(error)
        }
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }
}

// What curl calls, from inside curl_multi_perform or curl_easy_pause on the client's thread. The context is the
// transfer, which the loop keeps for as long as the easy handle lives.

func headerReceived(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let data, let context else { return 0 }
    let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
    let line = UnsafeRawBufferPointer(start: data, count: size * count)
    transfer.transfer.receiveHeader(line, handle: transfer.handlePointer)
    return size * count
}

func bodyReceived(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let data, let context else { return 0 }
    let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.transfer.receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
}
