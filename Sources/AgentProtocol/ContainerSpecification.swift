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
    // From here on nil where the task definition has nothing.
    /// The other containers of the task that it waits for, and how far they must be.
    package var dependsOn: [ContainerDependency]?
    /// How long those who depend on it wait for it, from its start on.
    package var startTimeoutSeconds: Int?
    package var restartPolicy: RestartPolicy?
    package var healthCheck: HealthCheck?
    /// What the runtime is told of it as it is.
    package var settings: ContainerSettings?
    package var logConfiguration: LogConfiguration?
    package var mountPoints: [MountPoint]?
    package var volumesFrom: [VolumesFrom]?
    /// `file://`, `http://` or `https://`, in the definition's order.
    package var environmentFiles: [String]?
    /// What its environment has of secrets: where each is kept, never what it says.
    package var secrets: [SecretReference]?
    /// The secret with the user name and password of its image's registry.
    package var repositoryCredentials: String?
    /// The host's GPUs that placement gave it.
    package var gpuIDs: [String]?
    package var containerArn: String?

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
