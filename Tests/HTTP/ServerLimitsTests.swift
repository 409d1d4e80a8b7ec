import Foundation
import HTTPServer
import Synchronization
import Testing

extension HTTPTests {
    @Suite(.serialized) struct ServerLimitsTests {
        // MARK: Deadlines

        /// 50 bytes/s until the server closes, for 10 s at most.
        private func drip(_ client: RawClient) async {
            await offPool {
                for _ in 0..<500 where client.send("a") { usleep(20_000) }
            }
        }

        @Test(arguments: ["GET / HTTP/1.1\r\nHost: h\r\nX-A: ", "GET /", ""])
        func cutsASlowHeader(_ start: String) async throws {
            try await withServer {
                $0.headerTimeout = .milliseconds(300)
            } _: { port, server in
                let client = try RawClient(port: port)
                let began = ContinuousClock.now
                client.send(start)
                async let drip: Void = drip(client)
                let text = await client.receiveAll()
                let took = ContinuousClock.now - began
                #expect(statuses(text) == [408])
                #expect(took > .milliseconds(250) && took < .seconds(2), "\(took)")
                await drip
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }

        /// The only thread is busy while the request comes: that is not the client's fault.
        @Test func bearsWithAClientThatItHasNotRead() async throws {
            let isOver = DispatchSemaphore(value: 0)
            try await withServer {
                $0.threads = 1
                $0.headerTimeout = .milliseconds(300)
            } handler: { request in
                if request.path == "/busy" { isOver.blockThread() }
                return Response(status: 200)
            } _: { port, server in
                let busy = try RawClient(port: port)
                let patient = try RawClient(port: port)
                #expect(await eventually { server.openConnections == 2 })
                busy.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n")
                patient.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                let early = await offPool { patient.isReadable(within: .milliseconds(700)) }
                #expect(!early)
                isOver.signal()
                #expect(statuses(await patient.receive { $0.contains("\r\n\r\n") }) == [200])
            }
        }

        /// Not even that puts the deadline off for ever.
        @Test func bearsOnlySoLong() async throws {
            let isOver = DispatchSemaphore(value: 0)
            try await withServer {
                $0.threads = 1
                $0.headerTimeout = .milliseconds(200)
            } handler: { request in
                if request.path == "/busy" { isOver.blockThread() }
                return Response(status: 200)
            } _: { port, server in
                let busy = try RawClient(port: port)
                let patient = try RawClient(port: port)
                #expect(await eventually { server.openConnections == 2 })
                busy.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n")
                patient.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                let answered = await offPool { patient.isReadable(within: .seconds(5)) }
                #expect(answered)
                isOver.signal()
                #expect(statuses(await patient.receiveAll()) == [408])
            }
        }

        /// With a thread for streams a client is dealt out by its first bytes: without any it is served all the same.
        @Test(arguments: ["GET / HTTP/1.1\r\nHost: h\r\nX-A: ", "GET /stre", "GET /stream", ""])
        func cutsASlowHeaderBesideStreams(_ start: String) async throws {
            try await withServer {
                $0.headerTimeout = .milliseconds(300)
                $0.streamPath = "/stream"
                $0.maximumConnections = 1
            } _: { port, server in
                let client = try RawClient(port: port)
                let began = ContinuousClock.now
                client.send(start)
                if start.isEmpty {
                    // It counts before it has said anything.
                    let second = try RawClient(port: port)
                    #expect(statuses(await second.receiveAll()) == [503])
                }
                let text = await client.receiveAll()
                #expect(statuses(text) == [408])
                #expect(ContinuousClock.now - began < .seconds(2))
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }

        @Test func anyThreadServesAnyRequest() async throws {
            try await withServer {
                $0.streamPath = "/stream"
            } _: { port, _ in
                for first in ["GET /stream?a=b", "GET /other", "POST /stream"] {
                    let client = try RawClient(port: port)
                    for line in [first, "GET /other", "GET /stream"] {
                        client.send("\(line) HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
                        #expect(statuses(await client.receive { $0.contains("\r\n\r\n") }) == [200])
                    }
                }
            }
        }

        @Test(arguments: [
            "Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e8\r\n",
        ])
        func cutsASlowBody(_ framing: String) async throws {
            try await withServer {
                $0.bodyTimeout = .milliseconds(300)
            } _: { port, server in
                let client = try RawClient(port: port)
                let began = ContinuousClock.now
                client.send("POST / HTTP/1.1\r\nHost: h\r\n\(framing)")
                async let drip: Void = drip(client)
                let text = await client.receiveAll()
                let took = ContinuousClock.now - began
                #expect(statuses(text) == [408])
                #expect(took > .milliseconds(250) && took < .seconds(2), "\(took)")
                await drip
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }

        /// The second request's header drips in on a kept-alive connection, where only the kernel knows when it began.
        @Test func cutsASlowSecondHeader() async throws {
            try await withServer {
                $0.headerTimeout = .milliseconds(300)
            } _: { port, _ in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = await client.receive { $0.contains("GET / - ") }
                let began = ContinuousClock.now
                client.send("GET /")
                async let drip: Void = drip(client)
                #expect(statuses(await client.receiveAll()) == [408])
                #expect(ContinuousClock.now - began < .seconds(2))
                await drip
            }
        }

        @Test func closesAnIdleConnectionAndNotABusyOne() async throws {
            try await withServer {
                $0.idleTimeout = .milliseconds(300)
            } handler: { _ in
                // Real time: the point is that handling may last longer than idling.
                try? await Task.sleep(for: .milliseconds(700))
                return Response(status: 200)
            } _: { port, server in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(statuses(await client.receive { $0.contains("\r\n\r\n") }) == [200])
                let began = ContinuousClock.now
                #expect(await client.receiveAll().isEmpty)
                #expect(ContinuousClock.now - began > .milliseconds(250))
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
            }
        }

        /// Many, and several looks at each: the kernel's clock is coarse, and one time in four it told of bytes that were none.
        @Test func neverBlamesAnIdleConnectionForASlowHeader() async throws {
            try await withServer {
                $0.headerTimeout = .milliseconds(80)
                $0.idleTimeout = .milliseconds(600)
            } handler: { _ in
                Response(status: 200)
            } _: { port, _ in
                let clients = try (0..<20).map { _ in try RawClient(port: port) }
                for client in clients {
                    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                    #expect(statuses(await client.receive { $0.contains("\r\n\r\n") }) == [200])
                }
                for client in clients { #expect(await client.receiveAll().isEmpty) }
            }
        }

        @Test func cutsAClientThatDoesNotReadItsResponse() async throws {
            let big = [UInt8](repeating: 0x61, count: 8 * 1024 * 1024)
            try await withServer {
                $0.responseTimeout = .milliseconds(200)
                $0.responseBytesPerSecond = 1 << 30
            } handler: { _ in
                Response(status: 200, body: big)
            } _: { port, server in
                let client = try RawClient(port: port, receiveBufferBytes: 4096)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await eventually { server.openConnections == 1 })
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
                #expect(await client.receiveAll().utf8.count < big.count)
            }
        }

        // MARK: Bodies

        @Test(arguments: [
            (1000, "", 200), (1001, "", 413), (7999, "", 413), (8001, "", 413),
            (1001, "Expect: 100-continue\r\n", 413), (1000, "Expect: 100-continue\r\n", 200),
        ])
        func limitsTheBody(_ bytes: Int, _ header: String, _ status: Int) async throws {
            try await withServer {
                $0.bodyLimitBytes = 1000
                $0.errorResponse = { fault in
                    Response(status: fault.status, headers: ["X-Shape": "ours"], body: Array("{\(fault.status)}".utf8))
                }
            } _: { port, _ in
                let client = try RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: h\r\n\(header)Content-Length: \(bytes)\r\n\r\n")
                if header.isEmpty || status == 200 {
                    if !header.isEmpty {
                        #expect(await client.receive { $0.contains("\r\n\r\n") }.hasPrefix("HTTP/1.1 100 "))
                    }
                    client.send([UInt8](repeating: 0x61, count: bytes))
                }
                let text = await client.receive { $0.hasSuffix("{413}") || $0.hasSuffix("aaaa") }
                #expect(statuses(text) == [status])
                #expect(text.contains("X-Shape: ours") == (status == 413))
            }
        }

        @Test func limitsAChunkedBody() async throws {
            try await withServer {
                $0.bodyLimitBytes = 1000
            } _: { port, server in
                let chunk = "100\r\n" + String(repeating: "a", count: 256) + "\r\n"
                for (chunks, expected) in [(3, 200), (4, 413), (30, 413), (100_000, 413)] {
                    let client = try RawClient(port: port)
                    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                    async let feed: Void = offPool {
                        for _ in 0..<chunks where !client.send(chunk) { return }
                        client.send("0\r\n\r\n")
                    }
                    #expect(
                        statuses(await client.receive { $0.contains("\r\n\r\n") }) == [expected], "\(chunks) chunks")
                    client.hangUp()
                    await feed
                    #expect(await eventually { server.openConnections == 0 })
                }
            }
        }

        /// A connection that was told 413 after its body was read whole goes on.
        @Test func survivesAnOverlongBody() async throws {
            try await withServer {
                $0.bodyLimitBytes = 10
            } _: { port, _ in
                let client = try RawClient(port: port)
                client.send(
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n" + String(repeating: "a", count: 20))
                client.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(statuses(await client.receive { $0.contains("GET /next") }) == [413, 200])
            }
        }

        /// The budget for all bodies is refused when it is used up and given back when a body leaves, however it leaves.
        @Test func limitsAllBodiesTogether() async throws {
            try await withServer {
                $0.bodyLimitBytes = 1000
                $0.arrivingBodiesLimitBytes = 1500
            } _: { port, server in
                for _ in 0..<3 {
                    let holder = try RawClient(port: port)
                    holder.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
                    _ = await holder.receive { $0.contains("100 Continue") }
                    holder.send([UInt8](repeating: 0x61, count: 999))
                    let other = try RawClient(port: port)
                    let post =
                        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n" + String(repeating: "b", count: 600)
                    #expect(
                        await eventually {
                            // Until the holder's bytes have been read this may still fit.
                            server.openConnections == 2
                        })
                    var status = 200
                    while status == 200 {
                        other.send(post)
                        status =
                            statuses(await other.receive { $0.contains("bbb") || $0.contains("can hold") }).first ?? 0
                    }
                    #expect(status == 503)
                    holder.hangUp()
                    while status == 503 {
                        other.send(post)
                        status =
                            statuses(await other.receive { $0.contains("bbb") || $0.contains("can hold") }).first ?? 0
                    }
                    #expect(status == 200)
                    other.hangUp()
                    #expect(await eventually { server.openConnections == 0 })
                }
            }
        }

        @Test func freesHalfSentBodies() async throws {
            let handled = Atomic(0)
            try await withServer { _ in
            } handler: { _ in
                handled.add(1, ordering: .relaxed)
                return Response(status: 200)
            } _: { port, server in
                for _ in 0..<200 {
                    let client = try RawClient(port: port)
                    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nhalf")
                }
                #expect(await eventually { server.openConnections == 0 }, "\(server.openConnections)")
                #expect(handled.load(ordering: .relaxed) == 0)
            }
        }

        // MARK: Connections

        @Test func servesOthersBesideAThousandIdleConnections() async throws {
            try await withServer { port, server in
                let idle = try (0..<1000).map { _ in try RawClient(port: port) }
                for client in idle.prefix(500) {
                    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n")
                }
                #expect(await eventually { server.openConnections == 1000 })
                for number in 0..<50 {
                    let client = try RawClient(port: port)
                    client.send("GET /\(number) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                    #expect(await client.receiveAll().contains("GET /\(number) - "))
                }
                withExtendedLifetime(idle) {}
            }
        }

        @Test func answers503BeyondTheConnectionLimit() async throws {
            try await withServer {
                $0.maximumConnections = 5
            } _: { port, server in
                let held = try (0..<5).map { _ in try RawClient(port: port) }
                #expect(await eventually { server.openConnections == 5 })
                let refused = try RawClient(port: port)
                #expect(statuses(await refused.receiveAll()) == [503])
                held[0].hangUp()
                #expect(await eventually { server.openConnections == 4 })
                let accepted = try RawClient(port: port)
                accepted.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(statuses(await accepted.receive { $0.contains("GET / - ") }) == [200])
            }
        }

        @Test func oneAddressDoesNotTakeAllConnections() async throws {
            try await withServer {
                $0.maximumConnections = 5
                $0.maximumConnectionsPerAddress = 3
            } _: { port, server in
                let held = try (0..<3).map { _ in try RawClient(port: port) }
                #expect(await eventually { server.openConnections == 3 })
                #expect(statuses(await (try RawClient(port: port)).receiveAll()) == [503])
                let other = try RawClient(port: port, from: "127.0.0.2")
                other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(statuses(await other.receive { $0.contains("GET / - ") }) == [200])
                held[0].hangUp()
                #expect(await eventually { server.openConnections == 3 })
                let accepted = try RawClient(port: port)
                accepted.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(statuses(await accepted.receive { $0.contains("GET / - ") }) == [200])
                withExtendedLifetime((held, other)) {}
            }
        }
    }
}

extension DispatchSemaphore {
    /// Waits on the very thread that runs the handler, which is the point.
    fileprivate func blockThread() { wait() }
}
