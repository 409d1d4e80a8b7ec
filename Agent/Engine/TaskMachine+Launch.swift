import AgentJournal
import AgentProtocol
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
            name: ContainerName.make(
                family: task.family, revision: task.revision, container: name, taskArn: task.taskArn),
            image: specification.image,
            labels: ContainerLabels.all(
                agentID: agentID, cluster: task.cluster, taskArn: task.taskArn, family: task.family,
                revision: task.revision, containerName: name, own: specification.dockerLabels),
            network: network,
            ports: container.portBindings.map {
                .init(
                    hostPort: $0.hostPort, containerPort: $0.containerPort,
                    transportProtocol: $0.transportProtocol == .udp ? .udp : .tcp, portCount: $0.hostPorts.count)
            },
            environment: specification.environment.map { .init(name: $0.name, value: $0.value) },
            entryPoint: specification.entryPoint, command: specification.command,
            workingDirectory: specification.workingDirectory, user: specification.user,
            cpuShares: specification.cpuUnits ?? 0, memoryMiB: specification.memoryMiB,
            memoryReservationMiB: specification.memoryReservationMiB, stopTimeoutSeconds: stopTimeoutSeconds(name))
        launch.settings = specification.settings
        launch.logConfiguration = specification.logConfiguration
        launch.healthCheck = specification.healthCheck
        launch.cgroupParent = record.resources?.cgroupParent
        launch.gpuIDs = specification.gpuIDs ?? []
        return launch
    }
}
