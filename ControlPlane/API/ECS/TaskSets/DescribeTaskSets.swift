import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Those that are named, each once, or all of the service.
    ///
    /// - Source: API Reference, DescribeTaskSets.
    func describeTaskSets(_ input: ECS.DescribeTaskSetsRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DescribeTaskSetsResponse
    {
        let cluster = try Reference.cluster(input.cluster)
        let serviceID = try Reference.service(input.service ?? "", in: cluster)
        let references = input.taskSets ?? []
        try Limits.describedPerCall.check(references.count, of: "taskSets")
        var named: [String] = []
        for reference in references {
            let id = try Reference.taskSet(reference, of: serviceID)
            if !named.contains(id) { named.append(id) }
        }
        let includeTags = input.include?.contains(.tags) == true
        return try await context.view { [named] tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            guard let service = tables.services[serviceID] else { throw .serviceNotFound }
            guard service.status != .inactive else { throw .serviceNotActive }
            guard !named.isEmpty else {
                return ECS.DescribeTaskSetsResponse(
                    failures: [],
                    taskSets: tables.taskSets.taskSets(of: serviceID).map {
                        tables.describe($0, of: service, includeTags: includeTags, context.arns)
                    })
            }
            var response = ECS.DescribeTaskSetsResponse(failures: [], taskSets: [])
            for text in named {
                let record = DeploymentID(text).flatMap { tables.taskSets[$0] }
                if let record, record.service == serviceID {
                    response.taskSets?.append(
                        tables.describe(record, of: service, includeTags: includeTags, context.arns))
                } else {
                    let arn = context.arns.taskSet(
                        cluster: cluster.rawValue, service: serviceID.name, id: text)
                    response.failures?.append(ECS.Failure(arn: arn, reason: "MISSING"))
                }
            }
            return response
        }
    }
}

extension Tables {
    /// The API's view of a task set.
    borrowing func describe(
        _ record: TaskSetRecord, of service: ServiceRecord, includeTags: Bool, _ arns: ARNFactory
    ) -> ECS.TaskSet {
        let counts = tasks.ofServices.counts(of: record.id)
        var taskSet = ECS.TaskSet()
        taskSet.id = record.id.description
        taskSet.taskSetArn = arns.taskSet(record.id, of: service.id)
        taskSet.serviceArn = arns.service(service.id)
        taskSet.clusterArn = arns.cluster(service.id.cluster.rawValue)
        taskSet.externalId = record.externalID
        taskSet.status = record.status.rawValue
        taskSet.taskDefinition = arns.taskDefinition(record.tasks.taskDefinition)
        taskSet.launchType = record.tasks.describedLaunchType
        taskSet.capacityProviderStrategy = record.tasks.capacityProviderStrategy
        taskSet.networkConfiguration = record.tasks.networkConfiguration
        taskSet.computedDesiredCount = record.computedDesiredCount(of: service.desiredCount)
        taskSet.pendingCount = counts.pending
        taskSet.runningCount = counts.running
        taskSet.scale = ECS.Scale(unit: .percent, value: record.scale)
        taskSet.stabilityStatus = ECS.StabilityStatus(rawValue: record.stabilityStatus.rawValue)
        taskSet.stabilityStatusAt = record.stabilityStatusAt
        taskSet.loadBalancers = []
        taskSet.serviceRegistries = []
        taskSet.createdAt = record.createdAt
        taskSet.updatedAt = record.updatedAt
        taskSet.tags = includeTags ? record.tags : []
        return taskSet
    }
}
