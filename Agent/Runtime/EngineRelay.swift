import FoundationEssentials
import HTTPClient
import HTTPServer
import Synchronization

/// How values reach the engine that docker's command line takes only as arguments, which everybody on the host can read.
///
/// The CLI gets a placeholder in place of each value, and a socket of the agent's in place of the engine's. What it says
/// there is passed on, with the values in place of the placeholders where a container is made. The values are in the
/// memory of agent and engine alone, the socket is in a directory of the agent's own, and all that the command line
/// understands stays the CLI's business.
final class EngineRelay: Sendable {
    /// What one `docker run` carries.
    struct Load: Sendable {
        /// The placeholder of each value, by the value's name.
        var placeholders: [String: String]
        /// What the CLI finds the relay by.
        var environment: [String: String]
    }

    enum Limits {
        /// A container's configuration, with its whole environment.
        static let requestBytes = 32 << 20
        /// Linux's `sun_path` has 108 bytes with the one that ends it.
        static let socketPathBytes = 107
    }

    private struct State {
        var server: Server?
        /// By placeholder; nil once it has reached the engine.
        var values: [String: String?] = [:]
        /// What the CLI asked for, by the name of the container; nil until it does.
        var calls: [String: CreateTemplate.Call?] = [:]
    }

    /// The engine's socket.
    let engineSocket: String
    private let path: String
    private let timeout: Duration
    /// To the engine itself.
    let client: Client
    private let state = Mutex(State())

    /// - Parameters:
    ///   - directory: where the relay's own socket is made, relative to the agent's and the CLI's working directory.
    ///   - timeout: how long the engine may take for an answer.
    init(engineSocket: String, directory: String, timeout: Duration) {
        self.engineSocket = engineSocket
        path = directory.isEmpty ? "engine.sock" : directory + "/engine.sock"
        self.timeout = timeout
        var configuration = ClientConfiguration()
        configuration.unixSocketPath = engineSocket
        client = Client(configuration)
    }

    /// The unix socket that a CLI with this environment finds the engine by; nil if it takes another way.
    ///
    /// - Source: docker's documentation, "Environment variables": DOCKER_HOST; the default is for Linux.
    static func engineSocket(_ environment: [String: String]) -> String? {
        guard let host = environment["DOCKER_HOST"], !host.isEmpty else { return "/var/run/docker.sock" }
        let scheme = "unix://"
        return host.hasPrefix(scheme) ? String(host.dropFirst(scheme.utf8.count)) : nil
    }

    /// Takes in values that the next `docker run` is to carry; ``unload(_:)`` must follow.
    ///
    /// - Throws: `cannotCreate` if there can be no socket.
    func load(_ values: [String: String]) throws(RuntimeError) -> Load {
        try startIfNeeded()
        var placeholders: [String: String] = [:]
        state.withLock { state in
            for (name, value) in values {
                let placeholder = Self.placeholder()
                placeholders[name] = placeholder
                state.values[placeholder] = .some(value)
            }
        }
        return Load(placeholders: placeholders, environment: environment)
    }

    /// What the CLI finds the relay by.
    private var environment: [String: String] { ["DOCKER_HOST": "unix://" + path] }

    /// Forgets the values.
    ///
    /// - Returns: whether all of them have reached the engine.
    func unload(_ load: Load) -> Bool {
        state.withLock { state in
            var haveArrived = true
            for placeholder in load.placeholders.values {
                if case .some(.some) = state.values.removeValue(forKey: placeholder) { haveArrived = false }
            }
            return haveArrived
        }
    }

    /// Takes note of what the CLI asks for when it makes the container of this name; ``heard(for:)`` must follow.
    ///
    /// - Returns: what the CLI finds the relay by.
    /// - Throws: `cannotCreate` if there can be no socket.
    func listen(for name: String) throws(RuntimeError) -> [String: String] {
        try startIfNeeded()
        state.withLock { $0.calls[name] = .some(nil) }
        return environment
    }

