import Support
import Testing

@Suite(.timeLimit(.minutes(1))) struct DatagramTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func whatIsSentIsReceived(address: String) async throws {
        let receiver = try DatagramReceiver(address: address, port: 0, sizeLimit: 4)
        let (received, continuation) = AsyncStream<[UInt8]>.makeStream()
        let running = Task { await receiver.run { continuation.yield($0) } }
        var iterator = received.makeAsyncIterator()
        // The last is cut to one byte more than the limit, which shows that it is too long.
        for sent: [UInt8] in [[1, 2], [], [3], [1, 2, 3, 4, 5, 6]] {
            try Datagram.send(sent, to: address, port: receiver.port)
            #expect(await iterator.next() == Array(sent.prefix(5)))
        }
        running.cancel()
        await running.value
    }

    @Test func aPortThatIsTakenIsRefused() throws {
        let receiver = try DatagramReceiver(address: "127.0.0.1", port: 0, sizeLimit: 1)
        #expect(throws: DatagramError.self) {
            _ = try DatagramReceiver(address: "127.0.0.1", port: receiver.port, sizeLimit: 1)
        }
    }

    @Test func namesAreNotLookedUp() {
        #expect(throws: DatagramError.self) { try Datagram.send([1], to: "localhost", port: 9) }
    }
}
