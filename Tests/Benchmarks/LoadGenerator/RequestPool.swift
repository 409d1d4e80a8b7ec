/// A few connections over which many requests go, one at a time each, in the order in which they were asked for.
final class RequestPool {
    /// Status (0 if the connection was lost), body, and when the answer was there.
    typealias Answer = (_ status: Int, _ body: ArraySlice<UInt8>) -> Void

    fileprivate struct Request {
        var bytes: [UInt8]
        var answer: Answer
    }

    private var idle: [PooledConnection] = []
    private var waiting: [Request] = []
    private var firstWaiting = 0
    private(set) var isBroken = false

    init(loop: EventLoop, port: UInt16, connections: Int) {
        idle = (0..<connections).map { _ in PooledConnection(loop: loop, port: port) }
        for connection in idle { connection.pool = self }
    }

    var backlog: Int { waiting.count - firstWaiting }

    func send(_ bytes: [UInt8], _ answer: @escaping Answer) {
        let request = Request(bytes: bytes, answer: answer)
        if let connection = idle.popLast() { connection.start(request) } else { waiting.append(request) }
    }

    fileprivate func isFree(_ connection: PooledConnection) {
        guard firstWaiting < waiting.count else {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
            idle.append(connection)
            return
        }
        let request = waiting[firstWaiting]
        firstWaiting += 1
        if firstWaiting > 4096, firstWaiting * 2 > waiting.count {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
        connection.start(request)
    }
}

private final class PooledConnection: Connection {
    unowned(unsafe) var pool: RequestPool!
    private var request: RequestPool.Request?

    func start(_ request: RequestPool.Request) {
        self.request = request
        guard isOpen || open() else { return finish(0, []) }
        send(request.bytes)
    }

    override func received() {
        guard request != nil, let end = endOfHead() else { return }
        let length = contentLength(head: taken..<end)
        guard input.count >= end + length else { return }
        let status = status()
        let body = input[end..<(end + length)]
        taken = end + length
        finish(status, body)
    }

    override func lost() {
        close()
        if request != nil { finish(0, []) }
    }

    private func finish(_ status: Int, _ body: ArraySlice<UInt8>) {
        let answer = request?.answer
        request = nil
        pool.isFree(self)
        answer?(status, body)
    }
}
