import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

/// What RunTask and StartTask make of a task definition and its overrides: the demand on a host, and the task record.
struct TaskLaunch: Sendable {
    let cluster: ClusterName
    let definition: TaskDefinitionRecord
    let overrides: ECS.TaskOverride
    let group: String
    let startedBy: String?
    let tags: [ECS.Tag]

    /// - Throws: InvalidParameterException if an override names no container of the definition, or does not fit it.
    init(
        cluster: ClusterName, definition: TaskDefinitionRecord, options: TaskOptions
    ) throws(AWSError) {
        self.cluster = cluster
        self.definition = definition
        overrides = options.overrides
        group = options.group ?? "family:\(definition.id.family)"
        startedBy = options.startedBy
        tags = options.tags(propagating: definition.tags, cluster: cluster)
        for override in overrides.containerOverrides ?? [] {
            let name = override.name ?? ""
            guard let container = containers.first(where: { $0.name == name }) else {
                throw .invalidParameter(
                    "Override for container named \(name.prefix(255)) is not a container in the TaskDefinition.")
            }
            let memory = override.memory ?? container.memory
            let reservation = override.memoryReservation ?? container.memoryReservation
            if let memory, let reservation, memory < reservation {
                throw .invalidParameter(
                    "The overrides of container \(name) make its memory less than its memoryReservation.")
            }
        }
    }

    private var containers: [ECS.ContainerDefinition] { definition.definition.containerDefinitions ?? [] }

    private func override(_ container: ECS.ContainerDefinition) -> ECS.ContainerOverride? {
        overrides.containerOverrides?.first { $0.name == container.name }
    }

    /// What one copy takes of a host.
    ///
    /// - Source: ECS runtime rules, section 4, "Host accounting".
    var demand: ResourceDemand {
        var cpuUnits = 0
        var memoryMiB = 0
        var staticPorts: [HostPort] = []
        var dynamicCounts: [PortProtocol: Int] = [:]
        for container in containers {
            let override = override(container)
            cpuUnits += override?.cpu ?? container.cpu ?? 0
            let reservation = override?.memoryReservation ?? container.memoryReservation ?? 0
            memoryMiB += reservation > 0 ? reservation : override?.memory ?? container.memory ?? 0
            for mapping in container.portMappings ?? [] {
                let kind = PortProtocol(rawValue: mapping.protocol?.rawValue ?? "tcp") ?? .tcp
                if let port = mapping.hostPort, port > 0 {
                    if let number = UInt16(exactly: port) { staticPorts.append(HostPort(kind, number)) }
                } else {
                    dynamicCounts[kind, default: 0] += 1
                }
            }
        }
        return ResourceDemand(
            cpuUnits: cpuUnits, memoryMiB: memoryMiB, staticPorts: staticPorts,
            dynamicTCPPortCount: dynamicCounts[.tcp] ?? 0, dynamicUDPPortCount: dynamicCounts[.udp] ?? 0,
            requiredAttributes: requiredAttributes)
    }

    private var requiredAttributes: [HostAttribute] {
        guard let platform = definition.definition.runtimePlatform else { return [] }
        var attributes: [HostAttribute] = []
        if let family = platform.operatingSystemFamily {
            attributes.append(HostAttribute("ecs.os-family", family.rawValue))
        }
        if let architecture = platform.cpuArchitecture {
            attributes.append(HostAttribute("ecs.cpu-architecture", architecture.rawValue.lowercased()))
        }
        return attributes
    }

    /// The task that a placement becomes.
    func record(
        _ placement: Placement, sequence: Int, containerIDs: [String], now: Date
    ) -> TaskRecord {
        var ports = DynamicPorts(placement.reservation.dynamicPorts)
        let records = zip(containers, containerIDs).map { container, id in
            let override = override(container)
            return ContainerRecord(
                id: id, name: container.name ?? "", image: container.image ?? "",
                isEssential: container.essential ?? true,
                portAssignments: (container.portMappings ?? []).compactMap { ports.assign($0) },
                cpu: String(override?.cpu ?? container.cpu ?? 0),
                memory: (override?.memory ?? container.memory).map { String($0) },
                memoryReservation: (override?.memoryReservation ?? container.memoryReservation).map { String($0) })
        }
        return TaskRecord(
            id: placement.task, cluster: cluster, sequence: sequence, taskDefinition: definition.id,
            containerInstance: ContainerInstanceID(placement.host.value), group: group, startedBy: startedBy,
            launchType: .ec2, overrides: overrides, cpu: nil, memory: nil, containers: records,
            reservation: placement.reservation, createdAt: now, tags: tags)
    }

    var containerCount: Int { containers.count }
}

/// Hands the ports that placement picked to the mappings that left theirs open, in order.
private struct DynamicPorts {
    private var left: [PortProtocol: ArraySlice<HostPort>]

    init(_ ports: [HostPort]) {
        left = [:]
        for kind in PortProtocol.allCases { left[kind] = ports.filter { $0.protocol == kind }[...] }
    }

    /// Nil only for a mapping that registration would have refused.
    mutating func assign(_ mapping: ECS.PortMapping) -> PortAssignment? {
        let kind = PortProtocol(rawValue: mapping.protocol?.rawValue ?? "tcp") ?? .tcp
        guard let containerPort = mapping.containerPort else { return nil }
        if let number = mapping.hostPort, number > 0 {
            guard let port = UInt16(exactly: number) else { return nil }
            return PortAssignment(containerPort: containerPort, hostPort: HostPort(kind, port), isDynamic: false)
        }
        guard let port = left[kind]?.popFirst() else { return nil }
        return PortAssignment(containerPort: containerPort, hostPort: port, isDynamic: true)
    }
}
