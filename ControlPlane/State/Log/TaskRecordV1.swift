import AWSModels
import FoundationEssentials
import Placement

/// A task as the first version of its record had it: everything in each. Read, and never written.
struct TaskRecordV1: Decodable {
    struct Container: Decodable {
        var id: String
        var name: String
        var image: String
        var isEssential: Bool
        var lastStatus: ContainerStatus
        var runtimeID: String?
        var exitCode: Int?
        var reason: String?
        var networkBindings: [ECS.NetworkBinding]
        var portAssignments: [PortAssignment]
        var gpuIDs: [String]?
        var cpu: String
        var memory: String?
        var memoryReservation: String?
        var healthStatus: ECS.HealthStatus?
        var imageDigest: String?
    }

    var id: TaskID
    var cluster: ClusterName
    var sequence: Int
    var taskDefinition: TaskDefinitionID
    var containerInstance: ContainerInstanceID
    var desiredStatus: DesiredStatus
    var lastStatus: TaskStatus
    var group: String
    var startedBy: String?
    var launchType: TaskRecord.LaunchType
    var capacityProviderName: String?
    var overrides: ECS.TaskOverride
    var cpu: String?
    var memory: String?
    var containers: [Container]
    var reservation: Reservation
    var createdAt: Date
    var pullStartedAt: Date?
    var pullStoppedAt: Date?
    var startedAt: Date?
    var stoppingAt: Date?
    var executionStoppedAt: Date?
    var stoppedAt: Date?
    var stopCode: StopCode?
    var stoppedReason: String?
    var tags: [ECS.Tag]
    var version: Int
    var enableExecuteCommand: Bool?
    var protectionExpiresAt: Date?
    var networkInterface: NetworkInterfaceRecord?

    /// With a launch of its own.
    var record: TaskRecord {
        var task = TaskRecord(
            id: id, cluster: cluster, sequence: sequence, taskDefinition: taskDefinition,
            containerInstance: containerInstance, group: group, startedBy: startedBy, launchType: launchType,
            overrides: overrides, cpu: cpu, memory: memory, containers: containers.map(\.record),
            reservation: reservation, createdAt: createdAt, tags: tags,
            enableExecuteCommand: enableExecuteCommand ?? false)
        if let capacityProviderName { task.capacityProviderName = capacityProviderName }
        task.desiredStatus = desiredStatus
        task.lastStatus = lastStatus
        task.pullStartedAt = pullStartedAt
        task.pullStoppedAt = pullStoppedAt
        task.startedAt = startedAt
        task.stoppingAt = stoppingAt
        task.executionStoppedAt = executionStoppedAt
        task.stoppedAt = stoppedAt
        task.stopCode = stopCode
        task.stoppedReason = stoppedReason
        task.version = version
        task.protectionExpiresAt = protectionExpiresAt
        task.networkInterface = networkInterface
        return task
    }
}

extension TaskRecordV1.Container {
    fileprivate var record: ContainerRecord {
        var container = ContainerRecord(
            id: id, name: name, image: image, isEssential: isEssential, portAssignments: portAssignments, cpu: cpu,
            memory: memory, memoryReservation: memoryReservation, gpuIDs: gpuIDs ?? [])
        container.lastStatus = lastStatus
        container.runtimeID = runtimeID
        container.exitCode = exitCode
        container.reason = reason
        container.networkBindings = networkBindings
        container.healthStatus = healthStatus
        container.imageDigest = imageDigest
        return container
    }
}
