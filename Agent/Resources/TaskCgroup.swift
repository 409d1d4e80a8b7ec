package import AgentEngine
package import AgentJournal
package import AgentProtocol
package import AgentRuntime
import FoundationEssentials
import Support

/// The cgroup that limits a task as a whole, above those of its containers. Tasks that ask for no limit have none.
///
/// - Source: spec/ecs-runtime.md section 4.
package actor TaskCgroup: TaskResource {
    private enum Limits {
        static let systemd: Duration = .seconds(30)
        /// Between the end of a container and that of its cgroup.
        static let settling: Duration = .milliseconds(20)
        static let settlingAttempts = 10
    }

    private let runtime: any ContainerRuntime
    private let configuration: ResourceConfiguration
    private let searchPath: String
    private let clock: any Clock<Duration>
    /// How this host's runtime makes cgroups does not change while it has containers.
    private var known: (any CgroupManager)?

    /// - Parameter searchPath: the agent's PATH.
    package init(
        runtime: any ContainerRuntime, configuration: ResourceConfiguration, searchPath: String,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.runtime = runtime
        self.configuration = configuration
        self.searchPath = searchPath
        self.clock = clock
    }

    package nonisolated func isNeeded(by task: TaskAssignment) -> Bool {
        guard configuration.limitsTasks else { return false }
        return task.cpuUnits != nil || task.memoryMiB != nil || configuration.pidsLimit != nil
    }

    package func provision(_ task: TaskAssignment, _ resources: inout TaskResources) async throws(ResourceError) {
        try Self.check(task)
        do {
            let name = try Self.name(task)
            resources.cgroupParent = try await manager().make(name, TaskLimits(of: task, configuration))
        } catch {
            throw .init(reason: "ResourceInitializationError: the task's CPU and memory cannot be limited: \(error)")
        }
    }

    package func release(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        var attempts = 1
        while true {
            do {
                return try await manager().remove(Self.name(task))
            } catch {
                guard attempts < Limits.settlingAttempts, (try? await clock.sleep(for: Limits.settling)) != nil else {
                    throw .init(reason: "the task's cgroup is not removed: \(error)")
                }
                attempts += 1
            }
        }
    }

    package func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {}

    /// The kernel would not mind, but the container could never have what it was promised.
    private static func check(_ task: TaskAssignment) throws(ResourceError) {
        guard let most = task.memoryMiB else { return }
        for container in task.containers {
            guard let memory = container.memoryMiB, memory > most else { continue }
            throw .init(
                reason: "ResourceInitializationError: container \(container.name) has a memory limit of \(memory) MiB, "
                    + "which is more than the \(most) MiB of its task")
        }
    }

    /// The id at the end of the task's ARN.
    private static func name(_ task: TaskAssignment) throws -> String {
        let name = task.taskArn.split(separator: "/").last.map { String($0) } ?? ""
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) })
        else { throw RuntimeError(code: .failed, message: "\(task.taskArn) has no task id at its end") }
        return name
    }

    private func manager() async throws -> any CgroupManager {
        if let known { return known }
        let runtime = runtime
        let description = try await RuntimePatience(clock: clock) { () async throws(RuntimeError) in
            try await runtime.describe()
        }
        let found: any CgroupManager
        switch description.cgroupDriver {
        case .cgroupfs: found = CgroupTree(root: configuration.cgroupRoot, version: version(description))
        case .systemd:
            guard let executable = ExecutableLookup.find("busctl", searchPath: searchPath) else {
                throw RuntimeError(code: .failed, message: "the runtime uses systemd, and there is no program busctl")
            }
            found = SystemdSlices(executable: executable) { command throws(SubprocessError) in
                try await Subprocess.run(command, outputLimit: 1 << 16, timeout: Limits.systemd)
            }
        case nil: throw RuntimeError(code: .failed, message: "the runtime does not say how it makes cgroups")
        }
        known = found
        return found
    }

    private func version(_ description: RuntimeDescription) -> CgroupTree.Version {
        switch description.cgroupVersion {
        case 1: .v1
        case 2: .v2
        default:
            FileManager.default.fileExists(atPath: "\(configuration.cgroupRoot)/cgroup.controllers") ? .v2 : .v1
        }
    }
}
