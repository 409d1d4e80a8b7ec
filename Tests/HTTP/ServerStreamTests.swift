import Foundation
import HTTPServer
import Synchronization
import Testing

/// What a stream's producer met, seen from outside.
final class ProducerLog: Sendable {
    struct State {
        var writtenBytes = 0
        var error: ResponseWriterError?
        var wasCancelled = false
        var isOver = false
    }

    private let state = Mutex(State())
    var seen: State { state.withLock { $0 } }
    func note(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
}

extension HTTPTests {
    @Suite(.serialized) struct ServerStreamTests {
        @Test func eachLineReachesTheClientAtOnce() async throws {
            let (lines, feed) = AsyncStream.makeStream(of: String.self)
            try await withServer { _ in
            } handler: { _ in
                Response(status: 200, headers: ["Content-Type": "application/x-ndjson"]) { writer in
                    for await line in lines { try await writer.write(line + "\n") }
                }
            } _: { port, _ in
                let client = try RawClient(port: port)
                let began = ContinuousClock.now
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                let head = await client.receive { $0.hasSuffix("\r\n\r\n") }
                #expect(statuses(head) == [200] && head.contains("Transfer-Encoding: chunked"))
                // The head comes before there is any line: it must not wait for one, nor for the kernel's cork (200 ms).
                #expect(ContinuousClock.now - began < .milliseconds(150))
                var slowest = Duration.zero
                for number in 0..<200 {
                    let sent = ContinuousClock.now
                    feed.yield("line \(number)")
                    #expect(await client.receive { $0.contains("\n\r\n") }.contains("line \(number)\n"))
                    slowest = max(slowest, ContinuousClock.now - sent)
                }
                #expect(slowest < .milliseconds(100), "\(slowest)")
                feed.finish()
                #expect(await client.receive { $0.hasSuffix("0\r\n\r\n") } == "0\r\n\r\n")
                // The body has ended by itself: the connection goes on.
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(statuses(await client.receive { $0.hasSuffix("0\r\n\r\n") }) == [200])
            }
        }

        @Test func aThrowingProducerCutsTheConnection() async throws {
            struct Oops: Error {}
            try await withServer { _ in
            } handler: { _ in
                Response(status: 200) { writer in
                    try await writer.write("half")
                    throw Oops()
                }
            } _: { port, server in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await client.receiveAll().hasSuffix("half\r\n"))
                #expect(await eventually { server.openConnections == 0 })
            }
        }

        @Test func aLeavingClientIsNoticedWithoutAWrite() async throws {
            let log = ProducerLog()
            try await withServer(handler: endless(log)) { port, server in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = await client.receive { $0.contains("hello") }
                client.hangUp()
                #expect(await eventually { log.seen.wasCancelled && log.seen.error == .clientGone })
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }

        /// Writes once, waits for its own cancellation, and then finds that it can write no more.
        private func endless(_ log: ProducerLog) -> Server.Handler {
            { _ in
                Response(status: 200) { writer in
                    defer { log.note { $0.isOver = true } }
                    try await writer.write("hello")
                    do {
                        try await Task.sleep(for: .seconds(3600))
                    } catch {
                        log.note { $0.wasCancelled = true }
                    }
                    do throws(ResponseWriterError) {
                        try await writer.write("again")
                    } catch {
                        log.note { $0.error = error }
                    }
                }
            }
        }

        @Test func aClientThatNeverReadsIsBoundedAndGivenUp() async throws {
            let log = ProducerLog()
            let line = [UInt8](repeating: 0x61, count: 10_000)
            try await withServer {
                $0.streamBufferBytes = 50_000
                $0.streamWriteTimeout = .milliseconds(300)
            } handler: { _ in
                Response(status: 200) { writer in
                    do throws(ResponseWriterError) {
                        while true {
                            try await writer.write(line)
                            log.note { $0.writtenBytes += line.count }
                        }
                    } catch {
                        log.note { $0.error = error }
                        throw error
                    }
                }
            } _: { port, server in
                let client = try RawClient(port: port, receiveBufferBytes: 4096)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await eventually { log.seen.error != nil })
                #expect(log.seen.error == .clientTooSlow)
                // What the kernel took (its send buffer may grow to 4 MiB) and our 50 kB.
                #expect(log.seen.writtenBytes < 8_000_000)
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
                withExtendedLifetime(client) {}
            }
        }

        /// Writes larger than the buffer, from several tasks: each arrives whole, in spite of a slow reader.
        @Test func writesStayTogether() async throws {
            try await withServer {
                $0.streamBufferBytes = 1000
            } handler: { _ in
                Response(status: 200) { writer in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for letter in "abcd" {
                            group.addTask {
                                for _ in 0..<20 {
                                    try await writer.write(String(repeating: letter, count: 3333) + "\n")
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
            } _: { port, server in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.0\r\nHost: h\r\n\r\n")
                let text = await client.receiveAll()
                let body = text.components(separatedBy: "\r\n\r\n")[1]
                #expect(await eventually { server.openConnections == 0 })
                let lines = body.split(separator: "\n")
                #expect(lines.count == 80)
                #expect(lines.allSatisfy { Set($0).count == 1 && $0.count == 3333 })
            }
        }

        @Test func aWaitingWriteCanBeCancelled() async throws {
            let log = ProducerLog()
            try await withServer {
                $0.streamBufferBytes = 1000
            } handler: { _ in
                Response(status: 200) { writer in
                    let blocked = Task {
                        do throws(ResponseWriterError) {
                            while true { try await writer.write([UInt8](repeating: 0x61, count: 100_000)) }
                        } catch {
                            log.note { $0.error = error }
                        }
                    }
                    // Real time: the kernel's buffers must fill first. The write then waits for a reader that never reads.
                    try await Task.sleep(for: .milliseconds(300))
                    blocked.cancel()
                    await blocked.value
                    log.note { $0.isOver = true }
                }
            } _: { port, server in
                let client = try RawClient(port: port, receiveBufferBytes: 4096)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await eventually { log.seen.isOver })
                #expect(log.seen.error == .cancelled)
                // Part of the cancelled write may be on its way, so the body cannot end well.
                client.hangUp()
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }

        @Test func headDoesNotRunAStreamForLong() async throws {
            let log = ProducerLog()
            try await withServer(handler: endless(log)) { port, _ in
                let client = try RawClient(port: port)
                client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                let text = await client.receiveAll()
                #expect(statuses(text) == [200] && text.hasSuffix("\r\n\r\n"))
                #expect(await eventually { log.seen.isOver })
            }
        }

        @Test func manyStreamsAtOnce() async throws {
            let count = 2000
            let subscribers = Mutex<[AsyncStream<String>.Continuation]>([])
            try await withServer { _ in
            } handler: { _ in
                let (lines, feed) = AsyncStream.makeStream(of: String.self)
                subscribers.withLock { $0.append(feed) }
                return Response(status: 200) { writer in
                    for await line in lines { try await writer.write(line) }
                }
            } _: { port, server in
                let clients = try (0..<count).map { _ in
                    let client = try RawClient(port: port)
                    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                    return client
                }
                #expect(await eventually { subscribers.withLock { $0.count } == count })
                let feeds = subscribers.withLock { $0 }
                for feed in feeds { feed.yield("news\n") }
                for client in clients { #expect(await client.receive { $0.contains("news\n") }.contains("news\n")) }
                for feed in feeds { feed.finish() }
                for client in clients { client.hangUp() }
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }
    }
}
