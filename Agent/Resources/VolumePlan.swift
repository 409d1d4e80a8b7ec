import AgentEngine
import AgentProtocol
import AgentRuntime

/// What has to be done for a volume before the containers that mount it are made.
enum VolumePlan: Sendable, Hashable {
    /// The engine makes it when it makes the first container that mounts it.
    case none
    /// Make this directory of the host, and those above it.
    case directory(String)
    /// Make it, whether or not an earlier try did.
    case create(RuntimeVolume)
    /// It must be there.
    case require(String)
    /// Make it if it is not there; `isFullMatch` asks that one that is there is just like it.
    case provide(RuntimeVolume, isFullMatch: Bool)

    /// - Source: spec/ecs-runtime.md section 11; API Reference, DockerVolumeConfiguration.
    init(_ volume: VolumeSpecification, of task: TaskAssignment, matchesFully: Bool) {
        switch volume.kind {
        case .hostPath(let path): self = .directory(path)
        case .anonymous: self = .none
        case .docker(let docker):
            let wanted = RuntimeVolume(
                name: task.runtimeName(of: volume), driver: docker.driver ?? RuntimeVolume.localDriver,
                options: docker.driverOpts, labels: docker.labels)
            let isPlain = wanted == RuntimeVolume(name: wanted.name)
            switch docker.scope {
            case .task: self = isPlain ? .none : .create(wanted)
            case .shared where !docker.autoprovision: self = .require(wanted.name)
            // That one is there and how it is does not matter: then it does not matter who makes it either.
            case .shared where isPlain && !matchesFully: self = .none
            case .shared: self = .provide(wanted, isFullMatch: matchesFully)
            }
        }
    }

    /// In what a volume that is there is not the one that is wanted; nil if it is.
    static func difference(_ found: RuntimeVolume, _ wanted: RuntimeVolume) -> String? {
        if found.driver != wanted.driver { return "its driver is \(found.driver) and not \(wanted.driver)" }
        if found.options != wanted.options { return "its driver options are others" }
        return found.labels == wanted.labels ? nil : "its labels are others"
    }
}
