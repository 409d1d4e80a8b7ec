package import AgentEngine
package import AgentJournal
package import AgentProtocol
package import AgentRuntime
import Support

/// The volumes of a task: directories of the host, and volumes that the runtime keeps.
///
/// - Source: spec/ecs-runtime.md sections 1.1 and 11.
package struct TaskVolumes: TaskResource {
    private let runtime: any ContainerRuntime
    private let matchesFully: Bool
    private let patiently: RuntimePatience

    package init(
        runtime: any ContainerRuntime, configuration: ResourceConfiguration,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.runtime = runtime
        matchesFully = configuration.matchesSharedVolumesFully
        patiently = RuntimePatience(clock: clock)
    }

    package func isNeeded(by task: TaskAssignment) -> Bool { task.volumes?.isEmpty == false }

    package func provision(_ task: TaskAssignment, _ resources: inout TaskResources) async throws(ResourceError) {
        for volume in task.volumes ?? [] {
            switch VolumePlan(volume, of: task, matchesFully: matchesFully) {
            case .none: break
            case .directory(let path): try makeDirectory(path)
            case .create(let wanted): try await create(wanted)
            case .require(let name):
                guard try await find(name) == nil else { break }
                throw .init(
                    reason: "InvalidVolumeError: there is no volume \(name) on this host, and its autoprovision is "
                        + "false")
            case .provide(let wanted, let isFullMatch):
                guard let found = try await find(wanted.name) else {
                    try await create(wanted)
                    break
                }
                guard isFullMatch, let difference = VolumePlan.difference(found, wanted) else { break }
                throw .init(
                    reason: "InvalidVolumeError: the volume \(wanted.name) of this host does not match the task "
                        + "definition: \(difference)")
            }
        }
    }

    /// Containers that have stopped still have their volumes.
    package func release(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {}

    package func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        let names = (task.volumes ?? []).filter(\.isOfTask).map { task.runtimeName(of: $0) }
        guard !names.isEmpty else { return }
        do throws(RuntimeError) {
            try await runtime.removeVolumes(names)
        } catch {
            throw .init(reason: "volumes not removed: \(error.message)")
        }
    }

    // MARK: - Steps

    private func makeDirectory(_ path: String) throws(ResourceError) {
        do {
            try PrivateFile.makeDirectory(path, permissions: 0o755)
        } catch {
            throw .init(reason: "CannotCreateVolumeError: \(error)")
        }
    }

    private func create(_ volume: RuntimeVolume) async throws(ResourceError) {
        do throws(RuntimeError) {
            try await patiently { () async throws(RuntimeError) in try await runtime.createVolume(volume) }
        } catch {
            throw .init(volume.name, error)
        }
    }

    private func find(_ name: String) async throws(ResourceError) -> RuntimeVolume? {
        do throws(RuntimeError) {
            return try await patiently { () async throws(RuntimeError) in try await runtime.inspectVolume(name) }
        } catch {
            throw .init(name, error)
        }
    }
}

extension VolumeSpecification {
    /// Whether it goes when the task goes.
    fileprivate var isOfTask: Bool {
        switch kind {
        case .hostPath: false
        case .anonymous: true
        case .docker(let docker): docker.scope == .task
        }
    }
}

extension ResourceError {
    fileprivate init(_ volume: String, _ error: RuntimeError) {
        self.init(
            reason: error.code == .timedOut
                ? error.reason : "CannotCreateVolumeError: volume \(volume): \(error.message)")
    }
}
