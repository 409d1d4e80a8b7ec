import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

extension ECSService {
    /// - Source: API Reference, DescribeTasks. STOPPED tasks are described until they expire.
    func describeTasks(_ input: ECS.DescribeTasksRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DescribeTasksResponse
    {
        let cluster = try Reference.cluster(input.cluster)
        let references = input.tasks ?? []
        guard !references.isEmpty else { throw .client("Tasks cannot be empty.") }
        try Limits.describedPerCall.check(references.count, of: "tasks")
        var ids: [String] = []
        for reference in references { ids.append(try Reference.task(reference, in: cluster)) }
        let includeTags = input.include?.contains(.tags) == true
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var tasks: [ECS.Task] = []
            var failures: [ECS.Failure] = []
            for id in ids {
                if let task = tables.task(id, in: cluster) {
                    tasks.append(tables.describe(task, includeTags: includeTags, context.arns))
                } else {
                    let arn = context.arns.task(cluster: cluster.rawValue, id: id)
                    failures.append(ECS.Failure(arn: arn, reason: "MISSING"))
                }
            }
            return ECS.DescribeTasksResponse(failures: failures, tasks: tasks)
        }
    }

    /// In the order they were made. Filters are ANDed; `desiredStatus` is RUNNING unless asked otherwise, and nothing
    /// ever has PENDING.
    ///
    /// - Source: API Reference, ListTasks.
    func listTasks(_ input: ECS.ListTasksRequest, _ caller: Caller) async throws(AWSError) -> ECS.ListTasksResponse {
        let cluster = try Reference.cluster(input.cluster)
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "tasks")
        let after = try request.afterSequence()
        if input.daemonName != nil { throw .notSupportedYet("daemonName") }
        let filters = try Self.filters(input, in: cluster)
        let desiredStatus = (input.desiredStatus ?? .running).rawValue
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            if let name = input.serviceName, !name.isEmpty {
                throw AWSError(code: "ServiceNotFoundException", message: "Service not found.")
            }
            // No task is ever desired to be PENDING.
            guard let desired = DesiredStatus(rawValue: desiredStatus) else {
                return ECS.ListTasksResponse(taskArns: [])
            }
            // The smallest of the filters' sets is walked, the others are asked.
            let sets = filters.map { tables.tasks.select($0, cluster: cluster, desiredStatus: desired) }
                .sorted { $0.count < $1.count }
            var sequences = request.collector(of: Int.self)
            sets[0].forEach(after: after) { sequence in
                sets.dropFirst().allSatisfy { $0.contains(sequence) } ? sequences.take(sequence) : true
            }
            let page = request.page(sequences) { String($0) }
            let arns = page.items.compactMap { sequence in
                tables.tasks[sequence: sequence].map {
                    context.arns.task(cluster: cluster.rawValue, id: $0.id.description)
                }
            }
            return ECS.ListTasksResponse(nextToken: page.nextToken, taskArns: arns)
        }
    }

    /// Never empty.
    private static func filters(_ input: ECS.ListTasksRequest, in cluster: ClusterName) throws(AWSError) -> [TaskTable
        .Filter]
    {
        var filters: [TaskTable.Filter] = []
        if let text = input.containerInstance {
            filters.append(.containerInstance(ContainerInstanceID(try Reference.containerInstance(text, in: cluster))))
        }
        if let family = input.family { filters.append(.family(family)) }
        if let launchType = input.launchType { filters.append(.launchType(launchType.rawValue)) }
        if let startedBy = input.startedBy {
            guard filters.isEmpty, input.serviceName == nil else {
                throw .invalidParameter("startedBy cannot be combined with another filter.")
            }
            filters.append(.startedBy(startedBy))
        }
        return filters.isEmpty ? [.all] : filters
    }
}

extension Tables {
    /// The API's view of a task.
    borrowing func describe(_ record: TaskRecord, includeTags: Bool, _ arns: ARNFactory) -> ECS.Task {
        let cluster = record.cluster.rawValue
        let instance = containerInstances[record.containerInstance]
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
        task.attachments = []
        task.connectivity = instance?.agentConnected == true ? .connected : .disconnected
        task.connectivityAt = instance?.connectivityAt
        task.containers = record.containers.map { $0.described(in: record, taskArn: task.taskArn, arns) }
        task.cpu = record.cpu ?? String(record.reservation.cpuUnits)
        task.memory = record.memory ?? String(record.reservation.memoryMiB)
        task.createdAt = record.createdAt
        task.desiredStatus = record.desiredStatus.rawValue
        task.enableExecuteCommand = false
        task.executionStoppedAt = record.executionStoppedAt
        task.group = record.group
        task.healthStatus = .unknown
        task.lastStatus = record.lastStatus.rawValue
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
        described.containerOverrides =
            given
            + containers.filter { container in !given.contains { $0.name == container.name } }
            .map { ECS.ContainerOverride(name: $0.name) }
        described.inferenceAcceleratorOverrides = []
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
        container.lastStatus = lastStatus.rawValue
        container.runtimeId = runtimeID
        container.exitCode = exitCode
        container.reason = reason
        container.networkBindings = networkBindings
        container.networkInterfaces = []
        container.healthStatus = .unknown
        container.cpu = cpu
        container.memory = memory
        container.memoryReservation = memoryReservation
        return container
    }
}
