package import FoundationEssentials

/// What the engine needs of a container runtime. Everything is about containers that carry this agent's own label
/// (``ContainerLabels/agent``): what others run on the same host is neither seen nor touched.
///
/// Calls may take long, and end early with an error when the calling task is cancelled.
package protocol ContainerRuntime: Sendable {
    func describe() async throws(RuntimeError) -> RuntimeDescription

    /// Fetches an image from its registry.
    func pull(image: String) async throws(RuntimeError)

    /// Makes ``PauseImage`` if it is not on this host.
    func makePauseImage() async throws(RuntimeError)

    /// Creates and starts a container from an image that is here already.
    ///
    /// A container of this name that is this agent's own, for the same task, is taken over rather than made again: an
    /// agent that was killed in the middle of a start may ask for it once more.
    func run(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer

    /// Sends the stop signal, waits, kills. To stop what has stopped is no error.
    func stop(id: String, timeoutSeconds: Int) async throws(RuntimeError)

    func kill(id: String) async throws(RuntimeError)

    /// Removes a container, running or not, and its anonymous volumes. To remove what is gone is no error.
    func remove(id: String) async throws(RuntimeError)

    /// All of this agent's containers, in any state.
    func list() async throws(RuntimeError) -> [ObservedContainer]

    /// Those of `ids` that exist.
    func inspect(ids: [String]) async throws(RuntimeError) -> [ObservedContainer]

    /// What happens to this agent's containers from `since` on, until the runtime goes away or a line is lost: then it
    /// throws, and the listener lists everything and starts again.
    func events(since: Date) -> AsyncThrowingStream<RuntimeEvent, any Error>
}

/// What a runtime says of itself.
package struct RuntimeDescription: Sendable, Hashable {
    package var version: String
    /// The newest version of docker's API that it speaks.
    package var apiVersion: String
    package var loggingDrivers: [String]

    package init(version: String, apiVersion: String, loggingDrivers: [String]) {
        self.version = version
        self.apiVersion = apiVersion
        self.loggingDrivers = loggingDrivers
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
    /// Of its first process, as the host counts; nil if it does not run.
    package var processID: Int?

    package init(id: String, name: String, labels: [String: String], state: State, processID: Int? = nil) {
        self.id = id
        self.name = name
        self.labels = labels
        self.state = state
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
        case exited(code: Int)
        case outOfMemory
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
