import Foundation
import HTTPServer
import Testing

/// Starts a server on a free port, runs the body, and stops it.
func withServer(
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    handler: @escaping Server.Handler = echo,
    _ body: (UInt16, Server) async throws -> Void
) async throws {
    var configuration = ServerConfiguration()
    configuration.threads = 2
    configuration.maximumConnections = 4000
    configure(&configuration)
    let server = Server(configuration, handler: handler)
    let port = try server.start()
    do {
        try await body(port, server)
    } catch {
        await server.stop(gracePeriod: .seconds(1))
        throw error
    }
    await server.stop(gracePeriod: .seconds(1))
}

/// Answers with what it understood of the request.
let echo: Server.Handler = { request in
    Response(
        status: 200, headers: ["Content-Type": "text/plain"],
        body: Array("\(request.method) \(request.path) \(request.query ?? "-") ".utf8) + request.body)
}

/// One after the other: many of these measure time or fill buffers.
@Suite(.serialized) enum HTTPTests {}

extension HTTPTests {
    @Suite(.serialized) struct ServerBasicsTests {
        @Test func answersAndKeepsTheConnection() async throws {
            try await withServer { port, _ in
                let client = try RawClient(port: port)
                for number in 1...3 {
                    client.send("GET /a%20b/\(number)?x=%41&y HTTP/1.1\r\nHost: h\r\n\r\n")
                    let text = await client.receive { $0.contains("GET /a%20b/\(number) x=%41&y ") }
                    #expect(statuses(text) == [200])
                }
            }
        }

