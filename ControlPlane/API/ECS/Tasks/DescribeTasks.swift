import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// In the order asked, each task once however often it is named. STOPPED tasks are described until they expire.
    ///
    /// - Source: API Reference, DescribeTasks.
    func describeTasks(_ input: ECS.DescribeTasksRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DescribeTasksResponse
    {
        let cluster = try Reference.cluster(input.cluster)
        let ids = try Reference.tasks(input.tasks, in: cluster, limit: Limits.describedPerCall)
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
}

extension Reference {
    /// The ids of the tasks that a request names, each once, in the order of their first mention.
    ///
    /// - Throws: ClientException if there are none, InvalidParameterException if there are more than the limit.
    static func tasks(_ references: [String]?, in cluster: ClusterName, limit: Limit) throws(AWSError) -> [String] {
        guard let references = references.given else { throw .client("Tasks cannot be empty.") }
        try limit.check(references.count, of: "tasks")
        var seen: Set<String> = []
        var ids: [String] = []
        for reference in references {
            let id = try task(reference, in: cluster)
            if seen.insert(id).inserted { ids.append(id) }
        }
        return ids
    }
}
