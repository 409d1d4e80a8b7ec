import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

extension ECSService {
    /// Places one task on each container instance that is named.
    ///
    /// The caller is the scheduler: strategies and placement constraints are not looked at, not those of the task definition
    /// either. Resources, required attributes, the host's status and its agent are.
    ///
    /// - Source: API Reference, StartTask, whose request has neither `placementConstraints` nor `placementStrategy`; ECS
    ///   scheduling rules, 2.3.
    func startTask(_ input: ECS.StartTaskRequest, _ caller: Caller) async throws(AWSError) -> ECS.StartTaskResponse {
        let clusterName = try Reference.cluster(input.cluster)
        let references = input.containerInstances ?? []
        guard !references.isEmpty else { throw .client("Container Instances cannot be empty.") }
        try Limits.instancesPerStartTask.check(references.count, of: "containerInstances")
        var instanceIDs: [String] = []
        for reference in references {
            instanceIDs.append(try Reference.containerInstance(reference, in: clusterName))
        }
        let options = try TaskOptions(input)
        let now = context.now()
        return try await context.transact { tx throws(AWSError) in
            let cluster = try tx.activeCluster(clusterName)
            let definition = try tx.runnableTaskDefinition(input.taskDefinition ?? "")
            let launch = try launch(
                definition, options,
                LaunchRequest(
                    input, definition: definition.definition.applying(options.overrides), cluster: cluster))
            try tx.checkSubnets(launch.subnets)
            let demand = launch.demand
            var tasks: [ECS.Task] = []
            var failures: [ECS.Failure] = []
            let shared = launch.record(sequence: tx.nextSequence(), now: now)
            for id in instanceIDs {
                let arn = context.arns.containerInstance(cluster: cluster.name.rawValue, id: id)
                guard let instance = tx.containerInstance(id, in: cluster.name) else {
                    failures.append(ECS.Failure(arn: arn, reason: RefusalReason.missing.rawValue))
                    continue
                }
                guard instance.status != .inactive else {
                    failures.append(ECS.Failure(arn: arn, reason: RefusalReason.inactive.rawValue))
                    continue
                }
                let random = context.random
                let taskID = TaskID(high: random.next(), low: random.next())
                switch tx.reserve(demand, task: taskID, group: launch.group, on: instance.id, in: cluster.name) {
                case .reserved(let placement):
                    guard let record = record(launch, placement, of: shared, &tx) else {
                        failures.append(noAddressFailure(placement.host, in: cluster.name))
                        continue
                    }
                    tasks.append(tx.describe(record, includeTags: true, context.arns))
                case .refused(let refusal):
                    failures.append(
                        ECS.Failure(arn: arn, detail: refusal.detail, reason: refusal.reason.rawValue))
                }
            }
            return ECS.StartTaskResponse(failures: failures, tasks: tasks)
        }
    }
}
