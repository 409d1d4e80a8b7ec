package import AgentProtocol

/// A container to be made and started, all decisions taken.
package struct ContainerLaunch: Sendable, Hashable {
    package enum Network: Sendable, Hashable {
        case bridge, host, none
        /// The namespace of the container with this id.
        case container(String)
    }

    package enum Namespace: Sendable, Hashable {
        case host
        /// Nobody's: of what can be had privately, nothing (`ipcMode` none).
        case none
        /// Its own, which others may join.
        case shareable
        /// That of the container with this id.
        case container(String)
    }

    /// Something that the container sees in a directory of its own.
    package struct Mount: Sendable, Hashable {
        package enum Source: Sendable, Hashable {
            /// A directory of the host.
            case path(String)
            /// A volume of the runtime, by its name there.
            case volume(String)
        }

        package var source: Source
        package var containerPath: String
        package var isReadOnly: Bool

        package init(source: Source, containerPath: String, isReadOnly: Bool = false) {
            self.source = source
            self.containerPath = containerPath
            self.isReadOnly = isReadOnly
        }
    }

    /// A port of the container, published on a port of all addresses of the host; or as many ports in a row.
    package struct PublishedPort: Sendable, Hashable {
        package enum TransportProtocol: String, Sendable, Hashable {
            case tcp, udp
        }

        /// The first, of ports in a row.
        package var hostPort: Int
        package var containerPort: Int
        package var transportProtocol: TransportProtocol

        package var portCount: Int

        package init(
            hostPort: Int, containerPort: Int, transportProtocol: TransportProtocol, portCount: Int = 1
        ) {
            self.hostPort = hostPort
            self.containerPort = containerPort
            self.transportProtocol = transportProtocol
            self.portCount = portCount
        }

        package var hostPorts: ClosedRange<Int> { hostPort...hostPort + portCount - 1 }
        var containerPorts: ClosedRange<Int> { containerPort...containerPort + portCount - 1 }
    }

    package struct Variable: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// See ``ContainerName``.
    package var name: String
    package var image: String
    package var labels: [String: String]
    package var network: Network
    /// Only for the bridge network.
    package var ports: [PublishedPort]
    /// A name that comes twice has its last value.
    package var environment: [Variable]
    /// Nil and empty keep the image's own.
    package var entryPoint: [String]?
    package var command: [String]?
    package var workingDirectory: String?
    package var user: String?
    /// 1024 a vCPU; lifted to the kernel's minimum of 2, cut to its maximum of 262144.
    package var cpuShares: Int
    package var memoryMiB: Int?
    package var memoryReservationMiB: Int?
    package var stopTimeoutSeconds: Int
    /// Links in it are by the names that containers have in the runtime.
    package var settings: ContainerSettings?
    /// Nil leaves the runtime's default.
    package var logConfiguration: LogConfiguration?
    /// More options of the log driver, whose values are secrets.
    package var secretLogOptions: [String: String] = [:]
    /// Nil switches off one that the image has.
    package var healthCheck: HealthCheck?
    package var pid: Namespace?
    package var ipc: Namespace?
    package var cgroupParent: String?
    package var mounts: [Mount] = []
    /// Containers whose mounts it gets, by their name in the runtime.
    package var volumesFrom: [VolumesFrom] = []
    package var gpuIDs: [String] = []
    /// The runtime that gives it its GPUs; nil for the engine's own way.
    package var gpuRuntime: String?

    package init(
        name: String, image: String, labels: [String: String] = [:], network: Network = .bridge,
        ports: [PublishedPort] = [], environment: [Variable] = [], entryPoint: [String]? = nil,
        command: [String]? = nil, workingDirectory: String? = nil, user: String? = nil, cpuShares: Int = 0,
        memoryMiB: Int? = nil, memoryReservationMiB: Int? = nil, stopTimeoutSeconds: Int = 30
    ) {
        self.name = name
        self.image = image
        self.labels = labels
        self.network = network
        self.ports = ports
        self.environment = environment
        self.entryPoint = entryPoint
        self.command = command
        self.workingDirectory = workingDirectory
        self.user = user
        self.cpuShares = cpuShares
        self.memoryMiB = memoryMiB
        self.memoryReservationMiB = memoryReservationMiB
        self.stopTimeoutSeconds = stopTimeoutSeconds
    }
}
