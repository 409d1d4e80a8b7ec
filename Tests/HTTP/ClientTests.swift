import Foundation
import HTTPClient
import HTTPServer
import Synchronization
import Testing

/// The error of a call that must fail. (`#expect(throws:)` cannot take typed throws in 6.3.1.)
func failure<Value>(_ call: () async throws -> Value) async -> HTTPClientError? {
    do {
        _ = try await call()
        Issue.record("no error")
        return nil
    } catch {
        return error as? HTTPClientError
    }
}

extension HTTPTests {
    @Suite(.serialized) struct ClientTests {
        private func client(_ configure: (inout ClientConfiguration) -> Void = { _ in }) -> Client {
            var configuration = ClientConfiguration()
            configure(&configuration)
            return Client(configuration)
        }

        // MARK: Sending

        @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        func sendsMethodsBodiesAndHeaders(_ method: String) async throws {
            let handler: Server.Handler = { request in
                var headers: HeaderList = ["X-Two": "a"]
                headers.append("x-two", "b")
                let names = request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
                return Response(
                    status: 418, headers: headers,
                    body: Array("\(request.method) \(request.path) \(names) ".utf8) + request.body)
            }
            try await withServer(handler: handler) { port, _ in
                let body = method == "GET" ? [] : [UInt8](repeating: 0x61, count: 3000)
                let response = try await client().send(
                    ClientRequest(
                        method: method, url: "http://127.0.0.1:\(port)/p",
                        headers: [
                            ClientHeader("X-A", "1"), ClientHeader("X-Empty", ""), ClientHeader("X-\u{41}mz", "é ü"),
                        ], body: body))
                let text = String(decoding: response.body, as: UTF8.self)
                #expect(response.status == 418)
                #expect(text.hasPrefix("\(method) /p "))
                #expect(text.contains("X-A=1|X-Empty=|X-Amz=é ü"))
                #expect(!text.contains("Content-Type") && !text.contains("Expect"))
                #expect(text.hasSuffix(String(decoding: body, as: UTF8.self)))
                #expect(response.header("x-TWO") == "a" && response.header("absent") == nil)
                #expect(response.head.headers.filter { $0.name.lowercased() == "x-two" }.map(\.value) == ["a", "b"])
            }
        }

        @Test func sendsHeadAndEmptyPost() async throws {
            try await withServer { port, _ in
                let client = client()
                let url = "http://127.0.0.1:\(port)/"
                let head = try await client.send(ClientRequest(method: "HEAD", url: url))
                #expect(head.status == 200 && head.body.isEmpty && head.header("Content-Length") == "9")
                let post = try await client.send(ClientRequest(method: "POST", url: url))
                #expect(String(decoding: post.body, as: UTF8.self) == "POST / - ")
            }
        }

        /// A body over a megabyte makes curl wait for "100 Continue".
        @Test func sendsALargeBody() async throws {
            try await withServer {
                $0.bodyLimitBytes = 8 << 20
            } handler: { request in
                Response(status: 200, body: request.body)
            } _: { port, _ in
                let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let request = ClientRequest(method: "POST", url: "http://127.0.0.1:\(port)/", body: body)
                let response = try await client().send(request)
                #expect(response.body == body)
            }
        }

        @Test func reusesItsConnectionAndDoesNotFollowRedirects() async throws {
            let handler: Server.Handler = { _ in Response(status: 302, headers: ["Location": "http://127.0.0.1:1/"]) }
            try await withServer(handler: handler) { port, server in
                let client = client()
                for _ in 0..<20 {
                    let response = try await client.send(ClientRequest(url: "http://127.0.0.1:\(port)/"))
                    #expect(response.status == 302)
                }
                #expect(server.openConnections == 1)
            }
        }

        /// 200 at once, 20 rounds, over a few connections.
        @Test func sendsManyAtOnce() async throws {
            try await withServer { port, _ in
                let client = client()
                for round in 0..<20 {
                    let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
                        for number in 0..<200 {
                            group.addTask {
                                let path = "/\(round)/\(number)"
                                let request = ClientRequest(url: "http://127.0.0.1:\(port)\(path)")
                                return try await client.send(request).body != Array("GET \(path) - ".utf8)
                            }
                        }
                        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                    }
                    #expect(failures == 0)
                }
            }
        }

        // MARK: Refusing

