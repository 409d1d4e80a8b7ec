import AWSModels
import AgentProtocol
import ControlPlaneState
import Placement
import Support

/// Makes what an agent is told of a task: the definition with the task's overrides merged in, and the host ports that
/// placement gave it.
///
/// - Source: API Reference, ContainerOverride: command replaces; environment adds, and wins over the definition's.
struct AssignmentBuilder: Sendable {
    let arns: ARNFactory

    /// - Parameter subnet: that of the task's interface.
    func assignment(
        for task: TaskRecord, definition: TaskDefinitionRecord, subnet: SubnetRecord? = nil
    ) -> TaskAssignment {
        let containers = (definition.definition.containerDefinitions ?? []).map { container in
            let record = task.containers.first { $0.name == container.name }
            let override = task.overrides.containerOverrides?.first { $0.name == container.name }
            var specification = ContainerSpecification(
                name: container.name ?? "", image: container.image ?? "", isEssential: container.essential ?? true,
                entryPoint: Self.given(container.entryPoint),
                command: Self.given(override?.command) ?? Self.given(container.command),
                environment: Self.environment(container.environment, override?.environment),
                workingDirectory: container.workingDirectory, user: container.user,
                dockerLabels: container.dockerLabels ?? [:], cpuUnits: override?.cpu ?? container.cpu,
                memoryMiB: override?.memory ?? container.memory,
                memoryReservationMiB: override?.memoryReservation ?? container.memoryReservation,
                portBindings: (record?.portAssignments ?? []).map(Self.binding),
                stopTimeoutSeconds: container.stopTimeout)
            specification.takeLifecycle(of: container)
            specification.takeSettings(of: container)
            specification.takeLogConfiguration(of: container, taskID: task.id.description)
            specification.takeVolumes(of: container, override)
            specification.takeSecrets(of: container)
            specification.gpuIDs = record?.gpuIDs
            specification.containerArn = record.map {
                arns.container(cluster: task.cluster.rawValue, taskID: task.id.description, id: $0.id)
            }
            return specification
        }
        var assignment = TaskAssignment(
            taskArn: arns.task(cluster: task.cluster.rawValue, id: task.id.description), cluster: task.cluster.rawValue,
            family: task.taskDefinition.family, revision: task.taskDefinition.revision,
            desiredStatus: task.desiredStatus == .running ? .running : .stopped,
            networkMode: TaskAssignment.NetworkMode(rawValue: definition.definition.networkMode?.rawValue ?? "bridge")
                ?? .bridge,
            containers: containers)
        assignment.takeResources(of: definition.definition, task)
        assignment.takeNetworkInterface(of: task, in: subnet)
        assignment.takeIdentity(of: definition.definition, task, arns)
        return assignment
    }

    /// An empty list means the same as none.
    private static func given(_ list: [String]?) -> [String]? { list?.isEmpty == false ? list : nil }

    /// In the definition's order, then the override's own names. The last of two equal names wins.
    private static func environment(
        _ definition: [ECS.KeyValuePair]?, _ override: [ECS.KeyValuePair]?
    ) -> [EnvironmentVariable] {
        var values: [String: String] = [:]
        var names: [String] = []
        for variable in (definition ?? []) + (override ?? []) {
            guard let name = variable.name else { continue }
            if values.updateValue(variable.value ?? "", forKey: name) == nil { names.append(name) }
        }
        return names.map { EnvironmentVariable(name: $0, value: values[$0] ?? "") }
    }

    private static func binding(_ assignment: PortAssignment) -> PortBinding {
        PortBinding(
            containerPort: assignment.containerPort, hostPort: Int(assignment.hostPort.number),
            transportProtocol: assignment.hostPort.protocol == .tcp ? .tcp : .udp, isDynamic: assignment.isDynamic,
            portCount: assignment.portCount)
    }
}
