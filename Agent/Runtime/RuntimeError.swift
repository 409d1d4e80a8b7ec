import Support

/// What a container runtime could not do.
package struct RuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The runtime does not answer: it may, later.
        case unavailable
        case timedOut
        /// The caller's task was cancelled.
        case cancelled
        /// The image is not on this host.
        case imageNotFound
        case cannotPull
        /// The registry does not take the credential that it was shown.
        case registryDenied
        /// The registry is away, overloaded or stalls: later may be better.
        case registryUnavailable
        case cannotCreate
        case cannotStart
        /// Another process, or a container that is not ours, holds this port of the host.
        case portInUse(ContainerLaunch.PublishedPort)
        case nameInUse
        case noSuchContainer
        /// Containers that joined its namespaces have to be removed first.
        case hasDependents
        /// Anything else that the runtime refused.
        case failed
    }

    package var code: Code
    /// What the runtime said, in one line, without the name of its command.
    package var message: String
    /// The container that was made all the same.
    package var containerID: String?

    package init(code: Code, message: String, containerID: String? = nil) {
        self.code = code
        self.message = message
        self.containerID = containerID
    }

    /// - Parameter transition: what the container could not become in time, in ECS's words.
    static func timedOut(after timeout: Duration, transition: String) -> RuntimeError {
        RuntimeError(
            code: .timedOut,
            message: "Could not transition to \(transition); timed out after waiting \(GoDuration.text(timeout))")
    }

    package var description: String { message }

    /// Whether it failed because a disk of the host is full.
    package var isOutOfSpace: Bool {
        ["no space left on device", "disk quota exceeded"].contains { message.lowercased().contains($0) }
    }

    /// ECS's name for it with the details: what a container's `reason` shows.
    ///
    /// - Source: spec/ecs-runtime.md section 1.1.
    package var reason: String {
        switch code {
        case .unavailable: "CannotStartContainerError: the container runtime does not answer: \(message)"
        case .timedOut: "DockerTimeoutError: \(message)"
        case .cancelled: "TaskStoppedBeforePullBeginError: \(message)"
        case .registryDenied: "CannotPullContainerAuthError: \(message)"
        case .imageNotFound, .cannotPull, .registryUnavailable: "CannotPullContainerError: \(message)"
        case .cannotCreate, .nameInUse, .hasDependents, .failed: "CannotCreateContainerError: \(message)"
        case .cannotStart: "CannotStartContainerError: \(message)"
        case .portInUse(let port):
            "CannotStartContainerError: host port \(port.hostPort)/\(port.transportProtocol.rawValue) is already in use "
                + "on this host by something Stevedore does not run (\(message))"
        case .noSuchContainer: "ContainerVanishedError: \(message)"
        }
    }
}