        @Test(arguments: [
            ClientRequest(url: "ftp://h/"), ClientRequest(url: "file:///etc/passwd"), ClientRequest(url: "nonsense"),
            ClientRequest(url: ""), ClientRequest(url: "http://"), ClientRequest(url: "http://h/a b"),
            ClientRequest(url: "http://h/\r\nX: y"), ClientRequest(url: "http://h/\u{e9}"),
            ClientRequest(method: "GET / HTTP/1.1\r\nX: y", url: "http://h/"),
            ClientRequest(method: "", url: "http://h/"),
            ClientRequest(url: "http://h/", headers: [ClientHeader("X", "a\r\nY: b")]),
            ClientRequest(url: "http://h/", headers: [ClientHeader("X", "a\nb")]),
            ClientRequest(url: "http://h/", headers: [ClientHeader("X", "a\0b")]),
            ClientRequest(url: "http://h/", headers: [ClientHeader("X: y\r\nZ", "a")]),
            ClientRequest(url: "http://h/", headers: [ClientHeader("", "a")]),
        ])
        func refusesMalformedRequests(_ request: ClientRequest) async {
            let sent = await failure { try await client().send(request) }
            #expect(sent?.code == .invalidRequest && sent?.isRetryable == false)
            let streamed = await failure { try await client().stream(request) }
            #expect(streamed?.code == .invalidRequest)
        }

        // MARK: Failing

        @Test func saysThatNobodyListens() async throws {
            let listener = try Listener()
            let port = listener.port
            listener.refuse()
            let error = await failure { try await client().send(ClientRequest(url: "http://127.0.0.1:\(port)/")) }
            #expect(error?.code == .cannotConnect && error?.isRetryable == true)
            #expect(error?.hostAndPort == "127.0.0.1:\(port)")
            #expect(error?.reason.contains("connect") == true)
            let unknown = await failure { try await client().send(ClientRequest(url: "http://no-such-host.invalid/")) }
            #expect(unknown?.code == .cannotConnect && unknown?.hostAndPort == "no-such-host.invalid:80")
        }

        /// What a server can do wrong, by what it says before it closes.
        @Test(arguments: [
            ("", HTTPClientError.Code.connectionLost, true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .connectionLost, true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", .connectionLost, true),
            ("SSH-2.0-OpenSSH_9.2\r\n", .malformedResponse, false),
        ])
        func reportsBrokenResponses(_ said: String, _ code: HTTPClientError.Code, _ isRetryable: Bool) async throws {
            let listener = try Listener(says: said)
            let request = ClientRequest(url: "http://127.0.0.1:\(listener.port)/")
            let error = await failure { try await client().send(request) }
            #expect(error?.code == code && error?.isRetryable == isRetryable, "\(String(describing: error))")
            let streamError = await failure {
                for try await _ in try await client().stream(request) {}
            }
            #expect(streamError?.code == code, "\(String(describing: streamError))")
        }

        @Test func timesOut() async throws {
            let listener = try Listener(says: nil)
            let began = ContinuousClock.now
            let request = ClientRequest(url: "http://127.0.0.1:\(listener.port)/", timeout: .milliseconds(200))
            let error = await failure { try await client().send(request) }
            #expect(error?.code == .timedOut && error?.isRetryable == true)
            let took = ContinuousClock.now - began
            #expect(took > .milliseconds(190) && took < .seconds(1))
        }

        @Test func limitsTheResponse() async throws {
            let handler: Server.Handler = { _ in Response(status: 200, body: [UInt8](repeating: 0x61, count: 1001)) }
            try await withServer(handler: handler) { port, _ in
                let request = ClientRequest(url: "http://127.0.0.1:\(port)/")
                let error = await failure { try await client { $0.responseLimitBytes = 1000 }.send(request) }
                #expect(error?.code == .responseTooLarge && error?.isRetryable == false)
                let response = try await client { $0.responseLimitBytes = 1001 }.send(request)
                #expect(response.body.count == 1001)
            }
        }

        @Test func connectsToAUnixSocketOrSaysWhyNot() async throws {
            let client = client { $0.unixSocketPath = "/nonexistent/socket" }
            let error = await failure { try await client.send(ClientRequest(url: "http://docker/info")) }
            #expect(error?.code == .cannotConnect)
        }

        // MARK: Cancelling

        @Test func cancelsAtOnce() async throws {
            let listener = try Listener(says: nil)
            let client = client()
            let request = ClientRequest(url: "http://127.0.0.1:\(listener.port)/")
            let sending = Task { await failure { try await client.send(request) } }
            let opening = Task { await failure { try await client.stream(request) } }
            #expect(await eventually { listener.acceptedCount == 2 })
            let began = ContinuousClock.now
            sending.cancel()
            opening.cancel()
            #expect(await sending.value?.code == .cancelled)
            #expect(await opening.value?.code == .cancelled)
            #expect(ContinuousClock.now - began < .milliseconds(100))
            let late = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure { try await client.send(request) }
            }
            #expect(await late.value?.code == .cancelled)
        }

        @Test func droppingTheClientFailsWhatIsOnItsWay() async throws {
            let listener = try Listener(says: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", closes: false)
            var client: Client? = client()
            let stream = try await client?.stream(ClientRequest(url: "http://127.0.0.1:\(listener.port)/"))
            client = nil
            var iterator = try #require(stream).makeAsyncIterator()
            #expect(try await iterator.next() == Array("half".utf8))
            let error = await failure { try await iterator.next() }
            #expect(error?.code == .cancelled)
        }
    }
}
