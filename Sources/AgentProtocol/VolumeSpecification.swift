/// A volume of a task definition.
///
/// - Source: API Reference, Volume.
package struct VolumeSpecification: Codable, Sendable, Hashable {
    package enum Kind: Codable, Sendable, Hashable {
        /// A directory of the host, which is made if it is not there.
        case hostPath(String)
        /// One that lives as long as the task.
        case anonymous
        case docker(DockerVolume)
    }

    package var name: String
    package var kind: Kind

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A volume that the runtime keeps.
///
/// - Source: API Reference, DockerVolumeConfiguration.
package struct DockerVolume: Codable, Sendable, Hashable {
    package enum Scope: String, Codable, Sendable, Hashable {
        /// Made for the task, removed with it.
        case task
        /// Stays, and is shared with other tasks.
        case shared
    }

    package var scope: Scope
    /// Whether a shared one is made if it is not there.
    package var autoprovision: Bool
    package var driver: String?
    package var driverOpts: [String: String]
    package var labels: [String: String]

    package init(
        scope: Scope = .task, autoprovision: Bool = false, driver: String? = nil, driverOpts: [String: String] = [:],
        labels: [String: String] = [:]
    ) {
        self.scope = scope
        self.autoprovision = autoprovision
        self.driver = driver
        self.driverOpts = driverOpts
        self.labels = labels
    }
}

/// Where a container sees a volume of its task.
///
/// - Source: API Reference, MountPoint.
package struct MountPoint: Codable, Sendable, Hashable {
    package var sourceVolume: String
    package var containerPath: String
    package var isReadOnly: Bool

    package init(sourceVolume: String, containerPath: String, isReadOnly: Bool = false) {
        self.sourceVolume = sourceVolume
        self.containerPath = containerPath
        self.isReadOnly = isReadOnly
    }
}

/// All mounts of another container of the task.
///
/// - Source: API Reference, VolumeFrom.
package struct VolumesFrom: Codable, Sendable, Hashable {
    package var sourceContainer: String
    package var isReadOnly: Bool

    package init(sourceContainer: String, isReadOnly: Bool = false) {
        self.sourceContainer = sourceContainer
        self.isReadOnly = isReadOnly
    }
}
