import AWSModels
import AWSProtocol
import FoundationEssentials
import Placement
import Support

/// Tasks as the store holds them: JSON as of every record, but written and read without a step between, since there are
/// so many of them. What a task has not is left out; times are milliseconds since 1970.
///
/// ```
/// {"v":2,"record":{"id":"…","launch":"00000000007b","sequence":124,"instance":"…","status":"RUNNING","version":2,
///   "cpu":10,"memory":64,"pullStarted":…,"pullStopped":…,"started":…,
///   "containers":[{"id":"…","status":"RUNNING","runtime":"…","image":"sha256:…"}]}}
/// ```
enum TaskCoding {
    static let kind = "task"
    static let version = 2

    static func key(_ task: TaskRecord) -> String { SequenceKey.text(task.sequence) }

    // MARK: Writing

    static func encode(_ task: TaskRecord) throws -> Data {
        var text = JSONText(capacity: 512)
        text.raw(#"{"v":2,"record":{"id":"#)
        text.string(task.id)
        text.member("launch", task.launch.id.storeKey)
        text.member("sequence", task.sequence)
        text.member("instance", task.containerInstance.rawValue)
        text.member("status", task.lastStatus.rawValue)
        if task.desiredStatus == .stopped { text.raw(#","isStopping":true"#) }
        text.member("version", task.version)
        text.member("cpu", task.reservation.cpuUnits)
        text.member("memory", task.reservation.memoryMiB)
        let times = task.times
        text.member("pullStarted", times.pullStart)
        text.member("pullStopped", times.pullStop)
        text.member("started", times.start)
        if !task.reservation.dynamicPorts.isEmpty || task.reservation.hasRarities {
            try text.member("reservation", json: task.reservation)
        }
        if task.hasRarities { try text.member("rare", json: Rare(task)) }
        text.name("containers")
        try text.array(task.containers) { text, container in try encode(container, to: &text) }
        text.raw("}}")
        return Data(text.bytes)
    }

    private static func encode(_ container: ContainerRecord, to text: inout JSONText) throws {
        let compact = container.compact
        text.raw(#"{"id":"#)
        text.string(compact.id)
        text.member("status", container.lastStatus.rawValue)
        text.member("runtime", compact.runtimeID)
        text.member("image", compact.imageDigest)
        text.member("exit", container.exitCode)
        text.member("reason", container.reason)
        text.member("health", container.healthStatus?.rawValue)
        if !container.networkBindings.isEmpty { try text.member("bindings", json: container.networkBindings) }
        if !container.portAssignments.isEmpty { try text.member("ports", json: container.portAssignments) }
        text.member("gpus", container.gpuIDs)
        text.raw("}")
    }

    /// What a task has that ends, or that few tasks have.
    private struct Rare: Codable {
        var stoppingAt: Date?
        var executionStoppedAt: Date?
        var stoppedAt: Date?
        var stopCode: StopCode?
        var stoppedReason: String?
        var protectionExpiresAt: Date?
        var networkInterface: NetworkInterfaceRecord?

        init(_ task: TaskRecord) {
            stoppingAt = task.stoppingAt
            executionStoppedAt = task.executionStoppedAt
            stoppedAt = task.stoppedAt
            stopCode = task.stopCode
            stoppedReason = task.stoppedReason
            protectionExpiresAt = task.protectionExpiresAt
            networkInterface = task.networkInterface
        }
    }

    // MARK: Reading

    /// What the members say, before they are put together.
    private struct Members {
        var id: TaskID?
        var launch: LaunchRecord.ID?
        var sequence: Int?
        var instance = ""
        var status: TaskStatus?
        var isStopping = false
        var version = 1
        var cpu = 0
        var memory = 0
        var pullStart = Moment.none
        var pullStop = Moment.none
        var start = Moment.none
        var reservation: Reservation?
        var rare: Rare?
        var containers: [Container] = []
    }

    private struct Container {
        var id = ""
        var status = ContainerStatus.pending
        var runtimeID: String?
        var imageDigest: String?
        var exitCode: Int?
        var reason: String?
        var health: String?
        var bindings: [ECS.NetworkBinding] = []
        var ports: [PortAssignment] = []
        var gpuIDs: [String] = []
    }

    /// - Parameters:
    ///   - launch: finds the launch that the task names.
    ///   - instance: gives one and the same id for all tasks of an instance.
    static func decode(
        _ row: StoredRow, launch find: (LaunchRecord.ID) -> LaunchRecord?,
        instance: (String) -> ContainerInstanceID
    ) throws -> TaskRecord {
        var members = Members()
        do {
            try StoredJSON.read(row, upTo: version) { reader in
                try reader.object { name, reader in try read(name, &reader, &members) }
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("\(row.kind) \(row.key) cannot be read: \(error)")
        }
        guard let id = members.id, let status = members.status, let sequence = members.sequence,
            let launchID = members.launch
        else { throw StoreError("\(row.kind) \(row.key) lacks its id, launch, sequence or status") }
        guard let launch = find(launchID), launch.containers.count == members.containers.count else {
            throw StoreError("\(row.kind) \(row.key) is of the launch \(launchID.storeKey), which does not go with it")
        }
        var task = TaskRecord(
            id: id, launch: launch, sequence: sequence, containerInstance: instance(members.instance),
            containers: zip(launch.containers, members.containers).map { container($1, $0) },
            reservation: members.reservation
                ?? Reservation(cpuUnits: members.cpu, memoryMiB: members.memory))
        task.lastStatus = status
        task.desiredStatus = members.isStopping ? .stopped : .running
        task.version = members.version
        task.setTimes(pullStart: members.pullStart, pullStop: members.pullStop, start: members.start)
        if let rare = members.rare { apply(rare, to: &task) }
        return task
    }

    private static func apply(_ rare: Rare, to task: inout TaskRecord) {
        task.stoppingAt = rare.stoppingAt
        task.executionStoppedAt = rare.executionStoppedAt
        task.stoppedAt = rare.stoppedAt
        task.stopCode = rare.stopCode
        task.stoppedReason = rare.stoppedReason
        task.protectionExpiresAt = rare.protectionExpiresAt
        task.networkInterface = rare.networkInterface
    }

    private static func container(_ read: Container, _ launched: LaunchedContainer) -> ContainerRecord {
        var container = ContainerRecord(
            launched: launched, id: read.id, portAssignments: read.ports, gpuIDs: read.gpuIDs)
        container.lastStatus = read.status
        container.runtimeID = read.runtimeID
        container.imageDigest = read.imageDigest
        container.exitCode = read.exitCode
        container.reason = read.reason
        container.healthStatus = read.health.map { ECS.HealthStatus(rawValue: $0) }
        container.networkBindings = read.bindings
        return container
    }

    private static func read(_ name: String, _ reader: inout JSONReader, _ members: inout Members) throws {
        switch name {
        case "id": members.id = TaskID(try reader.readString())
        case "launch": members.launch = LaunchRecord.ID(storeKey: try reader.readString())
        case "sequence": members.sequence = Int(try reader.readLong())
        case "instance": members.instance = try reader.readString()
        case "status": members.status = TaskStatus(rawValue: try reader.readString())
        case "isStopping": members.isStopping = try reader.readBoolean()
        case "version": members.version = Int(try reader.readLong())
        case "cpu": members.cpu = Int(try reader.readLong())
        case "memory": members.memory = Int(try reader.readLong())
        case "pullStarted": members.pullStart = Moment(milliseconds: try reader.readLong())
        case "pullStopped": members.pullStop = Moment(milliseconds: try reader.readLong())
        case "started": members.start = Moment(milliseconds: try reader.readLong())
        case "reservation": members.reservation = try StoredJSON.value(&reader)
        case "rare": members.rare = try StoredJSON.value(&reader)
        case "containers":
            try reader.array { reader in
                var container = Container()
                try reader.object { name, reader in try read(name, &reader, &container) }
                members.containers.append(container)
            }
        default: try reader.skipValue()
        }
    }

    private static func read(_ name: String, _ reader: inout JSONReader, _ container: inout Container) throws {
        switch name {
        case "id": container.id = try reader.readString()
        case "status": container.status = ContainerStatus(rawValue: try reader.readString()) ?? .pending
        case "runtime": container.runtimeID = try reader.readString()
        case "image": container.imageDigest = try reader.readString()
        case "exit": container.exitCode = Int(try reader.readLong())
        case "reason": container.reason = try reader.readString()
        case "health": container.health = try reader.readString()
        case "bindings": container.bindings = try StoredJSON.value(&reader)
        case "ports": container.ports = try StoredJSON.value(&reader)
        case "gpus": container.gpuIDs = try reader.readList()
        default: try reader.skipValue()
        }
    }
}
