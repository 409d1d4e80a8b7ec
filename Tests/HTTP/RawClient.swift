import Foundation

/// Runs something that blocks away from Swift's pool, which has a thread a core and which the handlers need.
func offPool<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: work()) }
    }
}

/// A TCP client that sends exactly the bytes it is told to; each receive waits for 10 s at most.
final class RawClient: Sendable {
    let descriptor: Int32

    struct Failure: Error {
        let call: String
        let number: Int32
    }

    /// - Parameter source: the address that the server sees.
    init(port: UInt16, from source: String? = nil, receiveBufferBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", number: errno) }
        if var size = receiveBufferBytes { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if let source {
            guard call(bind, Self.address(source, 0)) == 0 else { throw Failure(call: "bind", number: errno) }
        }
        guard call(connect, Self.address("127.0.0.1", port)) == 0 else {
            throw Failure(call: "connect", number: errno)
        }
    }

    private static func address(_ text: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(text)
        return address
    }

    private func call(
        _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ address: sockaddr_in
    ) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }

    /// Whether something comes, or the connection ends, in that time.
    func isReadable(within limit: Duration) -> Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, Int32(limit / .milliseconds(1))) > 0
    }

    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// False when the peer no longer takes it.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return false }
            offset += sent
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// One piece of what the peer sent; nil at its end of file, a reset, or after 10 s.
    private func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Everything up to the peer's end of file.
    func receiveAll() async -> String {
        await receive { _ in false }
    }

    /// Until the text so far satisfies the condition, or the peer closed.
    func receive(until condition: @escaping @Sendable (String) -> Bool) async -> String {
        await offPool {
            var bytes: [UInt8] = []
            while !condition(String(decoding: bytes, as: UTF8.self)), let more = self.receive() { bytes += more }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// The status codes of the responses in what a server sent, in order.
func statuses(_ text: String) -> [Int] {
    text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
}

/// Looks every few milliseconds until the condition holds; false after the time given.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if condition() { return true }
        // A real socket has no clock to inject; this only paces the looking.
        try? await Task.sleep(for: .milliseconds(3))
    }
    return condition()
}
