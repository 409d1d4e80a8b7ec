import AWSModels
import ControlPlaneState
import Placement
import Support

extension Tables {
    /// The API's view of a task.
    borrowing func describe(_ record: TaskRecord, includeTags: Bool, _ arns: ARNFactory) -> ECS.Task {
        record.described(on: containerInstances[record.containerInstance], includeTags: includeTags, arns)
    }
}

extension TaskRecord {
    /// The API's view of the task, on its container instance as it is, or was, at that moment.
    func described(on instance: ContainerInstanceRecord?, includeTags: Bool, _ arns: ARNFactory) -> ECS.Task {
        let record = self
        let cluster = record.cluster.rawValue
        var task = ECS.Task()
        task.taskArn = arns.task(cluster: cluster, id: record.id.description)
        task.clusterArn = arns.cluster(cluster)
        task.taskDefinitionArn = arns.taskDefinition(
            family: record.taskDefinition.family, revision: record.taskDefinition.revision)
        task.containerInstanceArn = arns.containerInstance(cluster: cluster, id: record.containerInstance.rawValue)
        task.availabilityZone = instance?.attribute("ecs.availability-zone")
        task.attributes =
            instance?.attribute("ecs.cpu-architecture").map {
                [ECS.Attribute(name: "ecs.cpu-architecture", value: $0)]
            } ?? []
        task.attachments = record.networkInterface.map { [$0.attachment(at: record.lastStatus)] } ?? []
        task.connectivity = instance?.agentConnected == true ? .connected : .disconnected
        task.connectivityAt = instance?.connectivityAt
        task.containers = record.containers.map { $0.described(in: record, taskArn: task.taskArn, arns) }
        task.cpu = record.cpu ?? String(record.reservation.cpuUnits)
        task.memory = record.memory ?? String(record.reservation.memoryMiB)
        task.createdAt = record.createdAt
        task.desiredStatus = record.desiredStatus.rawValue
        task.enableExecuteCommand = record.enableExecuteCommand ?? false
        task.executionStoppedAt = record.executionStoppedAt
        task.group = record.group
        task.healthStatus = record.healthStatus
        task.lastStatus = record.lastStatus.rawValue
        task.capacityProviderName = record.capacityProviderName
        task.launchType = ECS.LaunchType(rawValue: record.launchType.rawValue)
        task.overrides = record.described(overrides: record.overrides)
        task.pullStartedAt = record.pullStartedAt
        task.pullStoppedAt = record.pullStoppedAt
        task.startedAt = record.startedAt
        task.startedBy = record.startedBy
        task.stopCode = record.stopCode.map { ECS.TaskStopCode(rawValue: $0.rawValue) }
        task.stoppedAt = record.stoppedAt
        task.stoppedReason = record.stoppedReason
        task.stoppingAt = record.stoppingAt
        task.tags = includeTags ? record.tags : []
        task.version = Int64(record.version)
        return task
    }
}

extension TaskRecord {
    /// ECS names every container in the overrides of a task, also those that have none.
    fileprivate func described(overrides: ECS.TaskOverride) -> ECS.TaskOverride {
        var described = overrides
        let given = overrides.containerOverrides ?? []
        let others = containers.filter { container in !given.contains { $0.name == container.name } }
        // Left as they are where nothing is added: what tasks share is then seen to be the same at once.
        if !others.isEmpty || overrides.containerOverrides == nil {
            described.containerOverrides = given + others.map { ECS.ContainerOverride(name: $0.name) }
        }
        described.inferenceAcceleratorOverrides = overrides.inferenceAcceleratorOverrides ?? []
        return described
    }
}

extension ContainerRecord {
    fileprivate func described(in task: TaskRecord, taskArn: String?, _ arns: ARNFactory) -> ECS.Container {
        var container = ECS.Container()
        container.containerArn = arns.container(
            cluster: task.cluster.rawValue, taskID: task.id.description, id: id)
        container.taskArn = taskArn
        container.name = name
        container.image = image
        container.imageDigest = imageDigest
        container.lastStatus = lastStatus.rawValue
        container.runtimeId = runtimeID
        container.exitCode = exitCode
        container.reason = reason
        container.networkBindings = networkBindings
        container.networkInterfaces = task.networkInterface.map { [$0.described] } ?? []
        container.healthStatus = healthStatus ?? .unknown
        container.cpu = cpu
        container.memory = memory
        container.gpuIds = gpuIDs
        if task.enableExecuteCommand == true { container.managedAgents = [.execNotStarted] }
        container.memoryReservation = memoryReservation
        return container
    }
}

extension ECS.ManagedAgent {
    /// What is said of ECS Exec where it was asked for: agents do not bring it into containers yet.
    fileprivate static let execNotStarted = ECS.ManagedAgent(
        lastStatus: "STOPPED", name: .executeCommandAgent,
        reason: "ECS Exec is not supported by this version of Stevedore.")
}
