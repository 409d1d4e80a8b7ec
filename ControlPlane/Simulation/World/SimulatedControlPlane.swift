package import AWSModels
package import AWSProtocol
import AWSSigning
package import AgentGateway
import AgentProtocol
package import ControlPlaneAPI
package import ControlPlaneState
package import Controllers
import FoundationEssentials
import HTTPServer
package import ServiceScheduler
import Support

/// One life of a control plane, from a start to a crash: the real state, handlers, gateway and controllers, without
/// sockets and on simulated time. The store is what survives it.
package struct SimulatedControlPlane: Sendable {
    static let region = "us-east-1"
    static let accountID = "123456789012"
    static let joinToken = "simulated"
    /// How it keeps services.
    package static let scheduler = ServiceScheduler.Settings()
    /// Whoever gives orders.
    package static let root = Caller(principal: .root, accessKeyID: nil, arn: "arn:aws:iam::\(accountID):root")

    package let state: ClusterState
    package let gateway: AgentGateway
    package let liveness: AgentLiveness
    package let expiry: Expiry
    package let services: ServiceController
    private let operations: OperationTable
    private let ecs: ECSService
    private let codec = AWSJSONCodec(version: ECS.metadata.jsonVersion)

    /// Starts on what the store holds.
    ///
    /// - Throws: ``StoreError`` for a store that cannot be read, ``StoreFailure`` for one that cannot be written.
    init(store: MemoryStore, clock: SimulatedClock, random: RandomSource, agentTimeoutSeconds: Int) async throws {
        let state = try ClusterState(store: store, log: .discarding)
        let vpc = VPC(region: Self.region, accountID: Self.accountID)
        let arns = ARNFactory(region: Self.region, accountID: Self.accountID)
        let liveness = AgentLiveness(
            state: state, timeout: .seconds(agentTimeoutSeconds), now: { clock.now }, instant: { clock.instant },
            log: .discarding)
        gateway = AgentGateway(
            state: state, arns: arns, vpc: vpc, settings: .init(agentTimeoutSeconds: agentTimeoutSeconds),
            now: { clock.now }, random: random, log: .discarding, heard: { await liveness.heard($0) })
        state.add(observer: gateway)
        expiry = Expiry(state: state, now: { clock.now }, log: .discarding)
        let context = ServiceContext(
            state: state, arns: arns, vpc: vpc, now: { clock.now }, random: random, log: .discarding)
        let ecs = ECSService(context: context)
        self.ecs = ecs
        operations = ecs.operations()
        services = ServiceController(
            state: state, starter: ecs,
            settings: .init(scheduler: Self.scheduler, agentTimeoutSeconds: Double(agentTimeoutSeconds)),
            now: { clock.now }, random: random, log: .discarding)
        state.add(observer: services)
        self.state = state
        self.liveness = liveness
        let token = JoinTokenRecord(tokenSHA256: Self.digest(Self.joinToken), createdAt: clock.now)
        try await state.transact { tx in
            if tx.access.joinToken(sha256: token.tokenSHA256) == nil { tx.put(token) }
        }
    }

    @Sendable private static func digest(_ text: String) -> String {
        Hexadecimal.encode(Digest.sha256(Array(text.utf8)))
    }

    // MARK: Clients

    /// Calls an operation as a client would: through the wire format, and everything around the handler.
    ///
    /// - Throws: the error that the client gets.
    package func call<Operation: AWSOperationShape>(
        _ operation: Operation.Type, _ input: Operation.Input, as caller: Caller = root
    ) async throws(AWSError) -> Operation.Output {
        let body = try await operations.call(operation.name, body: try codec.encode(input), caller: caller)
        return try codec.decode(Operation.Output.self, from: body)
    }

    /// The parts that a dry run of RunTask answers with, of which the simulation reads these.
    struct PlacementExplanation: Decodable, Sendable {
        struct Removed: Decodable, Sendable {
            var reason: String
            var containerInstances: Int
        }

        struct Refused: Decodable, Sendable {
            var reason: String
            var detail: String
        }

        struct Part: Decodable, Sendable {
            var fitting: Int
            var removed: [Removed]
            var nearest: [Refused]
        }

        var parts: [Part]
    }

    /// What keeps tasks off hosts.
    ///
    /// - Throws: the error that RunTask would give.
    func explainPlacement(_ input: ECS.RunTaskRequest) async throws(AWSError) -> PlacementExplanation {
        let request = Request(method: "POST", path: ECSService.explainPath, body: try codec.encode(input))
        let response = await ecs.explainPlacement(request, Self.root)
        guard case .bytes(let body) = response.body else { throw .server("an answer without end") }
        guard response.status == 200 else { throw codec.decodeError(from: body, httpStatus: response.status) }
        do { return try JSONDecoder().decode(PlacementExplanation.self, from: Data(body)) } catch {
            throw .server("\(error)")
        }
    }

    // MARK: Agents

    /// The key that a host gets for the join token.
    func join(_ cluster: String) async throws -> JoinReply {
        let body = Array(try AgentCoding.encode(JoinRequest(joinToken: Self.joinToken, cluster: cluster)))
        let request = Request(method: "POST", path: AgentPath.join, body: body)
        return try decode(await gateway.join(request, sha256: Self.digest))
    }

    /// Whom a key speaks for. A real request's signature is checked before it comes so far.
    private func principal(_ accessKeyID: String) throws -> AccessKeyRecord.Principal {
        guard let principal = state.peek({ $0.access.key(accessKeyID)?.principal }) else {
            throw HostRefusal(code: "UnrecognizedClientException", message: "the key \(accessKeyID) is not known")
        }
        return principal
    }

    func register(_ input: ECS.RegisterContainerInstanceRequest, key: String) async throws -> String {
        let caller = Caller(principal: try principal(key), accessKeyID: key, arn: "arn:aws:iam::agent/\(key)")
        do {
            let output = try await call(ECS.RegisterContainerInstance.self, input, as: caller)
            return output.containerInstance?.containerInstanceArn ?? ""
        } catch {
            throw HostRefusal(code: error.code, message: error.message)
        }
    }

    func connect(_ containerInstanceArn: String, session: String, key: String) async throws -> AgentStream {
        let query =
            "\(StreamQuery.containerInstanceArn)=\(containerInstanceArn)&\(StreamQuery.sessionID)=\(session)"
            + "&\(StreamQuery.protocolVersion)=\(AgentProtocolVersion.current)"
        let request = Request(method: "GET", path: AgentPath.stream, query: query)
        do { return try await gateway.connect(request, try principal(key)) } catch let refusal as GatewayRefusal {
            throw HostRefusal(code: refusal.code, message: refusal.message)
        }
    }

    func report(_ batch: ReportBatch, key: String) async throws -> ReportReply {
        let request = Request(method: "POST", path: AgentPath.reports, body: Array(try AgentCoding.encode(batch)))
        return try decode(await gateway.takeReports(request, try principal(key)))
    }

    private func decode<Reply: Decodable>(_ response: Response) throws -> Reply {
        guard case .bytes(let body) = response.body else {
            throw HostRefusal(code: "UnexpectedStream", message: "an answer without end")
        }
        guard response.status == 200 else {
            let error = codec.decodeError(from: body, httpStatus: response.status)
            throw HostRefusal(code: error.code, message: error.message)
        }
        return try AgentCoding.decode(Reply.self, from: Data(body))
    }
}

/// Why a host's request came to nothing: what the control plane answered.
struct HostRefusal: Error, Sendable, Hashable {
    var code: String
    var message: String

    /// The instance is not known (any more), or not under this key.
    var isOfInstance: Bool { code == "InactiveInstanceException" || code == "ClientException" }
    /// The control plane could not: it may later.
    var isTemporary: Bool { code == "ServiceUnavailableException" || code == "ServerException" }
    /// The key is another's, or nobody's.
    var isOfKey: Bool { code == "AccessDeniedException" || code == "UnrecognizedClientException" }
}
