import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import HTTPServer
import Support
import Synchronization

@testable import AgentMetadata

let endpointIdentity = EndpointIdentity(secret: Array(1...32))

/// What an engine knows: the tasks that a test says.
final class FakeDirectory: TaskDirectory {
    private let records: Mutex<[TaskRecord]>

    init(_ records: [TaskRecord]) { self.records = Mutex(records) }

    func taskRecords() -> [TaskRecord] { records.withLock { $0 } }

    func taskRecord(id: String) -> TaskRecord? {
        taskRecords().first { $0.taskArn.hasSuffix("/\(id)") }
    }

    func change(_ task: Int, _ change: (inout TaskRecord) -> Void) { records.withLock { change(&$0[task]) } }
}

/// What docker would tell of containers; counts how often it is asked.
final class FakeInspector: ContainerInspector {
    private let known: Mutex<[String: ContainerDetails]>
    private let asked = Mutex<[[String]]>([])

    init(_ details: [ContainerDetails]) { known = Mutex(Dictionary(details.map { ($0.id, $0) }) { $1 }) }

    var calls: [[String]] { asked.withLock { $0 } }

    func set(_ details: ContainerDetails?, for id: String) { known.withLock { $0[id] = details } }

    func details(ids: [String]) async throws(RuntimeError) -> [ContainerDetails] {
        asked.withLock { $0.append(ids) }
        return known.withLock { known in ids.compactMap { known[$0] } }
    }
}

/// A task on the bridge whose one container `web` runs as `c1` at 172.17.0.2.
func bridgeRecord(_ change: (inout TaskAssignment) -> Void = { _ in }) -> TaskRecord {
    var specification = container("web", image: "box:1", ports: [port(32768)])
    specification.containerArn = "arn:aws:ecs:us-east-1:123456789012:container/default/t1/c"
    specification.memoryMiB = 64
    var task = assignment("t1", [specification])
    task.launchType = .ec2
    change(&task)
    return running(TaskRecord(assignment: task), as: "c1")
}

/// Another task, in a group of its own, whose container runs as `c2` at 172.17.0.3.
func otherRecord(_ change: (inout TaskAssignment) -> Void = { _ in }) -> TaskRecord {
    var task = assignment("t2", [container("db")])
    change(&task)
    var record = running(TaskRecord(assignment: task), as: "c2")
    record.resources = TaskResources()
    record.resources?.cgroupParent = "/ecs/t1"
    return record
}

private func running(_ record: TaskRecord, as runtimeID: String) -> TaskRecord {
    var record = record
    record.pullStartedAt = startOfTime
    record.pullStoppedAt = startOfTime.addingTimeInterval(1)
    record.containers[0].phase = .running
    record.containers[0].runtimeID = runtimeID
    record.containers[0].hasStarted = true
    record.containers[0].createdAt = startOfTime.addingTimeInterval(1)
    record.containers[0].startedAt = startOfTime.addingTimeInterval(2)
    return record
}

/// The task endpoint over fakes, asked without sockets.
struct TestEndpoint {
    let directory: FakeDirectory
    let kernel = FakeKernel.unified()
    let inspector = FakeInspector([
        .init(id: "c1", imageID: "sha256:11", logDriver: "json-file", ipv4Addresses: ["172.17.0.2"]),
        .init(id: "c2", imageID: "sha256:22", logDriver: "json-file", ipv4Addresses: ["172.17.0.3"]),
    ])
    let credentials = CredentialsStore(identity: endpointIdentity)
    let requests: TaskRequests

    init(_ records: [TaskRecord], rate: RateLimit.Rate = .init(perSecond: 0, burst: 0)) {
        directory = FakeDirectory(records)
        requests = TaskRequests(
            tasks: directory, identity: endpointIdentity,
            details: DetailsCache(inspector: inspector, logger: .discarding, now: { startOfTime }),
            stats: StatsBook(files: kernel.files), credentials: credentials, limit: RateLimit(rate),
            availabilityZone: "rack-1", now: { startOfTime })
    }

    func get(_ path: String, query: String? = nil, from address: String = "172.17.0.2", method: String = "GET") async
        -> (
            status: Int, json: Any?
        )
    {
        answer(
            await requests.handle(Request(method: method, path: path, query: query, remoteAddress: address)))
    }

    /// Asks with the id that the task's first container was given.
    func own(_ path: String = "", task: Int = 0, version: String = "v4", from address: String = "172.17.0.2") async -> (
        status: Int, json: Any?
    ) {
        let record = directory.taskRecords()[task]
        let id = endpointIdentity.containerID(task: record.taskArn, container: record.containers[0].name)
        return await get("/\(version)/\(id)\(path)", from: address)
    }
}

func answer(_ response: Response) -> (status: Int, json: Any?) {
    guard case .bytes(let bytes) = response.body else { return (response.status, nil) }
    return (response.status, try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
}

func object(_ json: Any?) -> [String: Any] { json as? [String: Any] ?? [:] }

func networkInterface(_ address: String) -> NetworkInterfaceSpecification {
    NetworkInterfaceSpecification(
        attachmentID: "a", networkInterfaceID: "eni-1", macAddress: "02:00:00:00:00:01", privateIPv4Address: address,
        subnetCIDR: "10.0.0.0/24", gatewayIPv4Address: "10.0.0.1", subnetID: "subnet-1", vpcID: "vpc-1",
        vpcCIDR: "10.0.0.0/16", privateDNSName: "ip-10-0-0-5.internal")
}
