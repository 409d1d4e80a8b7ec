import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Support

/// Makes the documents of one task out of what the agent remembers of it and what the runtime says of its containers.
struct TaskDescriber {
    let record: TaskRecord
    /// By the runtime's id.
    let details: [String: ContainerDetails]
    let availabilityZone: String?
    let version: TaskRoute.Version

    private var assignment: TaskAssignment { record.assignment }

    func task(withTags: Bool) -> TaskDocument {
        TaskDocument(
            Cluster: assignment.cluster, TaskARN: assignment.taskArn, Family: assignment.family,
            Revision: String(assignment.revision), ServiceName: version == .v4 ? assignment.serviceName : nil,
            DesiredStatus: record.desiredStatus.rawValue, KnownStatus: record.knownStatus.rawValue,
            Containers: zip(record.containers, assignment.containers).filter { $0.0.runtimeID != nil }.map {
                container($0.0, $0.1)
            },
            Limits: limits, PullStartedAt: record.pullStartedAt.map(Timestamps.iso8601),
            PullStoppedAt: record.pullStoppedAt.map(Timestamps.iso8601),
            ExecutionStoppedAt: record.executionStoppedAt.map(Timestamps.iso8601), AvailabilityZone: availabilityZone,
            VPCID: version == .v4 ? assignment.networkInterface?.vpcID : nil,
            TaskTags: withTags ? assignment.tags.flatMap { $0.isEmpty ? nil : $0 } : nil,
            LaunchType: assignment.launchType?.rawValue)
    }

    private var limits: TaskDocument.Limits? {
        guard assignment.cpuUnits != nil || assignment.memoryMiB != nil else { return nil }
        return .init(CPU: assignment.cpuUnits.map { Double($0) / 1024 }, Memory: assignment.memoryMiB)
    }

    func container(_ name: String) -> ContainerDocument? {
        guard let index = record.containers.firstIndex(where: { $0.name == name }) else { return nil }
        return container(record.containers[index], assignment.containers[index])
    }

    private func container(_ container: ContainerRecord, _ specification: ContainerSpecification) -> ContainerDocument {
        let facts = ContainerFacts(container, container.runtimeID.flatMap { details[$0] })
        return ContainerDocument(
            DockerId: container.runtimeID ?? "", Name: container.name,
            DockerName: assignment.runtimeName(ofContainer: container.name), Image: specification.image,
            ImageID: facts.imageID ?? "", Ports: ports(of: container), Labels: labels(specification),
            DesiredStatus: container.phase == .stopped ? "STOPPED" : record.desiredStatus.rawValue,
            KnownStatus: container.knownStatus.rawValue, ExitCode: container.exitCode,
            Limits: .init(CPU: Double(specification.cpuUnits ?? 0), Memory: specification.memoryMiB ?? 0),
            CreatedAt: facts.createdAt, StartedAt: facts.startedAt, FinishedAt: facts.finishedAt,
            Networks: networks(facts), Health: facts.health, Volumes: facts.volumes,
            LogDriver: specification.logConfiguration?.logDriver ?? facts.logDriver,
            LogOptions: specification.logConfiguration.flatMap { $0.options.isEmpty ? nil : $0.options },
            ContainerARN: specification.containerArn,
            RestartCount: version == .v4 && specification.restartPolicy != nil ? facts.restartCount : nil)
    }

    /// ECS's labels and the definition's own; not ours.
    private func labels(_ specification: ContainerSpecification) -> [String: String] {
        var labels = ContainerLabels.all(
            agentID: "", cluster: assignment.cluster, taskArn: assignment.taskArn, family: assignment.family,
            revision: assignment.revision, containerName: specification.name, own: specification.dockerLabels)
        labels[ContainerLabels.agent] = nil
        return labels
    }

