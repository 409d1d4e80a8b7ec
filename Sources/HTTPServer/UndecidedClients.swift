internal import CMicroHTTPD
import Glibc

/// Accepted clients whose first bytes have not come, so that it is not known which thread is to serve them. It is a
/// guess about load and nothing else: each thread can serve every request.
struct UndecidedClients {
    /// Tells them from connections in the event loop's marks.
    private static let markBit: UInt64 = 1 << 63

    private struct Waiting {
        var client: AcceptedSocket
        var since: UInt64
    }

    /// The first bytes of a request for a stream; nil if there is one kind of thread only.
    private let pattern: [UInt8]?
    private let epoll: Int32
    private var waiting: [UInt64: Waiting] = [:]
    private var lastMark = UndecidedClients.markBit

    init(streamPath: String?, epoll: Int32) {
        pattern = streamPath.map { Array("GET \($0)".utf8) }
        self.epoll = epoll
    }

    var count: Int { waiting.count }

    func count(of address: String) -> Int { waiting.values.count { $0.client.numericAddress == address } }

    static func owns(_ mark: UInt64) -> Bool { mark & markBit != 0 }

    /// Whether the client asks for a stream; nil if it has said nothing yet. One that has said only a part of a line
    /// counts as one that does not.
    func asksForStream(_ client: AcceptedSocket) -> Bool? {
        guard let pattern else { return false }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pattern.count) { buffer in
            let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
            let count = recv(client.descriptor, buffer.baseAddress, pattern.count, flags)
            if count < 0, errno == EAGAIN || errno == EINTR { return nil }
            return count == pattern.count && buffer.elementsEqual(pattern)
        }
    }

    /// Waits for the client's first bytes.
    ///
    /// - Returns: false for want of kernel memory.
    mutating func wait(for client: AcceptedSocket, now: UInt64) -> Bool {
        lastMark += 1
        do { try Epoll.watchInput(of: client.descriptor, mark: lastMark, in: epoll) } catch { return false }
        waiting[lastMark] = Waiting(client: client, since: now)
        return true
    }

    /// The client with this mark, whose first bytes are there or who is gone.
    mutating func take(_ mark: UInt64) -> AcceptedSocket? {
        guard let client = waiting.removeValue(forKey: mark)?.client else { return nil }
        Epoll.forget(client.descriptor, in: epoll)
        return client
    }

    /// Those who have been waiting since then or longer.
    mutating func take(since: UInt64) -> [AcceptedSocket] {
        waiting.filter { $0.value.since <= since }.keys.compactMap { take($0) }
    }
}
