import AgentJournal
package import AgentProtocol
package import AgentRuntime

extension TaskMachine {
    /// The container as the runtime is to make it. Nil if the task has none of this name.
    package func launch(_ name: String, agentID: String) -> ContainerLaunch? {
        guard let specification = specification(name), let container = container(name) else { return nil }
        let task = record.assignment
        let network: ContainerLaunch.Network =
            switch task.networkMode {
            case .bridge: .bridge
            case .host: .host
            case .none: .none
            case .awsvpc: record.resources?.networkContainerID.map { .container($0) } ?? .none
            }
        var launch = ContainerLaunch(
            name: task.runtimeName(ofContainer: name),
            image: specification.image,
            labels: ContainerLabels.all(
                agentID: agentID, cluster: task.cluster, taskArn: task.taskArn, family: task.family,
                revision: task.revision, containerName: name, own: specification.dockerLabels),
            network: network,
            ports: container.portBindings.map {
                .init(
                    hostPort: $0.hostPort, containerPort: $0.containerPort,
                    transportProtocol: $0.transportProtocol == .udp ? .udp : .tcp)
            },
            environment: specification.environment.map { .init(name: $0.name, value: $0.value) },
            entryPoint: specification.entryPoint, command: specification.command,
            workingDirectory: specification.workingDirectory, user: specification.user,
            cpuShares: specification.cpuUnits ?? 0, memoryMiB: specification.memoryMiB,
            memoryReservationMiB: specification.memoryReservationMiB, stopTimeoutSeconds: stopTimeoutSeconds(name))
        launch.settings = specification.settings
        launch.settings?.links = specification.settings?.links?.map(runtimeLink)
        if specification.settings?.disableNetworking == true { launch.network = .none }
        launch.logConfiguration = specification.logConfiguration
        launch.healthCheck = specification.healthCheck
        launch.cgroupParent = record.resources?.cgroupParent
        launch.pid = task.pidMode.map { mode in
            switch mode {
            case .host: .host
            case .task: namespaceOfTask
            }
        }
        launch.ipc = task.ipcMode.map { mode in
            switch mode {
            case .host: .host
            case .none: .none
            case .task: namespaceOfTask
            }
        }
        launch.mounts = (specification.mountPoints ?? []).compactMap { mount($0) }
        launch.volumesFrom = (specification.volumesFrom ?? []).map { other in
            VolumesFrom(
                sourceContainer: task.runtimeName(ofContainer: other.sourceContainer), isReadOnly: other.isReadOnly)
        }
        launch.gpuIDs = specification.gpuIDs ?? []
        return launch
    }

    /// Inside of the container the other one has the alias, or the name that the task definition gives it.
    private func runtimeLink(_ link: String) -> String {
        let parts = link.split(separator: ":", maxSplits: 1)
        guard let name = parts.first, let alias = parts.last else { return link }
        return "\(record.assignment.runtimeName(ofContainer: String(name))):\(alias)"
    }

    private var namespaceOfTask: ContainerLaunch.Namespace {
        record.resources?.namespaceContainerID.map { .container($0) } ?? .none
    }

    /// Nil if the task has no such volume, which registration refuses.
    private func mount(_ point: MountPoint) -> ContainerLaunch.Mount? {
        let task = record.assignment
        guard let volume = task.volumes?.first(where: { $0.name == point.sourceVolume }) else { return nil }
        let source: ContainerLaunch.Mount.Source =
            switch volume.kind {
            case .hostPath(let path): .path(path)
            case .anonymous, .docker: .volume(task.runtimeName(of: volume))
            }
        return .init(source: source, containerPath: point.containerPath, isReadOnly: point.isReadOnly)
    }
}

extension TaskAssignment {
    /// What the runtime calls a container of the task.
    package func runtimeName(ofContainer name: String) -> String {
        ContainerName.make(family: family, revision: revision, container: name, taskArn: taskArn)
    }

    /// What the runtime calls a volume of the task.
    ///
    /// - Source: spec/ecs-runtime.md section 11: a shared one has the definition's name, one of the task a name of its
    ///   own.
    package func runtimeName(of volume: VolumeSpecification) -> String {
        if case .docker(let docker) = volume.kind, docker.scope == .shared { return volume.name }
        return VolumeName.make(family: family, revision: revision, volume: volume.name, taskArn: taskArn)
    }
}