        @Test(arguments: [
            "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        ])
        func closesWhenAsked(_ head: String) async throws {
            try await withServer { port, _ in
                let client = try RawClient(port: port)
                client.send(head)
                #expect(statuses(await client.receiveAll()) == [200])
            }
        }

        @Test func answersPipelinedRequestsInOrder() async throws {
            try await withServer { _ in
            } handler: { request in
                await Task.yield()
                return await echo(request)
            } _: { port, _ in
                let client = try RawClient(port: port)
                client.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
                let text = await client.receive { $0.contains("GET /49 - ") }
                let paths = text.split(separator: "GET /").dropFirst().compactMap { $0.split(separator: " ").first }
                #expect(paths == (0..<50).map { "\($0)" })
            }
        }

        @Test func sendsContinueAndReadsBodies() async throws {
            try await withServer { port, _ in
                let client = try RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                #expect(await client.receive { $0.contains("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
                client.send("hello")
                #expect(await client.receive { $0.contains("hello") }.contains("POST / - hello"))
                client.send(
                    "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                #expect(await client.receive { $0.contains("PUT") }.contains("PUT /c - abcde"))
            }
        }

        @Test func answersHeadWithoutABody() async throws {
            try await withServer { port, _ in
                let client = try RawClient(port: port)
                client.send("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                let text = await client.receiveAll()
                #expect(text.contains("Content-Length: 10\r\n") && text.hasSuffix("\r\n\r\n"))
            }
        }

        @Test(arguments: [
            Response(status: 42), Response(status: 100), Response(status: 999),
            Response(status: 200, headers: ["X-A": "a\r\nX-B: b"]), Response(status: 200, headers: ["X A": "a"]),
            Response(status: 200, headers: ["": "a"]), Response(status: 200, headers: ["X-A": "\u{0}"]),
        ])
        func anImpossibleResponseBecomesA500(_ response: Response) async throws {
            try await withServer { _ in
            } handler: { _ in
                response
            } _: { port, _ in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                let text = await client.receive { $0.contains("could not send its response") }
                #expect(statuses(text) == [500] && !text.contains("X-B"))
            }
        }

        @Test(arguments: [200, 204, 304, 404, 500])
        func sendsOwnHeadersOnlyOnce(_ status: Int) async throws {
            let headers: HeaderList = ["Content-Length": "999", "transfer-encoding": "gzip", "Date": "now", "X-A": "1"]
            try await withServer { _ in
            } handler: { _ in
                Response(status: status, headers: headers)
            } _: { port, _ in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                let text = await client.receiveAll()
                #expect(statuses(text) == [status] && text.contains("X-A: 1\r\n"))
                #expect(!text.contains("999") && !text.contains("gzip") && !text.contains("Date: now"))
            }
        }

        @Test(arguments: [true, false])
        func servesManyClientsAtOnce(_ inline: Bool) async throws {
            try await withServer {
                $0.startsHandlersInline = inline
            } handler: { request in
                // Some end at once, some suspend: both ways of answering are mixed.
                if request.path.utf8.count % 2 == 0 { await Task.yield() }
                return await echo(request)
            } _: { port, _ in
                let failures = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            let client = try RawClient(port: port)
                            var failures = 0
                            for round in 0..<40 {
                                let path = "/\(number)/\(round)"
                                client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                                let text = await client.receive { $0.contains(" - ") }
                                if !text.contains("GET \(path) - ") { failures += 1 }
                            }
                            return failures
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(failures == 0)
            }
        }

        /// libmicrohttpd 0.9.75 stalls when a multiple of 128 connections is ready at once: see `Daemons.nudge`.
        @Test func servesExactly256ReadyClients() async throws {
            try await withServer {
                $0.threads = 1
            } handler: { request in
                // Holds up the only thread until all the others have sent.
                if request.path == "/hold" { usleep(300_000) }
                return await echo(request)
            } _: { port, server in
                let holder = try RawClient(port: port)
                let clients = try (0..<256).map { _ in try RawClient(port: port) }
                #expect(await eventually { server.openConnections == 257 })
                holder.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
                try await Task.sleep(for: .milliseconds(100))
                for client in clients { client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n") }
                let began = ContinuousClock.now
                for client in clients {
                    #expect(await client.receive { $0.contains("GET /x - ") }.contains("GET /x - "))
                }
                #expect(ContinuousClock.now - began < .seconds(2))
            }
        }

        /// The handler's task is cancelled when its client closes, and may not crash anything by answering later.
        @Test func cancelsAHandlerWhoseClientLeft() async throws {
            let log = ProducerLog()
            try await withServer { _ in
            } handler: { _ in
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    log.note { $0.wasCancelled = true }
                }
                return Response(status: 200)
            } _: { port, server in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await eventually { server.openConnections == 1 })
                client.hangUp()
                #expect(await eventually { log.seen.wasCancelled })
                #expect(await eventually { server.openConnections == 0 })
            }
        }

        /// A client may close its sending side after its request and still wait for the answer.
        @Test(arguments: [0, 10, 300_000])
        func answersAClientThatHasFinishedSending(_ bytes: Int) async throws {
            try await withServer { _ in
            } handler: { request in
                await Task.yield()
                return Response(status: 200, body: Array("\(request.body.count) bytes".utf8))
            } _: { port, server in
                for _ in 0..<20 {
                    let client = try RawClient(port: port)
                    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(bytes)\r\n\r\n")
                    client.send([UInt8](repeating: 0x61, count: bytes))
                    client.finishSending()
                    #expect(await client.receiveAll().hasSuffix("\r\n\r\n\(bytes) bytes"))
                }
                #expect(await eventually { server.openConnections == 0 })
            }
        }

        // MARK: Start and stop

        @Test func saysWhyItCannotStart() async throws {
            try await withServer { port, server in
                #expect(throws: ServerError.self) { try server.start() }
                var configuration = ServerConfiguration()
                configuration.port = port
                let second = Server(configuration, handler: echo)
                let error = #expect(throws: ServerError.self) { try second.start() }
                #expect(error?.code == .addressInUse)
                #expect(error?.message == "bind 127.0.0.1:\(port): Address already in use")
                configuration.address = "not an address"
                #expect(throws: ServerError.self) { try Server(configuration, handler: echo).start() }
            }
        }

        @Test func listensOnIPv6() async throws {
            var configuration = ServerConfiguration()
            configuration.address = "::1"
            let server = Server(configuration, handler: echo)
            let port = try server.start()
            #expect(port > 0)
            await server.stop(gracePeriod: .zero)
        }

        @Test func stopsTwiceAndBeforeItStarted() async throws {
            let server = Server(ServerConfiguration(), handler: echo)
            await server.stop()
            #expect(throws: ServerError.self) { try server.start() }
            try await withServer { _, server in
                async let first: Void = server.stop()
                async let second: Void = server.stop()
                _ = await (first, second)
                await server.stop()
            }
        }

        @Test func letsAHandlerEndAndRefusesNewClientsWhileStopping() async throws {
            let (gate, open) = AsyncStream.makeStream(of: Void.self)
            let log = ProducerLog()
            try await withServer { _ in
            } handler: { _ in
                log.note { $0.writtenBytes += 1 }
                for await _ in gate { break }
                return Response(status: 200, body: Array("done".utf8))
            } _: { port, server in
                let busy = try RawClient(port: port)
                let idle = try RawClient(port: port)
                busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await eventually { server.openConnections == 2 && log.seen.writtenBytes == 1 })
                let stop = Task { await server.stop(gracePeriod: .seconds(30)) }
                #expect(await idle.receiveAll().isEmpty)
                #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
                open.yield()
                let text = await busy.receiveAll()
                #expect(text.hasSuffix("done") && text.contains("Connection: close"))
                await stop.value
            }
        }

        @Test func cutsWhatDoesNotEndInTheGracePeriod() async throws {
            let log = ProducerLog()
            try await withServer { _ in
            } handler: { request in
                if request.path == "/stream" {
                    return Response(status: 200) { writer in
                        try await writer.write("line\n")
                        do {
                            try await Task.sleep(for: .seconds(3600))
                        } catch {
                            log.note { $0.wasCancelled = true }
                        }
                        try await writer.write("bye\n")
                    }
                }
                // Does not heed its cancellation until the server has gone.
                await withCheckedContinuation { continuation in
                    Task.detached {
                        try? await Task.sleep(for: .milliseconds(1500))
                        continuation.resume()
                    }
                }
                log.note { $0.isOver = true }
                return Response(status: 200)
            } _: { port, server in
                let stream = try RawClient(port: port)
                let stuck = try RawClient(port: port)
                let half = try RawClient(port: port)
                stream.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
                stuck.send("GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n")
                half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
                _ = await stream.receive { $0.contains("line\n") }
                let began = ContinuousClock.now
                await server.stop(gracePeriod: .milliseconds(300))
                #expect(ContinuousClock.now - began < .seconds(1))
                #expect(server.openConnections == 0)
                #expect(await stuck.receiveAll().isEmpty)
                #expect(await half.receiveAll().isEmpty)
                _ = await stream.receiveAll()
                #expect(await eventually { log.seen.wasCancelled && log.seen.isOver })
            }
        }

        @Test func endsStreamsWellWhenThereIsTime() async throws {
            try await withServer { _ in
            } handler: { _ in
                Response(status: 200) { writer in
                    try await writer.write("line\n")
                    try? await Task.sleep(for: .seconds(3600))
                    try await writer.write("bye\n")
                }
            } _: { port, server in
                let client = try RawClient(port: port)
                client.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = await client.receive { $0.contains("line\n") }
                await server.stop(gracePeriod: .seconds(5))
                let rest = await client.receiveAll()
                #expect(rest.contains("bye\n") && rest.hasSuffix("0\r\n\r\n"))
            }
        }
    }
}
