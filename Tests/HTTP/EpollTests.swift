import CMicroHTTPD
import Foundation
import Testing

@testable import HTTPServer

@Suite struct EpollTests {
    /// What the server itself shuts down afterwards is no news, or its loop would not come to rest until the connection
    /// is closed.
    @Test func aHangUpIsToldOnce() throws {
        let listener = try ListeningSocket(ServerConfiguration())
        let client = try RawClient(port: listener.port())
        let server = try #require(AcceptedSocket.accept(from: listener.descriptor))
        defer { close(server.descriptor) }
        let epoll = try Epoll.create()
        defer { close(epoll) }
        Epoll.watchHangUp(of: server.descriptor, mark: 7, in: epoll)
        var event = epoll_event()
        #expect(epoll_wait(epoll, &event, 1, 0) == 0)
        client.finishSending()
        #expect(epoll_wait(epoll, &event, 1, 10_000) == 1)
        #expect(event.data.u64 == 7)
        shutdown(server.descriptor, Int32(SHUT_RD))
        #expect(epoll_wait(epoll, &event, 1, 0) == 0)
        withExtendedLifetime(client) {}
    }
}
