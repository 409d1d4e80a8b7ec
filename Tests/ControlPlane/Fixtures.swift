import AWSModels
import AWSProtocol
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import Placement
import Support
import Synchronization

/// A store in memory that can be told to hold its commits back, and to fail.
final class FakeStore: Store {
    private struct Contents {
        var rows: [String: StoredRow] = [:]
        var revision = 0
        var commits: [[StoreMutation]] = []
        var failure: StoreError?
    }

    private let contents = Mutex(Contents())
    private let gate = NSCondition()
    private let isHeld = Mutex(false)

    var commits: [[StoreMutation]] { contents.withLock { $0.commits } }
    var rowCount: Int { contents.withLock { $0.rows.count } }

    /// Commits wait until `release()`.
    func hold() { isHeld.withLock { $0 = true } }

    func release() {
        gate.lock()
        isHeld.withLock { $0 = false }
        gate.broadcast()
        gate.unlock()
    }

    func fail(_ message: String) { contents.withLock { $0.failure = StoreError(message) } }

    func load(_ body: (StoredRow) throws -> Void) throws -> Revision {
        let (rows, revision) = contents.withLock { (Array($0.rows.values), $0.revision) }
        for row in rows { try body(row) }
        return revision
    }

    func commit(_ mutations: [StoreMutation], revision: Revision) throws {
        gate.lock()
        while isHeld.withLock({ $0 }) { gate.wait() }
        gate.unlock()
        try contents.withLock { contents in
            if let failure = contents.failure { throw failure }
            for mutation in mutations {
                let key = "\(mutation.kind)/\(mutation.key)"
                contents.rows[key] = mutation.value.map {
                    StoredRow(kind: mutation.kind, key: mutation.key, value: $0)
                }
            }
            contents.revision = revision
            contents.commits.append(mutations)
        }
    }

    func compact() throws {}
    func close() {}
}

/// A control plane's API without sockets: real state, real handlers, a store in memory, a clock that stands still.
struct TestControlPlane {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)

    let store: FakeStore
    let state: ClusterState
    let context: ServiceContext
    let service: ECSService
    let clock = TestClock()

    /// - Parameter state: nil is what the store holds.
    init(
        store: FakeStore = FakeStore(), seed: UInt64 = 1, roles: any RoleCredentialsProvider = NoRoleCredentials(),
        state given: ClusterState? = nil
    ) throws {
        self.store = store
        let clock = clock
        let state = try given ?? ClusterState(store: store, log: .discarding)
        self.state = state
        context = ServiceContext(
            state: state, arns: ARNFactory(region: "us-east-1", accountID: "123456789012"),
            vpc: VPC(region: "us-east-1", accountID: "123456789012"), now: { clock.now },
            random: RandomSource(SeededGenerator(seed: seed)), log: .discarding, roles: roles)
        service = ECSService(context: context)
    }

    static let root = Caller(principal: .root, accessKeyID: nil, arn: "arn:aws:iam::123456789012:root")

    /// Calls an operation as a client would: JSON in, JSON out, everything around the handler included.
    func call(_ operation: String, _ input: [String: Any] = [:], as caller: Caller = root) async throws -> [String: Any]
    {
        let body = try JSONSerialization.data(withJSONObject: input)
        let output = try await service.operations().call(operation, body: Array(body), caller: caller)
        return try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any] ?? [:]
    }

    /// The error code and message of a call that must fail.
    func failure(_ operation: String, _ input: [String: Any] = [:], as caller: Caller = root) async throws -> (
        code: String, message: String
    ) {
        do {
            let output = try await call(operation, input, as: caller)
            throw UnexpectedSuccess(output: "\(output)")
        } catch let error as AWSError {
            return (error.code, error.message)
        }
    }

    struct UnexpectedSuccess: Error {
        var output: String
    }

    @discardableResult
    func registerInstance(
        cpu: Int = 2048, memory: Int = 4096, ports: [String] = ["22"], attributes: [String] = [],
        as caller: Caller = root
    ) async throws -> String {
        let output = try await call(
            "RegisterContainerInstance",
            [
                "totalResources": [
                    ["name": "CPU", "type": "INTEGER", "integerValue": cpu],
                    ["name": "MEMORY", "type": "INTEGER", "integerValue": memory],
                    ["name": "PORTS", "type": "STRINGSET", "stringSetValue": ports],
                ], "attributes": attributes.map { ["name": $0] },
            ], as: caller)
        let instance = output["containerInstance"] as? [String: Any]
        return instance?["containerInstanceArn"] as? String ?? ""
    }

    @discardableResult
    func registerTaskDefinition(
        _ family: String = "web", cpu: Int = 256, memory: Int = 128, portMappings: [[String: Any]] = [],
        gpus: Int = 0
    ) async throws -> String {
        let container: [String: Any] = [
            "name": "app", "image": "busybox", "cpu": cpu, "memory": memory, "portMappings": portMappings,
            "resourceRequirements": gpus == 0 ? [] : [["type": "GPU", "value": "\(gpus)"]],
        ]
        let output = try await call("RegisterTaskDefinition", ["family": family, "containerDefinitions": [container]])
        let definition = output["taskDefinition"] as? [String: Any]
        return definition?["taskDefinitionArn"] as? String ?? ""
    }
}

/// A clock that moves when it is told to.
final class TestClock: Sendable {
    private let date = Mutex(TestControlPlane.start)
    var now: Date { date.withLock { $0 } }
    func advance(by seconds: Double) { date.withLock { $0 += seconds } }
}

extension [String: Any] {
    func list(_ name: String) -> [[String: Any]] { self[name] as? [[String: Any]] ?? [] }
    func text(_ name: String) -> String { self[name] as? String ?? "" }
    func object(_ name: String) -> [String: Any] { self[name] as? [String: Any] ?? [:] }
}