    private func ports(of container: ContainerRecord) -> [ContainerDocument.Port]? {
        guard assignment.networkMode != .none, !container.portBindings.isEmpty else { return nil }
        let isPublished = assignment.networkMode == .bridge
        return container.portBindings.map { binding in
            .init(
                ContainerPort: binding.containerPort, transport: binding.transportProtocol.rawValue,
                HostPort: container.hasStarted ? binding.hostPort : nil,
                HostIp: version == .v4 && isPublished && container.hasStarted ? "0.0.0.0" : nil)
        }
    }

    private func networks(_ facts: ContainerFacts) -> [NetworkDocument] {
        var network = NetworkDocument(NetworkMode: assignment.networkMode.rawValue)
        if let interface = assignment.networkInterface {
            network.IPv4Addresses = [interface.privateIPv4Address]
            guard version == .v4 else { return [network] }
            network.AttachmentIndex = 0
            network.MACAddress = interface.macAddress
            network.IPv4SubnetCIDRBlock = interface.subnetCIDR
            network.PrivateDNSName = interface.privateDNSName
        } else {
            network.IPv4Addresses = facts.ipv4Addresses.isEmpty ? nil : facts.ipv4Addresses
            network.IPv6Addresses = facts.ipv6Addresses.isEmpty ? nil : facts.ipv6Addresses
        }
        return [network]
    }
}

/// What there is to tell of a container beyond its specification and its state. The only place that says which of it
/// comes from the agent's own record and which from the runtime.
struct ContainerFacts {
    var imageID: String?
    var createdAt: String?
    var startedAt: String?
    var finishedAt: String?
    var restartCount: Int
    var logDriver: String?
    var ipv4Addresses: [String]
    var ipv6Addresses: [String]
    var health: ContainerDocument.Health?
    var volumes: [ContainerDocument.Volume]?

    init(_ record: ContainerRecord, _ details: ContainerDetails?) {
        imageID = details?.imageID
        createdAt = record.createdAt.map(Timestamps.iso8601)
        startedAt = record.startedAt.map(Timestamps.iso8601)
        finishedAt = record.finishedAt.map(Timestamps.iso8601)
        restartCount = record.restartCount ?? 0
        logDriver = details?.logDriver
        ipv4Addresses = details?.ipv4Addresses ?? []
        ipv6Addresses = details?.ipv6Addresses ?? []
        health = record.health.map {
            .init(
                status: $0.rawValue, statusSince: record.healthSince.map(Timestamps.iso8601),
                exitCode: details?.lastProbe?.exitCode, output: details?.lastProbe?.output)
        }
        let mounts = details?.mounts.map {
            ContainerDocument.Volume(DockerName: $0.volumeName, Source: $0.source, Destination: $0.destination)
        }
        volumes = mounts?.isEmpty == false ? mounts : nil
    }
}

/// How far the agent has brought something, in the words of ECS's own agent.
///
/// - Source: spec/ecs-runtime.md section 2, the states inside the agent.
enum KnownStatus: String, Comparable {
    case none = "NONE"
    case pulled = "PULLED"
    case running = "RUNNING"
    case stopped = "STOPPED"

    private var rank: Int {
        switch self {
        case .none: 0
        case .pulled: 1
        case .running: 2
        case .stopped: 3
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

extension ContainerRecord {
    var knownStatus: KnownStatus {
        switch phase {
        case .none, .pulling: .none
        case .pulled, .creating: .pulled
        case .running, .restarting, .stopping: .running
        case .stopped: .stopped
        }
    }
}

extension TaskRecord {
    /// Of the task, that of the container which is furthest behind.
    var knownStatus: KnownStatus {
        if isStopped { return .stopped }
        return containers.map { $0.phase == .stopped ? .running : $0.knownStatus }.min() ?? .none
    }
}

extension TaskAssignment {
    /// The service that the task belongs to, by its group.
    var serviceName: String? {
        group.flatMap { $0.hasPrefix("service:") ? String($0.dropFirst("service:".count)) : nil }
    }
}
