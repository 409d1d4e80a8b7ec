import AWSModels
import AWSProtocol
import AgentProtocol
import Foundation
import HTTPServer
import Synchronization
import Testing

@testable import AgentSession

/// The transport against a real server that checks every signature.
@Suite struct HTTPControlPlaneTests {
    private static let key = AgentSession.SigningKey(
        accessKeyID: "AKIDHOST", secretAccessKey: "secret", region: "eu-west-1")
    private static let arn = "arn:aws:ecs:eu-west-1:1:container-instance/default/0a"

    private final class Seen: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// Whether the signature of a request is right.
    @Sendable private static func isSigned(_ request: Request) -> Bool {
        let signed = SigV4.Request(
            method: request.method, path: request.path, query: request.query ?? "",
            headers: request.headers.fields.map { ($0.name, $0.value) }, body: request.body)
        let verifier = SigV4.Verifier(region: key.region)
        do throws(AWSError) {
            let authorization = try verifier.authorization(of: signed, service: "ecs", now: Date())
            guard authorization.accessKeyID == key.accessKeyID else { return false }
            try verifier.verify(
                signed, authorization,
                signingKey: .init(
                    secretAccessKey: key.secretAccessKey, day: authorization.day, region: key.region, service: "ecs"))
            return true
        } catch {
            return false
        }
    }

