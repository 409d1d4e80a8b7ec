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
        case bridge, host, none, awsvpc
    }

    /// `pidMode`. Without one, each container has process ids of its own.
    package enum ProcessNamespace: String, Codable, Sendable, Hashable {
        case host, task
    }

    /// `ipcMode`. Without one, it is the runtime's default.
    package enum IPCNamespace: String, Codable, Sendable, Hashable {
        case host, task, none
    }

    package enum LaunchType: String, Codable, Sendable, Hashable {
        case ec2 = "EC2"
        case external = "EXTERNAL"
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
    // From here on nil where the task definition has nothing.
    /// The CPU of all its containers together: 1024 a vCPU, a hard limit.
    package var cpuUnits: Int?
    /// The memory of all its containers together, a hard limit.
    package var memoryMiB: Int?
    package var pidMode: ProcessNamespace?
    package var ipcMode: IPCNamespace?
    package var volumes: [VolumeSpecification]?
    /// Its elastic network interface; only in network mode awsvpc.
    package var networkInterface: NetworkInterfaceSpecification?
    /// Nil only of a control plane that does not say it yet.
    package var launchType: LaunchType?
    /// `family:NAME`, `service:NAME`, or what RunTask was told.
    package var group: String?
    /// As they were when the task was assigned.
    package var tags: [String: String]?
    /// The role whose credentials its containers find; the credentials themselves come separately.
    package var taskRoleArn: String?

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
