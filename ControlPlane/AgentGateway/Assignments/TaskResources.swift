import AWSModels
import AgentProtocol
import ControlPlaneState

extension TaskAssignment {
    /// Volumes, and what limits and joins the task's containers as a whole.
    mutating func takeResources(of definition: ECS.TaskDefinition, _ task: TaskRecord) {
        // Of the task, and not of its definition: overrides are in there.
        cpuUnits = task.cpu.flatMap { Int($0) }
        memoryMiB = task.memory.flatMap { Int($0) }
        pidMode = definition.pidMode.flatMap { ProcessNamespace(rawValue: $0.rawValue) }
        ipcMode = definition.ipcMode.flatMap { IPCNamespace(rawValue: $0.rawValue) }
        let volumes = (definition.volumes ?? []).map { VolumeSpecification(name: $0.name ?? "", kind: .init($0)) }
        self.volumes = volumes.isEmpty ? nil : volumes
    }
}

extension VolumeSpecification.Kind {
    fileprivate init(_ volume: ECS.Volume) {
        if let docker = volume.dockerVolumeConfiguration {
            self = .docker(
                DockerVolume(
                    scope: docker.scope == .shared ? .shared : .task, autoprovision: docker.autoprovision ?? false,
                    driver: docker.driver, driverOpts: docker.driverOpts ?? [:], labels: docker.labels ?? [:]))
        } else if let path = volume.host?.sourcePath {
            self = .hostPath(path)
        } else {
            self = .anonymous
        }
    }
}
