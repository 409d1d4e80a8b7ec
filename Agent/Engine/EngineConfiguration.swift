/// How the engine behaves. The names in brackets are the agent's settings.
package struct EngineConfiguration: Sendable {
    /// When an image is fetched from its registry (ECS_IMAGE_PULL_BEHAVIOR).
    ///
    /// - Source: spec/ecs-runtime.md section 2.4.
    package enum ImagePullBehavior: String, Sendable, CaseIterable {
        /// Always, and what is on the host serves if that fails. What names its content by digest is fetched once.
        case `default`
        /// Always, and the task fails if that fails.
        case always
        /// If this agent never did.
        case once
        /// If it is not on the host.
        case preferCached = "prefer-cached"
    }

    /// The identity of the data directory, which every container carries as a label.
    package var agentID: String
    package var imagePullBehavior = ImagePullBehavior.default
    /// Whether images of containers with dependencies are pulled before these are met
    /// (ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT).
    package var pullsDependentContainersUpfront = false
    /// Seconds (ECS_CONTAINER_STOP_TIMEOUT).
    package var stopTimeoutSeconds = 30
    /// How long the containers of a task that stopped stay (ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION).
    package var cleanUpWaitSeconds: Double = 3 * 3600
    /// Whether containers may be privileged (ECS_DISABLE_PRIVILEGED).
    package var allowsPrivileged = true
    /// Each task's containers stay up to so much longer (ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER).
    package var cleanUpJitterSeconds: Double = 0
    package var imageCleanup = ImageCleanupPolicy()
    /// Between two looks at whether the runtime answers (STEVEDORE_RUNTIME_CHECK_INTERVAL).
    package var healthInterval: Duration = .seconds(60)
    /// Where another dynamic port comes from when a process that is not ours holds the given one
    /// (ECS_DYNAMIC_HOST_PORT_RANGE).
    package var dynamicPortRange = 32768...60999
    /// Ports that no task may have (ECS_RESERVED_PORTS, ECS_RESERVED_PORTS_UDP).
    package var reservedTCPPorts: [Int] = []
    package var reservedUDPPorts: [Int] = []
    /// The runtime that gives a container its GPUs (ECS_NVIDIA_RUNTIME); nil for the engine's own way.
    package var gpuRuntime: String? = "nvidia"

    package init(agentID: String) {
        self.agentID = agentID
    }

    var machineSettings: TaskMachine.Settings {
        var settings = TaskMachine.Settings()
        settings.stopTimeoutSeconds = stopTimeoutSeconds
        settings.pullsDependentContainersUpfront = pullsDependentContainersUpfront
        return settings
    }
}

/// Numbers that hold the engine together, in one place.
enum EngineLimits {
    /// Starts at once. An engine does about eight a second on two processors, of which it leaves a share idle with six.
    /// How many of them have a process is the runtime's to say.
    static let starts = 12
    /// How often a dynamic port is swapped for another before the start counts as failed.
    static let portReplacements = 5
    /// How long an engine may take to let go of the ports of a container after it told of its end: each of many ports
    /// has a process and rules of the firewall.
    static let portReleaseSeconds: Double = 10
    /// Attempts at a pull whose registry is away, and the pauses between them, as the Amazon ECS agent has them.
    static let pullAttempts = 5
    static let firstPullRetry: Duration = .milliseconds(1100)
    static let lastPullRetry: Duration = .seconds(5)
    /// A pause is up to this share shorter or longer.
    static let pullRetryJitter = 0.2
    /// How long a start or pull waits for a runtime that does not answer (ECS_CONTAINER_CREATE_TIMEOUT's default).
    static let unavailable: Duration = .seconds(240)
    /// Calls to stop a container, as ECS does it, before it is killed.
    static let stopAttempts = 5
    /// From a stop that came back to a look at the container, if no event told its end.
    static let stopConfirmation: Duration = .seconds(2)
    /// Between two comparisons with all that the runtime has (ECS: 5 minutes).
    static let reconcileInterval: Duration = .seconds(300)
    /// Back-off for a runtime, or a journal, that fails.
    static let firstRetry: Duration = .milliseconds(250)
    static let lastRetry: Duration = .seconds(15)
    /// How long the end of a task is kept for a control plane that does not acknowledge it (ECS: 72 hours).
    static let unacknowledged: Duration = .seconds(72 * 3600)
    static let cleanUpInterval: Duration = .seconds(30)
}
