import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

/// What RunTask and StartTask make of a task definition and its overrides: the demand on a host, and the task record.
struct TaskLaunch: Sendable {
    let cluster: ClusterName
    let definition: TaskDefinitionID
    /// The task definition with the overrides put in.
    let effective: ECS.TaskDefinition
    let overrides: ECS.TaskOverride
    let group: String
    let launchType: TaskRecord.LaunchType
    private let startedBy: String?
    private let tags: [ECS.Tag]
    private let enableExecuteCommand: Bool
    /// Where its interface may be; empty for a task that has none.
    let subnets: [SubnetID]

    /// - Throws: InvalidParameterException or ClientException if the overrides do not fit the definition.
    init(
        cluster: ClusterName, definition: TaskDefinitionRecord, options: TaskOptions, request: LaunchRequest
    ) throws(AWSError) {
        self.cluster = cluster
        self.definition = definition.id
        launchType = request.compute.recordedLaunchType
        subnets = (request.networkConfiguration?.awsvpcConfiguration?.subnets ?? []).map { SubnetID($0) }
        effective = definition.definition.applying(options.overrides)
        overrides = options.overrides.normalised
        group = options.group ?? "family:\(definition.id.family)"
        startedBy = options.startedBy
        enableExecuteCommand = options.enableExecuteCommand
        tags = try options.tags(propagating: definition.tags, cluster: cluster)
    }

    private var containers: [ECS.ContainerDefinition] { effective.containerDefinitions ?? [] }

    /// What one copy takes of a host.
    ///
    /// - Source: ECS runtime rules, section 4, "Host accounting": the task's own CPU and memory instead of the sums over
    ///   its containers; of a container its reservation, else its hard limit.
    var demand: ResourceDemand {
        let size = TaskSize(cpu: effective.cpu, memory: effective.memory)
        let ports = PortDemand(containers.flatMap(hostPortMappings))
        return ResourceDemand(
            cpuUnits: size.cpuUnits ?? containers.reduce(0) { $0 + ($1.cpu ?? 0) },
            memoryMiB: size.memoryMiB ?? containers.reduce(0) { $0 + $1.accountedMemoryMiB },
            staticPorts: ports.fixed, dynamicTCPPortCount: ports.dynamicCounts[.tcp] ?? 0,
            dynamicUDPPortCount: ports.dynamicCounts[.udp] ?? 0, portRanges: ports.ranges,
            gpuCount: containers.reduce(0) { $0 + $1.gpuCount }, requiredAttributes: requiredAttributes,
            wantsInterface: !subnets.isEmpty,
            locations: subnets.map { HostAttribute(InterfaceAttributes.subnet, $0.rawValue) })
    }

    /// A task with a network namespace of its own takes no port of its host.
    private func hostPortMappings(of container: ECS.ContainerDefinition) -> [ECS.PortMapping] {
        effective.networkMode == .awsvpc ? [] : container.portMappings ?? []
    }

    /// `requiresAttributes`, which registration found out, and the platform that the definition names.
    private var requiredAttributes: [HostAttribute] {
        var attributes = (effective.requiresAttributes ?? []).compactMap { attribute in
            attribute.name.map { HostAttribute($0, attribute.value) }
        }
        if let family = effective.runtimePlatform?.operatingSystemFamily {
            attributes.append(HostAttribute("ecs.os-family", family.rawValue))
        }
        if let architecture = effective.runtimePlatform?.cpuArchitecture {
            attributes.append(HostAttribute("ecs.cpu-architecture", architecture.rawValue.lowercased()))
        }
        return attributes
    }

    /// What all its tasks have in common.
    ///
    /// - Parameters:
    ///   - sequence: a number of its own.
    ///   - capacityProvider: that they run under; nil for tasks of a launch type.
    func record(sequence: Int, capacityProvider: String? = nil, now: Date) -> LaunchRecord {
        let size = TaskSize(cpu: effective.cpu, memory: effective.memory)
        return LaunchRecord(
            sequence: sequence, cluster: cluster, taskDefinition: definition, group: group, startedBy: startedBy,
            launchType: launchType, capacityProviderName: capacityProvider, overrides: overrides,
            cpu: size.cpuUnits.map { String($0) },
            memory: size.memoryMiB.map { String($0) },
            containers: containers.map { container in
                LaunchedContainer(
                    name: container.name ?? "", image: container.image ?? "",
                    isEssential: container.essential ?? true, cpu: String(container.cpu ?? 0),
                    memory: container.memory.map { String($0) },
                    memoryReservation: container.memoryReservation.map { String($0) })
            }, createdAt: now, tags: tags, enableExecuteCommand: enableExecuteCommand)
    }

    /// The task that a placement becomes.
    func record(
        _ placement: Placement, of launch: LaunchRecord, interface: NetworkInterfaceRecord?, sequence: Int,
        on instance: ContainerInstanceID, containerIDs: () -> String
    ) -> TaskRecord {
        var placed = PlacedResources(placement.reservation)
        let records = zip(containers, launch.containers).map { container, launched in
            ContainerRecord(
                launched: launched, id: containerIDs(),
                portAssignments: hostPortMappings(of: container).compactMap { placed.assign($0) },
                gpuIDs: placed.takeGPUs(container.gpuCount))
        }
        var record = TaskRecord(
            id: placement.task, launch: launch, sequence: sequence, containerInstance: instance, containers: records,
            reservation: placement.reservation)
        if let interface {
            record.networkInterface = interface
            record.lastStatus = .provisioning
        }
        return record
    }
}

extension ECS.ContainerDefinition {
    fileprivate var accountedMemoryMiB: Int {
        if let memoryReservation, memoryReservation > 0 { return memoryReservation }
        return memory ?? 0
    }
}

extension ECS.TaskOverride {
    /// CPU and memory in decimal digits, as registration writes them; texts and lists that override nothing left out.
    fileprivate var normalised: Self {
        var overrides = self
        overrides.cpu = cpu.given.flatMap(TaskSize.cpuUnits).map { String($0) }
        overrides.memory = memory.given.flatMap(TaskSize.memoryMiB).map { String($0) }
        overrides.taskRoleArn = taskRoleArn.given
        overrides.executionRoleArn = executionRoleArn.given
        return overrides
    }
}
