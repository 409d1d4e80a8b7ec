package import AWSModels
package import FoundationEssentials
package import Placement

/// One running copy of a task definition, from the moment it was placed.
package struct TaskRecord: StoredRecord, Equatable {
    package static let kind = "task"
    package static let version = 1
    package var storeKey: String { id.description }

    package var id: TaskID
    package var cluster: ClusterName
    /// Grows with every task: the order of ListTasks.
    package var sequence: Int
    package var taskDefinition: TaskDefinitionID
    package var containerInstance: ContainerInstanceID
    package var desiredStatus: DesiredStatus
    package var lastStatus: TaskStatus
    package var group: String
    package var startedBy: String?
    package var launchType: LaunchType
    /// The capacity provider that the task runs under; nil for a task of a launch type.
    package var capacityProviderName: String?
    package var overrides: ECS.TaskOverride
    /// Task level, in the API's own decimal strings; nil where neither definition nor overrides have one.
    package var cpu: String?
    package var memory: String?
    package var containers: [ContainerRecord]
    /// What the task holds of its host, until it is STOPPED.
    package var reservation: Reservation
    package var createdAt: Date
    package var pullStartedAt: Date?
    package var pullStoppedAt: Date?
    package var startedAt: Date?
    package var stoppingAt: Date?
    package var executionStoppedAt: Date?
    package var stoppedAt: Date?
    package var stopCode: StopCode?
    package var stoppedReason: String?
    package var tags: [ECS.Tag]
    /// 1 at first, one more with every change of the task.
    package var version: Int
    // Optional, since the records of earlier versions lack them.
    /// What RunTask or StartTask said; nil is false.
    package var enableExecuteCommand: Bool?
    /// Until when scale-in and deployments leave the task alone. A date that is past protects nothing.
    package var protectionExpiresAt: Date?
    /// Only in network mode awsvpc.
    package var networkInterface: NetworkInterfaceRecord?

    package enum LaunchType: String, Codable, Sendable, CaseIterable {
        case ec2 = "EC2"
        case external = "EXTERNAL"
    }

    package init(
        id: TaskID, cluster: ClusterName, sequence: Int, taskDefinition: TaskDefinitionID,
        containerInstance: ContainerInstanceID, group: String, startedBy: String?, launchType: LaunchType,
        overrides: ECS.TaskOverride, cpu: String?, memory: String?, containers: [ContainerRecord],
        reservation: Reservation, createdAt: Date, tags: [ECS.Tag], enableExecuteCommand: Bool = false
    ) {
        self.id = id
        self.cluster = cluster
        self.sequence = sequence
        self.taskDefinition = taskDefinition
        self.containerInstance = containerInstance
        self.group = group
        self.startedBy = startedBy
        self.launchType = launchType
        self.overrides = overrides
        self.cpu = cpu
        self.memory = memory
        self.containers = containers
        self.reservation = reservation
        self.createdAt = createdAt
        self.tags = tags
        self.enableExecuteCommand = enableExecuteCommand
        desiredStatus = .running
        lastStatus = .pending
        version = 1
    }

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
package struct ContainerRecord: Codable, Sendable, Hashable {
    /// The UUID that ends its ARN.
    package var id: String
    package var name: String
    package var image: String
    package var isEssential: Bool
    package var lastStatus: ContainerStatus
    package var runtimeID: String?
    package var exitCode: Int?
    package var reason: String?
    /// What the host reported; empty until the container runs.
    package var networkBindings: [ECS.NetworkBinding]
    /// The host ports that placement gave it.
    package var portAssignments: [PortAssignment]
    /// The host's GPUs that placement gave it. Nil, as in the records of earlier versions, is none.
    package var gpuIDs: [String]?
    /// As the API shows them: decimal strings, `cpu` "0" where the definition has none.
    package var cpu: String
    package var memory: String?
    package var memoryReservation: String?
    /// What its host last said; nil for a container without a health check of its own.
    package var healthStatus: ECS.HealthStatus?
    /// What its host reported; nil until then.
    package var imageDigest: String?

    package init(
        id: String, name: String, image: String, isEssential: Bool, portAssignments: [PortAssignment], cpu: String,
        memory: String?, memoryReservation: String?, gpuIDs: [String] = []
    ) {
        self.gpuIDs = gpuIDs.isEmpty ? nil : gpuIDs
        self.id = id
        self.name = name
        self.image = image
        self.isEssential = isEssential
        self.portAssignments = portAssignments
        self.cpu = cpu
        self.memory = memory
        self.memoryReservation = memoryReservation
        lastStatus = .pending
        networkBindings = []
    }
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
