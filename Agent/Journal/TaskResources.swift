/// What a task has on its host beside its containers: namespaces, a cgroup, an interface, volumes.
///
/// Each is made under a name that follows from the task, so that what a crash left half done is found again: making it
/// once more, and taking away what is not there, do no harm.
package struct TaskResources: Codable, Sendable, Hashable {
    /// ```
    /// needed ─▶ provisioning ─▶ provisioned ─▶ releasing ─▶ released
    ///                └──────────── failed ─────────▲
    /// ```
    package enum Phase: String, Codable, Sendable, Hashable {
        case needed, provisioning, provisioned, failed, releasing, released

        /// Whether there may be something of them, which is still to be released.
        package var isHeld: Bool { self != .needed && self != .released }
    }

    package var phase = Phase.needed
    /// The runtime's id of the container that holds the task's network namespace.
    package var networkContainerID: String?
    /// The process of that container whose namespace it is, as the host counts. Only with ``networkContainerID``: by
    /// itself the number may be another's by now.
    package var networkProcessID: Int?
    /// The runtime's id of the container that holds its process and IPC namespaces.
    package var namespaceContainerID: String?
    /// The cgroup that the task's containers are made under, as the runtime is told it.
    package var cgroupParent: String?

    package init() {}
}