    /// - Returns: nil if the CLI has not asked for it.
    func heard(for name: String) -> CreateTemplate.Call? {
        state.withLock { $0.calls.removeValue(forKey: name) ?? nil }
    }

    func stop() async {
        await state.withLock { $0.server.take() }?.stop()
    }

    /// 128 bits of chance, which no other part of a request has in it.
    private static func placeholder() -> String {
        var generator = SystemRandomNumberGenerator()
        return "placeholder-" + String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }

    // MARK: - Serving

    private func startIfNeeded() throws(RuntimeError) {
        guard path.utf8.count <= Limits.socketPathBytes else {
            throw RuntimeError(code: .cannotCreate, message: "\(path) is too long for the name of a socket")
        }
        let failure: ServerError? = state.withLock { state in
            guard state.server == nil else { return nil }
            var configuration = ServerConfiguration()
            configuration.unixSocketPath = path
            configuration.threads = 1
            configuration.bodyLimitBytes = Limits.requestBytes
            let server = Server(configuration) { [weak self] request in
                await self?.pass(request) ?? Response(status: 503)
            }
            do throws(ServerError) {
                _ = try server.start()
                state.server = server
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw RuntimeError(code: .cannotCreate, message: "no socket for the engine: \(failure)") }
    }

    private func pass(_ request: Request) async -> Response {
        let isCreation = request.method == "POST" && request.path.hasSuffix("/containers/create")
        if isCreation { note(request) }
        let body = isCreation ? filledIn(request.body) : request.body
        let target = request.path + (request.query.map { "?" + $0 } ?? "")
        let headers = Self.passedOn(request.headers.fields.map { ($0.name, $0.value) })
        let passed = ClientRequest(
            method: request.method, url: "http://localhost\(target)", headers: headers.map { ClientHeader($0, $1) },
            body: body, timeout: timeout)
        do throws(HTTPClientError) {
            // The CLI goes on when it has the head of the answer to `wait`, long before its body.
            let answer = try await client.stream(passed)
            let headers = HeaderList(
                Self.passedOn(answer.head.headers.map { ($0.name, $0.value) }).map { HeaderList.Field($0, $1) })
            guard request.method != "HEAD", ![204, 304].contains(answer.status) else {
                return Response(status: answer.status, headers: headers)
            }
            return Response(status: answer.status, headers: headers) { writer in
                for try await bytes in answer { try await writer.write(bytes) }
            }
        } catch {
            // In the form of the engine's own errors, which the CLI shows.
            let text = #"{"message":"Cannot connect to the Docker daemon at unix://\#(engineSocket)"}"#
            return Response(status: 503, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
        }
    }

    private func note(_ request: Request) {
        var query = (request.query ?? "").split(separator: "&").map(String.init)
        guard let index = query.firstIndex(where: { $0.hasPrefix("name=") }) else { return }
        // Names of containers have no character in them that a query would encode.
        let name = String(query.remove(at: index).dropFirst("name=".utf8.count))
        state.withLock { state in
            guard state.calls[name] != nil else { return }
            state.calls[name] = CreateTemplate.Call(path: request.path, query: query, body: request.body)
        }
    }

    /// The body with each placeholder's value in its place, as a string of JSON.
    private func filledIn(_ body: [UInt8]) -> [UInt8] {
        state.withLock { state in
            var body = body
            for case (let placeholder, let value?) in state.values {
                let quoted = Array("\"\(placeholder)\"".utf8)
                guard let range = body.firstRange(of: quoted) else { continue }
                body.replaceSubrange(range, with: JSONText.string(value))
                state.values[placeholder] = .some(nil)
            }
            return body
        }
    }

    /// What is not between two neighbours alone.
    ///
    /// - Source: RFC 9110, section 7.6.1.
    private static func passedOn(_ headers: [(String, String)]) -> [(String, String)] {
        let own: Set = [
            "connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
        ]
        return headers.filter { !own.contains($0.0.lowercased()) }
    }
}

private enum JSONText {
    static func string(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }
}
