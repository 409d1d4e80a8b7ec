import Foundation
import HTTPClient
import HTTPServer
import Synchronization
import Testing

extension HTTPTests {
    @Suite(.serialized) struct ClientStreamTests {
        private func stream(
            _ port: UInt16, _ configure: (inout ClientConfiguration) -> Void = { _ in }
        ) async throws -> (Client, ClientStream) {
            var configuration = ClientConfiguration()
            configure(&configuration)
            let client = Client(configuration)
            return (client, try await client.stream(ClientRequest(url: "http://127.0.0.1:\(port)/")))
        }

        @Test func bringsEachLineAtOnceAndEnds() async throws {
            let (lines, feed) = AsyncStream.makeStream(of: String.self)
            let handler: Server.Handler = { _ in
                Response(status: 200, headers: ["X-A": "1"]) { writer in
                    for await line in lines { try await writer.write(line) }
                }
            }
            try await withServer(handler: handler) { port, _ in
                let (client, stream) = try await stream(port)
                #expect(stream.status == 200 && stream.head.header("x-a") == "1")
                var iterator = stream.makeAsyncIterator()
                // The next line is written when the one before has come: one that waited for company would wait for ever.
                for number in 0..<200 {
                    feed.yield("line \(number)\n")
                    #expect(try await iterator.next() == Array("line \(number)\n".utf8))
                }
                feed.finish()
                #expect(try await iterator.next() == nil)
                #expect(try await iterator.next() == nil)
                withExtendedLifetime(client) {}
            }
        }

        @Test func givesErrorBodiesToo() async throws {
            let handler: Server.Handler = { _ in Response(status: 403, body: Array("no".utf8)) }
            try await withServer(handler: handler) { port, _ in
                let (client, stream) = try await stream(port)
                var body: [UInt8] = []
                for try await chunk in stream { body += chunk }
                #expect(stream.status == 403 && body == Array("no".utf8))
                withExtendedLifetime(client) {}
            }
        }

        @Test func failsWhenTheServerCutsIt() async throws {
            struct Oops: Error {}
            let handler: Server.Handler = { _ in
                Response(status: 200) { writer in
                    try await writer.write("half")
                    throw Oops()
                }
            }
            try await withServer(handler: handler) { port, _ in
                let (client, stream) = try await stream(port)
                await #expect(throws: HTTPClientError.self) { for try await _ in stream {} }
                withExtendedLifetime(client) {}
            }
        }

        @Test func failsWhenItFallsSilent() async throws {
            let handler: Server.Handler = { _ in
                Response(status: 200) { writer in
                    try await writer.write("hello")
                    try await Task.sleep(for: .seconds(3600))
                }
            }
            try await withServer(handler: handler) { port, _ in
                let (client, stream) = try await stream(port) { $0.streamIdleTimeout = .milliseconds(300) }
                var iterator = stream.makeAsyncIterator()
                #expect(try await iterator.next() == Array("hello".utf8))
                let began = ContinuousClock.now
                let error = await failure { try await iterator.next() }
                #expect(error?.code == .timedOut && error?.isRetryable == true)
                #expect(error?.hostAndPort == "127.0.0.1:\(port)")
                let took = ContinuousClock.now - began
                #expect(took > .milliseconds(200) && took < .seconds(1), "\(took)")
                withExtendedLifetime(client) {}
            }
        }

        @Test func failsWhenNoHeadComes() async throws {
            let listener = try Listener(says: nil)
            let error = await failure {
                try await stream(listener.port) { $0.streamIdleTimeout = .milliseconds(200) }
            }
            #expect(error?.code == .timedOut)
        }

        @Test(arguments: [0, 1, 2])
        func endsWhenCancelledOrDropped(_ way: Int) async throws {
            let log = ProducerLog()
            let handler: Server.Handler = { _ in
                Response(status: 200) { writer in
                    try await writer.write("hello")
                    do {
                        try await Task.sleep(for: .seconds(3600))
                    } catch {
                        log.note { $0.wasCancelled = true }
                    }
                }
            }
            try await withServer(handler: handler) { port, server in
                let (client, stream) = try await stream(port)
                let isWaiting = Atomic(false)
                let reader = Task {
                    var iterator = stream.makeAsyncIterator()
                    _ = try await iterator.next()
                    isWaiting.store(true, ordering: .relaxed)
                    if way < 2 { _ = try await iterator.next() }
                }
                _ = consume stream
                #expect(await eventually { isWaiting.load(ordering: .relaxed) })
                let began = ContinuousClock.now
                if way == 0 { reader.cancel() }
                if way == 1 { client.close() }
                let result = await reader.result
                #expect(ContinuousClock.now - began < .seconds(5))
                if way < 2 {
                    #expect(throws: HTTPClientError.self) { try result.get() }
                }
                #expect(await eventually { log.seen.wasCancelled && server.openConnections == 0 })
                withExtendedLifetime(client) {}
            }
        }

        /// A consumer that waits makes the server wait; nothing is lost, and little is held meanwhile.
        @Test func makesAFastServerWait() async throws {
            let log = ProducerLog()
            let total = 20_000_000
            let handler: Server.Handler = { _ in
                Response(status: 200) { writer in
                    var sent = 0
                    while sent < total {
                        try await writer.write(
                            [UInt8](repeating: UInt8(truncatingIfNeeded: sent / 10_000), count: 10_000))
                        sent += 10_000
                        log.note { $0.writtenBytes += 10_000 }
                    }
                    log.note { $0.isOver = true }
                }
            }
            try await withServer(handler: handler) { port, _ in
                let (client, stream) = try await stream(port) {
                    $0.streamBufferBytes = 100_000
                    // Less than the consumer's pause: while it is the consumer who is slow, the stream is not silent.
                    $0.streamIdleTimeout = .milliseconds(200)
                }
                var iterator = stream.makeAsyncIterator()
                var received = try await iterator.next() ?? []
                var last = -1
                // Until the producer stands still for 400 ms.
                while last != log.seen.writtenBytes {
                    last = log.seen.writtenBytes
                    try await Task.sleep(for: .milliseconds(400))
                }
                #expect(last < total / 2 && !log.seen.isOver)
                while let chunk = try await iterator.next() { received += chunk }
                let expected = (0..<total / 10_000).flatMap {
                    [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 10_000)
                }
                #expect((received == expected) == true)
                withExtendedLifetime(client) {}
            }
        }
    }
}
