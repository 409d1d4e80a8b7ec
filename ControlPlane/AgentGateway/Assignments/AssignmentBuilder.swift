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
        var assignment = shared(by: task, definition: definition)
        complete(&assignment, for: task, subnet: subnet)
        return assignment
    }

    /// Whether all that the task's own is not is the same for each task of a launch.
    static func isShareable(_ definition: ECS.TaskDefinition) -> Bool {
        definition.containerDefinitions?.contains { ContainerSpecification.namesTaskInLog($0) } != true
    }

    /// What the tasks of a launch have in common, but for where a log says which task it is of: see
    /// ``isShareable(_:)``. ``complete(_:for:subnet:)`` puts in the rest.
    func shared(by task: TaskRecord, definition: TaskDefinitionRecord) -> TaskAssignment {
        let overrides = task.overrides
        let containers = (definition.definition.containerDefinitions ?? []).map { container in
            let override = overrides.containerOverrides?.first { $0.name == container.name }
            var specification = ContainerSpecification(
                name: container.name ?? "", image: container.image ?? "", isEssential: container.essential ?? true,
                entryPoint: Self.given(container.entryPoint),
                command: Self.given(override?.command) ?? Self.given(container.command),
                environment: Self.environment(container.environment, override?.environment),
                workingDirectory: container.workingDirectory, user: container.user,
                dockerLabels: container.dockerLabels ?? [:], cpuUnits: override?.cpu ?? container.cpu,
                memoryMiB: override?.memory ?? container.memory,
                memoryReservationMiB: override?.memoryReservation ?? container.memoryReservation,
                stopTimeoutSeconds: container.stopTimeout)
            specification.takeLifecycle(of: container)
            specification.takeSettings(of: container)
            specification.takeLogConfiguration(of: container, taskID: task.id.description)
            specification.takeVolumes(of: container, override)
            specification.takeSecrets(of: container)
            return specification
        }
        var assignment = TaskAssignment(
            taskArn: "", cluster: task.cluster.rawValue, family: task.taskDefinition.family,
            revision: task.taskDefinition.revision, desiredStatus: .running,
            networkMode: TaskAssignment.NetworkMode(rawValue: definition.definition.networkMode?.rawValue ?? "bridge")
                ?? .bridge,
            containers: containers)
        assignment.takeResources(of: definition.definition, task)
        assignment.takeIdentity(of: definition.definition, task, arns)
        return assignment
    }

    /// Puts in what is the task's own.
    func complete(_ assignment: inout TaskAssignment, for task: TaskRecord, subnet: SubnetRecord?) {
        let (cluster, id) = (task.cluster.rawValue, task.id.description)
        assignment.taskArn = arns.task(cluster: cluster, id: id)
        assignment.desiredStatus = task.desiredStatus == .running ? .running : .stopped
        assignment.takeNetworkInterface(of: task, in: subnet)
        for index in assignment.containers.indices {
            let name = assignment.containers[index].name
            guard let record = task.containers.first(where: { $0.name == name }) else { continue }
            assignment.containers[index].takePorts(record.portAssignments)
            assignment.containers[index].gpuIDs = record.gpuIDs
            assignment.containers[index].containerArn = arns.container(cluster: cluster, taskID: id, id: record.id)
        }
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
}

extension ContainerSpecification {
    /// The host ports that placement gave it. What has no network publishes nothing.
    mutating func takePorts(_ assignments: [PortAssignment]) {
        guard settings?.disableNetworking != true else { return }
        portBindings = assignments.map { assignment in
            PortBinding(
                containerPort: assignment.containerPort, hostPort: Int(assignment.hostPort.number),
                transportProtocol: assignment.hostPort.protocol == .tcp ? .tcp : .udp,
                isDynamic: assignment.isDynamic, portCount: assignment.portCount)
        }
    }
}
