import AWSSigning
package import AgentProtocol
import FoundationEssentials
import HTTPClient
import Support
import Synchronization

/// The control plane over HTTP: the agent's own paths, and the ECS API for registering.
package struct HTTPControlPlane: ControlPlaneConnection {
    private enum Limits {
        static let request: Duration = .seconds(30)
        /// A stream is watched by its pings; this only ends one that is dead before the first.
        static let streamIdle: Duration = .seconds(300)
        /// Of an answer that refuses a stream.
        static let errorBytes = 64 << 10
    }

    private let base: String
    private let host: String
    private let pathPrefix: String
    private let client: Client
    private let hostAddress: String?
    private let clock: SigningClock
    private let streamPeer = StreamPeer()

    /// - Parameters:
    ///   - url: `http://` or `https://`, host, and port and path prefix if need be.
    ///   - hostAddress: under which other hosts reach this one; nil to find out each time.
    /// - Returns: nil if it is no such URL.
    package init?(url: String, hostAddress: String? = nil) {
        self.init(url: url, hostAddress: hostAddress, now: { Date() })
    }

    init?(url: String, hostAddress: String? = nil, now: @escaping @Sendable () -> Date) {
        guard let parts = Self.parts(url) else { return nil }
        base = "\(parts.scheme)://\(parts.host)"
        host = parts.host
        pathPrefix = parts.path
        client = Client()
        self.hostAddress = hostAddress
        clock = SigningClock(now)
    }

    static func parts(_ url: String) -> (scheme: String, host: String, path: String)? {
        guard let separator = url.firstRange(of: "://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...]
        guard scheme == "http" || scheme == "https", !rest.contains(where: { "?#@".contains($0) }) else { return nil }
        var host = String(rest.prefix { $0 != "/" })
        var path = String(rest.dropFirst(host.count))
        // A client leaves the scheme's own port out of Host, and the signature covers Host.
        let ownPort = scheme == "http" ? ":80" : ":443"
        if host.hasSuffix(ownPort) { host.removeLast(ownPort.count) }
        while path.hasSuffix("/") { path.removeLast() }
        return host.isEmpty || host.hasPrefix(":") ? nil : (scheme, host, path)
    }

    // MARK: - Requests

    package func join(_ request: JoinRequest) async throws(ControlPlaneError) -> JoinReply {
        let response = try await send("POST", AgentPath.join, body: try encode(request), key: nil)
        guard response.status == 200 else {
            let error = refusal(response.status, response.body)
            // The token is the only credential of this request: whoever is refused here has a wrong one.
            if [401, 403].contains(response.status) { throw .init(code: .accessDenied, message: error.message) }
            throw error
        }
        return try decode(JoinReply.self, response.body)
    }

    package func register(
        _ registration: InstanceRegistration, key: SigningKey
    ) async throws(ControlPlaneError) -> String {
        let headers = [
            ClientHeader("Content-Type", RegisterContainerInstance.contentType),
            ClientHeader("X-Amz-Target", RegisterContainerInstance.target),
        ]
        let body = try encode(RegisterContainerInstance.Request(registration))
        let response = try await send("POST", "/", headers: headers, body: body, key: key)
        guard response.status == 200 else {
            let error = ErrorBody(response.body, status: response.status)
            // ECS refuses an instance that it does not know, or that was deregistered, as the client's fault.
            guard error.code == "ClientException" else { throw Self.meaning(error) }
            throw .init(code: .unknownInstance, message: "\(error)")
        }
        return try decode(RegisterContainerInstance.Response.self, response.body).containerInstance.containerInstanceArn
    }

    package func openStream(
        containerInstanceArn: String, sessionID: String, key: SigningKey
    ) async throws(ControlPlaneError) -> any AsyncSequence<[UInt8], any Error> & Sendable {
        var members = [
            (StreamQuery.containerInstanceArn, containerInstanceArn), (StreamQuery.sessionID, sessionID),
            (StreamQuery.protocolVersion, "\(AgentProtocolVersion.current)"),
        ]
        if let address = hostAddress ?? HostAddress.find(towards: host)?.description {
            members.append((StreamQuery.hostAddress, address))
        }
        let query = members.map { "\($0.0)=\(Self.percentEncoded($0.1))" }.joined(separator: "&")
        var request = request("GET", AgentPath.stream, query: query, headers: [], body: [], key: key)
        request.timeout = Limits.streamIdle
        let stream: ClientStream
        var body: [UInt8] = []
        do throws(HTTPClientError) {
            stream = try await client.stream(request)
            clock.learn(from: stream.head)
            if stream.status == 200 {
                streamPeer.set(stream.head.peer)
                return Pieces(base: stream)
            }
            for try await piece in stream where body.count < Limits.errorBytes { body += piece }
        } catch {
            throw Self.meaning(error)
        }
        throw refusal(stream.status, body)
    }

    package func send(_ batch: ReportBatch, key: SigningKey) async throws(ControlPlaneError) -> ReportReply {
        let response = try await send("POST", AgentPath.reports, body: try encode(batch), key: key)
        guard response.status == 200 else { throw refusal(response.status, response.body) }
        return try decode(ReportReply.self, response.body)
    }

    package func send(sign datagram: [UInt8]) throws {
        guard let peer = streamPeer.peer else { return }
        try Datagram.send(datagram, to: peer.address, port: peer.port)
    }

    package func secrets(_ request: SecretsRequest, key: SigningKey) async throws(ControlPlaneError) -> SecretsReply {
        let response = try await send("POST", AgentPath.secrets, body: try encode(request), key: key)
        guard response.status == 200 else {
            let body = ErrorBody(response.body, status: response.status)
            var error = Self.meaning(body)
            // It becomes the reason of a task, which says all in ECS's words.
            if error.code == .refused { error.message = body.message }
            throw error
        }
        // Without the decoder's error, which may quote what it read.
        guard let reply = try? AgentCoding.decode(SecretsReply.self, from: Data(response.body)) else {
            throw ControlPlaneError(code: .unavailable, message: "an answer that cannot be read")
        }
        return reply
    }
}

extension HTTPControlPlane {
    /// Where the last stream comes from.
    private final class StreamPeer: Sendable {
        private let state = Mutex<ClientPeer?>(nil)

        var peer: ClientPeer? { state.withLock { $0 } }
        func set(_ peer: ClientPeer?) { state.withLock { $0 = peer } }
    }

    /// The body of a stream, with any error.
    private struct Pieces: AsyncSequence, Sendable {
        let base: ClientStream

        struct AsyncIterator: AsyncIteratorProtocol {
            var base: ClientStream.AsyncIterator

            mutating func next() async throws -> [UInt8]? { try await base.next() }

            mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> [UInt8]? {
                try await base.next(isolation: actor)
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }
    }

    func send(
        _ method: String, _ path: String, headers: [ClientHeader] = [ClientHeader("Content-Type", "application/json")],
        body: [UInt8], key: SigningKey?
    ) async throws(ControlPlaneError) -> ClientResponse {
        do throws(HTTPClientError) {
            let response = try await client.send(request(method, path, headers: headers, body: body, key: key))
            clock.learn(from: response.head)
            return response
        } catch {
            throw Self.meaning(error)
        }
    }

    private func request(
        _ method: String, _ path: String, query: String = "", headers: [ClientHeader], body: [UInt8], key: SigningKey?
    ) -> ClientRequest {
        let fullPath = pathPrefix + path
        var request = ClientRequest(
            method: method, url: base + fullPath + (query.isEmpty ? "" : "?\(query)"), headers: headers, body: body,
            timeout: Limits.request)
        guard let key else { return request }
        let signer = SigV4.Signer(
            credentials: .init(accessKeyID: key.accessKeyID, secretAccessKey: key.secretAccessKey), region: key.region,
            service: "ecs")
        let signed = SigV4.Request(
            method: method, path: fullPath, query: query, headers: headers.map { ($0.name, $0.value) }, body: body)
        request.headers.append(ClientHeader("Host", host))
        for header in signer.headers(for: signed, host: host, date: clock.now) {
            request.headers.append(ClientHeader(header.name, header.value))
        }
        return request
    }

    // MARK: - Errors

    func refusal(_ status: Int, _ body: [UInt8]) -> ControlPlaneError {
        Self.meaning(ErrorBody(body, status: status))
    }

    /// What an answer that is no success asks of a host.
    static func meaning(_ error: ErrorBody) -> ControlPlaneError {
        let code: ControlPlaneError.Code =
            switch error.code {
            case _ where error.status >= 500 || error.status == 429: .unavailable
            case "ThrottlingException", "ServerException": .unavailable
            // The key itself is unknown. A signature that does not match (a clock that is wrong) is no reason to
            // throw the key away.
            case "UnrecognizedClientException", "InvalidClientTokenId": .accessDenied
            // The key is for another instance; or there is none of this name any more.
            case "AccessDeniedException", "InactiveInstanceException": .unknownInstance
            case _ where error.status == 404 || error.status == 410: .unknownInstance
            default: .refused
            }
        return ControlPlaneError(code: code, message: "\(error)")
    }

    private static func meaning(_ error: HTTPClientError) -> ControlPlaneError {
        ControlPlaneError(code: error.code == .invalidRequest ? .refused : .unavailable, message: "\(error)")
    }

    func encode(_ value: some Encodable) throws(ControlPlaneError) -> [UInt8] {
        do {
            return Array(try AgentCoding.encode(value))
        } catch {
            throw ControlPlaneError(code: .refused, message: "a message cannot be written: \(error)")
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(ControlPlaneError) -> Value {
        do {
            return try AgentCoding.decode(type, from: Data(body))
        } catch {
            throw ControlPlaneError(code: .unavailable, message: "an answer that cannot be read: \(error)")
        }
    }

    /// RFC 3986: everything but the unreserved characters becomes %XX.
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
            default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