    private func serve(
        prefix: String = "", _ body: (HTTPControlPlane, Seen) async throws -> Void,
        answering answer: @escaping @Sendable (Request) -> Response
    ) async throws {
        let seen = Seen()
        let server = Server(ServerConfiguration()) { request in
            seen.requests.withLock { $0.append(request) }
            return answer(request)
        }
        let port = try server.start()
        let plane = try #require(HTTPControlPlane(url: "http://127.0.0.1:\(port)\(prefix)"))
        do {
            try await body(plane, seen)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private static let registration = InstanceRegistration(
        cluster: "default", cpuUnits: 2048, memoryMiB: 1000, reservedPorts: [22], reservedUDPPorts: [],
        attributes: [.init("a", "1"), .init("b")],
        customAttributes: [.init("mine", "x")], agentVersion: "1", runtimeVersion: "DockerVersion: 2")

    @Test(arguments: ["", "/behind/a/proxy/"])
    func everythingButJoiningIsSigned(prefix: String) async throws {
        let reply = try AgentCoding.encode(ReportReply(batch: 3, unknownTaskArns: ["x"]))
        let joined = try AgentCoding.encode(JoinReply(accessKeyID: "A", secretAccessKey: "S", region: "R"))
        try await serve(prefix: prefix) { plane, seen in
            #expect(try await plane.join(.init(joinToken: "t", cluster: "c")).accessKeyID == "A")
            #expect(try await plane.register(Self.registration, key: Self.key) == Self.arn)
            let batch = ReportBatch(
                containerInstanceArn: Self.arn, sessionID: "s", batch: 3, appliedSequence: 1, reports: [])
            #expect(try await plane.send(batch, key: Self.key) == ReportReply(batch: 3, unknownTaskArns: ["x"]))
            var bytes: [UInt8] = []
            let stream = try await plane.openStream(containerInstanceArn: Self.arn, sessionID: "a b/&", key: Self.key)
            for try await piece in stream { bytes += piece }
            #expect(String(decoding: bytes, as: UTF8.self) == "{\"ping\":{}}\n")

            let requests = seen.requests.withLock { $0 }
            #expect(requests.map(Self.isSigned) == [false, true, true, true])
            #expect(
                requests[1].headers["X-Amz-Target"] == "AmazonEC2ContainerServiceV20141113.RegisterContainerInstance")
            let registered = try AWSJSONCodec().decode(
                ECS.RegisterContainerInstanceRequest.self, from: requests[1].body)
            #expect(registered.platformDevices == nil)
            #expect(registered.totalResources?.map(\.name) == ["CPU", "MEMORY", "PORTS", "PORTS_UDP"])
            #expect(registered.attributes?.map(\.name) == ["a", "b", "mine"])
            #expect(registered.versionInfo?.dockerVersion == "DockerVersion: 2")
        } answering: { request in
            let path =
                request.path.hasPrefix("/behind/a/proxy/")
                ? String(request.path.dropFirst("/behind/a/proxy".count)) : request.path
            switch path {
            case AgentPath.join: return Response(status: 200, body: Array(joined))
            case AgentPath.reports: return Response(status: 200, body: Array(reply))
            case AgentPath.stream: return Response(status: 200, stream: { try await $0.write("{\"ping\":{}}\n") })
            default:
                return Response(
                    status: 200, body: Array("{\"containerInstance\":{\"containerInstanceArn\":\"\(Self.arn)\"}}".utf8))
            }
        }
    }

    struct Refusal: Sendable {
        var status: Int
        var code: String
        var meaning: ControlPlaneError.Code
    }

    @Test(arguments: [
        Refusal(status: 400, code: "InactiveInstanceException", meaning: .unknownInstance),
        Refusal(status: 403, code: "AccessDeniedException", meaning: .unknownInstance),
        Refusal(status: 400, code: "AccessDeniedException", meaning: .unknownInstance),
        Refusal(status: 403, code: "UnrecognizedClientException", meaning: .accessDenied),
        Refusal(status: 400, code: "UnrecognizedClientException", meaning: .accessDenied),
        Refusal(status: 403, code: "InvalidSignatureException", meaning: .refused),
        Refusal(status: 400, code: "InvalidParameterException", meaning: .refused),
        Refusal(status: 400, code: "ClusterNotFoundException", meaning: .refused),
        Refusal(status: 400, code: "ThrottlingException", meaning: .unavailable),
        Refusal(status: 503, code: "ServiceUnavailableException", meaning: .unavailable),
        Refusal(status: 500, code: "", meaning: .unavailable),
    ])
    func whatARefusalMeans(refusal: Refusal) async throws {
        try await serve { plane, _ in
            func code(_ body: () async throws(ControlPlaneError) -> Void) async -> ControlPlaneError.Code? {
                do throws(ControlPlaneError) {
                    try await body()
                    return nil
                } catch {
                    return error.code
                }
            }
            let stream = await code { () async throws(ControlPlaneError) in
                _ = try await plane.openStream(containerInstanceArn: Self.arn, sessionID: "s", key: Self.key)
            }
            #expect(stream == refusal.meaning)
            let sent = await code { () async throws(ControlPlaneError) in
                _ = try await plane.send(
                    .init(containerInstanceArn: Self.arn, sessionID: "s", batch: 1, appliedSequence: 0, reports: []),
                    key: Self.key)
            }
            #expect(sent == refusal.meaning)
            let registered = await code { () async throws(ControlPlaneError) in
                _ = try await plane.register(Self.registration, key: Self.key)
            }
            #expect(registered == refusal.meaning)
        } answering: { _ in
            Response(status: refusal.status, body: Array("{\"__type\":\"\(refusal.code)\",\"message\":\"no\"}".utf8))
        }
    }

    @Test func aWrongTokenIsDenied() async throws {
        try await serve { plane, _ in
            do throws(ControlPlaneError) {
                _ = try await plane.join(.init(joinToken: "t", cluster: "c"))
                Issue.record("joined")
            } catch {
                #expect(error.code == .accessDenied)
            }
        } answering: { _ in
            Response(
                status: 403,
                body: Array("{\"__type\":\"AccessDeniedException\",\"message\":\"the join token is not valid\"}".utf8))
        }
    }

    /// A control plane takes no signature that is more than five minutes from its own time.
    @Test(arguments: [-3600, 3600, 34_560_000] as [TimeInterval]) func aClockThatJumpsIsCorrectedByTheFirstAnswer(
        jump: TimeInterval
    ) async throws {
        let offset = Mutex<TimeInterval>(0)
        let server = Server(ServerConfiguration()) { request in
            Response(status: Self.isSigned(request) ? 200 : 400, body: Array(#"{"batch":1,"unknownTaskArns":[]}"#.utf8))
        }
        let port = try server.start()
        let now: @Sendable () -> Date = { Date().addingTimeInterval(offset.withLock { $0 }) }
        let plane = try #require(HTTPControlPlane(url: "http://127.0.0.1:\(port)", now: now))
        let batch = ReportBatch(
            containerInstanceArn: Self.arn, sessionID: "s", batch: 1, appliedSequence: 0, reports: [])
        func isTaken() async -> Bool { (try? await plane.send(batch, key: Self.key)) != nil }
        #expect(await isTaken())
        for jumped in [jump, 0] {
            offset.withLock { $0 = jumped }
            #expect(await !isTaken())
            #expect(await isTaken())
        }
        await server.stop()
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599), ("", nil),
        ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
        ("Sun, 31 Feb x 08:49:37 GMT", nil),
    ]) func datesOfAnswers(text: String, seconds: Double?) {
        #expect(SigningClock.date(text)?.timeIntervalSince1970 == seconds)
    }

    @Test func nobodyThereIsUnavailable() async throws {
        let plane = try #require(HTTPControlPlane(url: "http://127.0.0.1:1"))
        do throws(ControlPlaneError) {
            _ = try await plane.join(.init(joinToken: "t", cluster: "c"))
            Issue.record("joined")
        } catch {
            #expect(error.code == .unavailable)
        }
    }

    struct Address: Sendable {
        var url: String
        var parts: String?
    }

    @Test(arguments: [
        Address(url: "http://h:8600", parts: "http h:8600 "), Address(url: "HTTPS://h/", parts: "https h "),
        Address(url: "http://h:80/a/b/", parts: "http h /a/b"), Address(url: "https://h:443", parts: "https h "),
        Address(url: "http://[::1]:8600", parts: "http [::1]:8600 "), Address(url: "ftp://h", parts: nil),
        Address(url: "h:8600", parts: nil),
        Address(url: "http://", parts: nil), Address(url: "http://:80", parts: nil),
        Address(url: "http://u@h", parts: nil),
        Address(url: "http://h/?a", parts: nil), Address(url: "http://h h", parts: nil),
    ])
    func addresses(address: Address) {
        #expect(HTTPControlPlane.parts(address.url).map { "\($0.scheme) \($0.host) \($0.path)" } == address.parts)
    }
}
