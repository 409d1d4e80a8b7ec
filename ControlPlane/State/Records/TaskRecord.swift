package import AWSModels
package import FoundationEssentials
package import Placement

/// One running copy of a task definition, from the moment it was placed.
///
/// There are millions of them, so what tasks have in common is in their ``launch``, and what few tasks have is in a box
/// of its own.
package struct TaskRecord: Sendable, Equatable {
    package var id: TaskID
    /// What it has in common with the other tasks of the same request.
    package private(set) var launch: LaunchRecord
    package var containerInstance: ContainerInstanceID
    /// What the task holds of its host, until it is STOPPED.
    package var reservation: Reservation
    package var containers: [ContainerRecord]
    private var rarities: Rarities?
    /// Grows with every task: the order of ListTasks.
    package var sequence: Int
    private var pullStart = Moment.none
    private var pullStop = Moment.none
    private var start = Moment.none
    private var counter: Int32
    package var desiredStatus: DesiredStatus
    package var lastStatus: TaskStatus

    package enum LaunchType: String, Codable, Sendable, CaseIterable {
        case ec2 = "EC2"
        case external = "EXTERNAL"
    }

    /// What a task has that ends, or that few tasks have.
    private final class Rarities: Sendable {
        struct Values: Sendable, Hashable {
            var stoppingAt: Date?
            var executionStoppedAt: Date?
            var stoppedAt: Date?
            var stopCode: StopCode?
            var stoppedReason: String?
            var protectionExpiresAt: Date?
            var networkInterface: NetworkInterfaceRecord?
        }

        let values: Values

        init(_ values: Values) { self.values = values }
    }

    private var rare: Rarities.Values {
        get { rarities?.values ?? Rarities.Values() }
        set { rarities = newValue == Rarities.Values() ? nil : Rarities(newValue) }
    }

    /// - Parameter sequence: greater than that of any task before.
    package init(
        id: TaskID, launch: LaunchRecord, sequence: Int, containerInstance: ContainerInstanceID,
        containers: [ContainerRecord], reservation: Reservation
    ) {
        self.id = id
        self.launch = launch
        self.sequence = sequence
        self.containerInstance = containerInstance
        self.containers = containers
        self.reservation = reservation
        desiredStatus = .running
        lastStatus = .pending
        counter = 1
    }

    /// A task with a launch of its own.
    package init(
        id: TaskID, cluster: ClusterName, sequence: Int, taskDefinition: TaskDefinitionID,
        containerInstance: ContainerInstanceID, group: String, startedBy: String?, launchType: LaunchType,
        overrides: ECS.TaskOverride, cpu: String?, memory: String?, containers: [ContainerRecord],
        reservation: Reservation, createdAt: Date, tags: [ECS.Tag], enableExecuteCommand: Bool = false
    ) {
        let launch = LaunchRecord(
            .init(
                id: .init(sequence: sequence, isOwn: true), cluster: cluster, taskDefinition: taskDefinition,
                group: group, startedBy: startedBy, launchType: launchType, overrides: .shape(overrides), cpu: cpu,
                memory: memory, tags: tags, enableExecuteCommand: enableExecuteCommand, createdAt: Moment(createdAt),
                containers: containers.map(\.launched)))
        self.init(
            id: id, launch: launch, sequence: sequence, containerInstance: containerInstance, containers: containers,
            reservation: reservation)
    }

    package static func == (left: TaskRecord, right: TaskRecord) -> Bool {
        left.counter == right.counter && left.lastStatus == right.lastStatus
            && left.desiredStatus == right.desiredStatus && left.pullStart == right.pullStart
            && left.pullStop == right.pullStop && left.start == right.start && left.id == right.id
            && left.sequence == right.sequence && left.containerInstance == right.containerInstance
            && (left.rarities === right.rarities || left.rare == right.rare) && left.containers == right.containers
            && left.reservation == right.reservation && left.launch == right.launch
    }

    // MARK: What its launch says

    private mutating func change(_ change: (inout LaunchRecord.Values) -> Void) {
        var values = launch.values
        values.id = .init(sequence: sequence, isOwn: true)
        change(&values)
        launch = LaunchRecord(values)
    }

    package var cluster: ClusterName { launch.cluster }
    package var taskDefinition: TaskDefinitionID { launch.taskDefinition }
    package var startedBy: String? { launch.startedBy }
    package var overrides: ECS.TaskOverride { launch.overrides }
    /// Task level, in the API's own decimal strings; nil where neither definition nor overrides have one.
    package var cpu: String? { launch.cpu }
    package var memory: String? { launch.memory }
    package var createdAt: Date { launch.createdAt.date ?? Date(timeIntervalSince1970: 0) }
    /// What RunTask or StartTask said; nil is false.
    package var enableExecuteCommand: Bool? { launch.enableExecuteCommand }
    package var group: String {
        get { launch.group }
        set { change { $0.group = newValue } }
    }
    package var launchType: LaunchType {
        get { launch.launchType }
        set { change { $0.launchType = newValue } }
    }
    /// The capacity provider that the task runs under; nil for a task of a launch type.
    package var capacityProviderName: String? {
        get { launch.capacityProviderName }
        set { change { $0.capacityProviderName = newValue } }
    }
    package var tags: [ECS.Tag] {
        get { launch.tags }
        set { change { $0.tags = newValue } }
    }

    // MARK: Its own

    /// 1 at first, one more with every change of the task.
    package var version: Int {
        get { Int(counter) }
        set { counter = Int32(clamping: newValue) }
    }
    package var pullStartedAt: Date? {
        get { pullStart.date }
        set { pullStart = Moment(newValue) }
    }
    package var pullStoppedAt: Date? {
        get { pullStop.date }
        set { pullStop = Moment(newValue) }
    }
    package var startedAt: Date? {
        get { start.date }
        set { start = Moment(newValue) }
    }
    package var stoppingAt: Date? {
        get { rarities?.values.stoppingAt }
        set { rare.stoppingAt = newValue }
    }
    package var executionStoppedAt: Date? {
        get { rarities?.values.executionStoppedAt }
        set { if rarities?.values.executionStoppedAt != newValue { rare.executionStoppedAt = newValue } }
    }
    package var stoppedAt: Date? {
        get { rarities?.values.stoppedAt }
        set { rare.stoppedAt = newValue }
    }
    package var stopCode: StopCode? {
        get { rarities?.values.stopCode }
        set { rare.stopCode = newValue }
    }
    package var stoppedReason: String? {
        get { rarities?.values.stoppedReason }
        set { rare.stoppedReason = newValue }
    }
    /// Until when scale-in and deployments leave the task alone. A date that is past protects nothing.
    package var protectionExpiresAt: Date? {
        get { rarities?.values.protectionExpiresAt }
        set { rare.protectionExpiresAt = newValue }
    }
    /// Only in network mode awsvpc.
    package var networkInterface: NetworkInterfaceRecord? {
        get { rarities?.values.networkInterface }
        set { rare.networkInterface = newValue }
    }

    var times: (pullStart: Moment, pullStop: Moment, start: Moment) { (pullStart, pullStop, start) }

    mutating func setTimes(pullStart: Moment, pullStop: Moment, start: Moment) {
        self.pullStart = pullStart
        self.pullStop = pullStop
        self.start = start
    }

    /// Whether it has any of what few tasks have.
    var hasRarities: Bool { rarities != nil }

    /// Of the essential containers that have a health check.
    ///
    /// - Source: spec/ecs-runtime.md section 2, "Health".
    package var healthStatus: ECS.HealthStatus {
        let told = containers.filter(\.isEssential).compactMap(\.healthStatus)
        if told.contains(.unhealthy) { return .unhealthy }
        return told.isEmpty || told.contains(.unknown) ? .unknown : .healthy
    }

    /// Whether scale-in and deployments have to leave the task alone.
    package func isProtected(at now: Date) -> Bool { protectionExpiresAt.map { now < $0 } ?? false }
}

