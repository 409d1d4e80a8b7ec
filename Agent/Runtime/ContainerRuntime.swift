package import AgentProtocol
package import FoundationEssentials

/// What the engine needs of a container runtime. Everything is about containers that carry this agent's own label
/// (``ContainerLabels/agent``): what others run on the same host is neither seen nor touched.
///
/// Calls may take long, and end early with an error when the calling task is cancelled.
package protocol ContainerRuntime: ImageStore {
    /// Asks for a sign of life, and nothing else.
    func ping() async throws(RuntimeError)

    func describe() async throws(RuntimeError) -> RuntimeDescription

    /// Fetches an image from its registry.
    ///
    /// - Returns: the digest of its manifest, `sha256:…`, if the runtime says.
    func pull(image: String, credential: RegistryCredential?) async throws(RuntimeError) -> String?

    /// Makes ``PauseImage`` if it is not on this host.
    func makePauseImage() async throws(RuntimeError)

    /// Creates and starts a container from an image that is here already.
    ///
    /// A container of this name that is this agent's own, for the same task, is taken over rather than made again: an
    /// agent that was killed in the middle of a start may ask for it once more.
    func run(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer

    /// Starts a container once more that has ended, as it was left. To start one that runs is no error.
    func start(id: String) async throws(RuntimeError)

    /// Sends the stop signal, waits, kills. To stop what has stopped is no error.
    func stop(id: String, timeoutSeconds: Int) async throws(RuntimeError)

    func kill(id: String) async throws(RuntimeError)

    /// Removes containers, running or not, and their anonymous volumes. To remove what is gone is no error.
    ///
    /// - Returns: those that are still there, and why.
    func remove(ids: [String]) async throws(RuntimeError) -> [String: RuntimeError]

    /// All of this agent's containers, in any state.
    func list() async throws(RuntimeError) -> [ObservedContainer]

    /// Those of `ids` that exist.
    func inspect(ids: [String]) async throws(RuntimeError) -> [ObservedContainer]

    /// Makes a volume. One of this name and driver that is there already stays as it is.
    func createVolume(_ volume: RuntimeVolume) async throws(RuntimeError)

    /// Nil if there is none of this name.
    func inspectVolume(_ name: String) async throws(RuntimeError) -> RuntimeVolume?

    /// Removes volumes with what is in them. To remove what is gone is no error; to remove what a container has is.
    func removeVolumes(_ names: [String]) async throws(RuntimeError)

    /// What happens to this agent's containers from `since` on, until the runtime goes away or a line is lost: then it
    /// throws, and the listener lists everything and starts again.
    func events(since: Date) -> AsyncThrowingStream<RuntimeEvent, any Error>
}

extension ContainerRuntime {
    package func remove(id: String) async throws(RuntimeError) {
        if let error = try await remove(ids: [id])[id] { throw error }
    }
}

/// What a runtime says of itself.
package struct RuntimeDescription: Sendable, Hashable {
    /// Who makes the cgroups of containers.
    package enum CgroupDriver: String, Sendable, Hashable {
        /// The runtime itself, as directories.
        case cgroupfs
        /// systemd, as scopes in slices.
        case systemd
    }

    package var version: String
    /// The newest version of docker's API that it speaks.
    package var apiVersion: String
    package var loggingDrivers: [String]
    package var volumeDrivers: [String]
    /// Nil if it is none of these, or the runtime does not say.
    package var cgroupDriver: CgroupDriver?
    /// 1 or 2; nil if the runtime does not say.
    package var cgroupVersion: Int?
    /// Whether the health checks of containers are run.
    package var checksHealth: Bool
    /// Tells engines apart; nil if the runtime does not say.
    package var engineID: String?
    /// Whether ``ContainerLaunch/secretLogOptions`` can be had.
    package var takesSecretLogOptions = false

    package init(
        version: String, apiVersion: String, loggingDrivers: [String], volumeDrivers: [String] = [],
        cgroupDriver: CgroupDriver? = nil, cgroupVersion: Int? = nil, checksHealth: Bool = true
    ) {
        self.version = version
        self.apiVersion = apiVersion
        self.loggingDrivers = loggingDrivers
        self.volumeDrivers = volumeDrivers
        self.cgroupDriver = cgroupDriver
        self.cgroupVersion = cgroupVersion
        self.checksHealth = checksHealth
    }
}

/// What ``ContainerRuntime/run(_:)`` left behind.
package struct LaunchedContainer: Sendable, Hashable {
    package var id: String
    /// Running, unless one was taken over that had already ended.
    package var state: ObservedContainer.State

    package init(id: String, state: ObservedContainer.State) {
        self.id = id
        self.state = state
    }
}

/// A container as the runtime shows it.
package struct ObservedContainer: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        /// Made, but never started; the error says why if a start was tried.
        case created(error: String?)
        case running
        case exited(ContainerExit)
    }

    package var id: String
    package var name: String
    package var labels: [String: String]
    package var state: State
    /// Its last start.
    package var startedAt: Date?
    /// Nil if it has no health check.
    package var health: ContainerHealth?
    /// Of its first process, as the host counts; nil if it does not run.
    package var processID: Int?

    package init(
        id: String, name: String, labels: [String: String], state: State, startedAt: Date? = nil,
        health: ContainerHealth? = nil, processID: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.labels = labels
        self.state = state
        self.startedAt = startedAt
        self.health = health
        self.processID = processID
    }

    package var taskArn: String? { labels[ContainerLabels.taskArn] }
    package var containerName: String? { labels[ContainerLabels.containerName] }
}

/// How and when a container ended.
package struct ContainerExit: Sendable, Hashable, Codable {
    /// 0–255, as the runtime tells it: 128 + n after signal n.
    package var code: Int
    /// Whether the kernel killed something in it because its memory limit was reached.
    package var isOutOfMemory: Bool
    package var date: Date

    package init(code: Int, isOutOfMemory: Bool = false, date: Date) {
        self.code = code
        self.isOutOfMemory = isOutOfMemory
        self.date = date
    }
}

/// Something that happened to one of this agent's containers.
package struct RuntimeEvent: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case started
        /// - Parameter tellsMemory: whether ``outOfMemory`` came before if the kernel killed it for its memory; if not,
        ///   only a look at the container can tell.
        case exited(code: Int, tellsMemory: Bool)
        case outOfMemory
        case health(ContainerHealth)
        case removed
    }

    package var kind: Kind
    package var containerID: String
    package var taskArn: String
    package var containerName: String
    package var date: Date

    package init(kind: Kind, containerID: String, taskArn: String, containerName: String, date: Date) {
        self.kind = kind
        self.containerID = containerID
        self.taskArn = taskArn
        self.containerName = containerName
        self.date = date
    }
}
