/// One task that the control plane wants on a host: everything the agent needs to run it, overrides already applied.
///
/// Level-triggered: an assignment says what should be so, and may be sent any number of times.
package struct TaskAssignment: Codable, Sendable, Hashable {
    /// `desiredStatus` of ECS's task: RUNNING or STOPPED, and it only ever moves from the first to the second.
    package enum DesiredStatus: String, Codable, Sendable, Hashable {
        case running = "RUNNING"
        case stopped = "STOPPED"
    }

    /// `networkMode` of the task definition. Bridge is ECS's default on Linux.
    package enum NetworkMode: String, Codable, Sendable, Hashable {
        case bridge, host, none
    }

    package var taskArn: String
    /// The cluster's name, not its ARN: it becomes the label `com.amazonaws.ecs.cluster`.
    package var cluster: String
    package var family: String
    package var revision: Int
    package var desiredStatus: DesiredStatus
    package var networkMode: NetworkMode
    /// In the order of the task definition. Names are unique within a task.
    package var containers: [ContainerSpecification]

    package init(
        taskArn: String, cluster: String, family: String, revision: Int, desiredStatus: DesiredStatus,
        networkMode: NetworkMode, containers: [ContainerSpecification]
    ) {
        self.taskArn = taskArn
        self.cluster = cluster
        self.family = family
        self.revision = revision
        self.desiredStatus = desiredStatus
        self.networkMode = networkMode
        self.containers = containers
    }
}

/// One container of an assigned task, with the task's overrides merged in.
///
/// - Source: API Reference, ContainerDefinition and ContainerOverride.
package struct ContainerSpecification: Codable, Sendable, Hashable {
    package var name: String
    package var image: String
    package var isEssential: Bool
    /// Replaces the image's ENTRYPOINT; nil keeps it.
    package var entryPoint: [String]?
    /// Replaces the image's CMD; nil keeps it.
    package var command: [String]?
    package var environment: [EnvironmentVariable]
    package var workingDirectory: String?
    package var user: String?
    package var dockerLabels: [String: String]
    /// CPU shares, 1024 a vCPU; nil or 0 leaves the runtime's minimum (2).
    package var cpuUnits: Int?
    /// The hard limit, at which the kernel kills.
    package var memoryMiB: Int?
    /// The soft limit.
    package var memoryReservationMiB: Int?
    package var portBindings: [PortBinding]
    /// Seconds between the stop signal and SIGKILL; nil takes the agent's ECS_CONTAINER_STOP_TIMEOUT.
    package var stopTimeoutSeconds: Int?

    package init(
        name: String, image: String, isEssential: Bool = true, entryPoint: [String]? = nil, command: [String]? = nil,
        environment: [EnvironmentVariable] = [], workingDirectory: String? = nil, user: String? = nil,
        dockerLabels: [String: String] = [:], cpuUnits: Int? = nil, memoryMiB: Int? = nil,
        memoryReservationMiB: Int? = nil, portBindings: [PortBinding] = [], stopTimeoutSeconds: Int? = nil
    ) {
        self.name = name
        self.image = image
        self.isEssential = isEssential
        self.entryPoint = entryPoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.dockerLabels = dockerLabels
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.memoryReservationMiB = memoryReservationMiB
        self.portBindings = portBindings
        self.stopTimeoutSeconds = stopTimeoutSeconds
    }
}

package struct EnvironmentVariable: Codable, Sendable, Hashable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A port of a container, published on a port of its host.
///
/// The control plane picks the host port, also a dynamic one, when it places the task, so that no two tasks of a host
/// ever get the same. Only when a process that is not ours already holds a dynamic port does the agent take another
/// one of its range, and reports it.
package struct PortBinding: Codable, Sendable, Hashable {
    package enum TransportProtocol: String, Codable, Sendable, Hashable, CaseIterable {
        case tcp, udp
    }

    package var containerPort: Int
    package var hostPort: Int
    package var transportProtocol: TransportProtocol
    /// Whether the task definition left the host port open (`hostPort` 0 or absent, bridge mode).
    package var isDynamic: Bool

    package init(containerPort: Int, hostPort: Int, transportProtocol: TransportProtocol, isDynamic: Bool) {
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.transportProtocol = transportProtocol
        self.isDynamic = isDynamic
    }
}