/// One container of a task.
package struct ContainerRecord: Sendable, Hashable {
    /// What it is in each task of the launch.
    package let launched: LaunchedContainer
    private var uuid: CompactText
    private var runtime = CompactText.none
    private var digest = CompactText.none
    /// What the host reported; empty until the container runs.
    package var networkBindings: [ECS.NetworkBinding]
    /// The host ports that placement gave it.
    package var portAssignments: [PortAssignment]
    /// The host's GPUs that placement gave it. Nil is none.
    package var gpuIDs: [String]?
    package var reason: String?
    private var exit: Int32?
    package var lastStatus: ContainerStatus
    private var health = Health.none

    private enum Health: UInt8 { case none, unknown, healthy, unhealthy }

    /// The UUID that ends its ARN.
    package var id: String { uuid.string ?? "" }
    package var name: String { launched.name }
    package var image: String { launched.image }
    package var isEssential: Bool { launched.isEssential }
    package var cpu: String { launched.cpu }
    package var memory: String? { launched.memory }
    package var memoryReservation: String? { launched.memoryReservation }
    package var runtimeID: String? {
        get { runtime.string }
        set { runtime = CompactText(newValue) }
    }
    package var exitCode: Int? {
        get { exit.map { Int($0) } }
        set { exit = newValue.map { Int32(clamping: $0) } }
    }
    /// What its host last said; nil for a container without a health check of its own.
    package var healthStatus: ECS.HealthStatus? {
        get {
            switch health {
            case .none: nil
            case .unknown: .unknown
            case .healthy: .healthy
            case .unhealthy: .unhealthy
            }
        }
        set {
            health =
                switch newValue {
                case nil: .none
                case .healthy?: .healthy
                case .unhealthy?: .unhealthy
                default: .unknown
                }
        }
    }
    /// What its host reported; nil until then.
    package var imageDigest: String? {
        get { digest.string }
        set { digest = CompactText(newValue) }
    }

    /// The same without making a text of what is kept otherwise.
    var compact: (id: CompactText, runtimeID: CompactText, imageDigest: CompactText) { (uuid, runtime, digest) }

    mutating func set(runtimeID: CompactText) { runtime = runtimeID }

    mutating func set(imageDigest: CompactText) { digest = imageDigest }

    package init(launched: LaunchedContainer, id: String, portAssignments: [PortAssignment], gpuIDs: [String] = []) {
        self.init(launched: launched, id: CompactText(id), portAssignments: portAssignments, gpuIDs: gpuIDs)
    }

    init(
        launched: LaunchedContainer, id: CompactText, portAssignments: [PortAssignment] = [], gpuIDs: [String] = []
    ) {
        self.launched = launched
        uuid = id
        self.portAssignments = portAssignments
        self.gpuIDs = gpuIDs.isEmpty ? nil : gpuIDs
        lastStatus = .pending
        networkBindings = []
    }

    package init(
        id: String, name: String, image: String, isEssential: Bool, portAssignments: [PortAssignment], cpu: String,
        memory: String?, memoryReservation: String?, gpuIDs: [String] = []
    ) {
        self.init(
            launched: LaunchedContainer(
                name: name, image: image, isEssential: isEssential, cpu: cpu, memory: memory,
                memoryReservation: memoryReservation),
            id: id, portAssignments: portAssignments, gpuIDs: gpuIDs)
    }
}

extension LaunchedContainer: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A port mapping of a container with the host port, or ports, it got.
package struct PortAssignment: Codable, Sendable, Hashable {
    /// The first, if it maps a range.
    package var containerPort: Int
    /// The host's port, and whether it is TCP's or UDP's. The first, if it maps a range.
    package var hostPort: HostPort
    /// Whether placement chose the number.
    package var isDynamic: Bool
    /// How many ports in a row a `containerPortRange` maps; nil for a mapping of one port.
    package var portCount: Int?

    package init(containerPort: Int, hostPort: HostPort, isDynamic: Bool, portCount: Int? = nil) {
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.isDynamic = isDynamic
        self.portCount = portCount
    }
}
