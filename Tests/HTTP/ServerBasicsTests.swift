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

@Suite(.serialized) struct ServerBasicsTests {
    @Test func answersAndKeepsTheConnection() async throws {
        try await withServer { port, _ in
            let client = try RawClient(port: port)
            for number in 1...3 {
                client.send("GET /a%20b/\(number)?x=%41&y HTTP/1.1\r\nHost: h\r\n\r\n")
                let text = client.receive { $0.contains("GET /a%20b/\(number) x=%41&y ") }
                #expect(statuses(text) == [200])
            }
        }
    }
}
