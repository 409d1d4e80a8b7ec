import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

extension ECSService {
    /// Places one to ten copies of a task, all in one transaction. Copies that no host can take are `failures`; the
    /// others run. The same client token with the same request gives the same tasks again.
    ///
    /// - Source: API Reference, RunTask; ECS scheduling rules, 2.3.
    func runTask(_ input: ECS.RunTaskRequest, _ caller: Caller) async throws(AWSError) -> ECS.RunTaskResponse {
        try Self.checkSupported(input)
        let clusterName = try Reference.cluster(input.cluster)
        let count = input.count ?? 1
        guard (1...Limits.tasksPerRunTask.value).contains(count) else {
            throw .invalidParameter("count must be from 1 to \(Limits.tasksPerRunTask.value); found \(count).")
        }
        let token = try ClientToken(input)
        let options = try TaskOptions(
            overrides: input.overrides, group: input.group, startedBy: input.startedBy, startedByLimit: 128,
            tags: input.tags, propagateTags: input.propagateTags, enableECSManagedTags: input.enableECSManagedTags)
        let now = context.now()
        let response = try await context.transact { tx throws(AWSError) in
            let cluster = try tx.activeCluster(clusterName)
            if let earlier = try token?.earlierTasks(in: tx, cluster: cluster.name, context.arns) {
                let tasks = earlier.map { tx.describe($0, includeTags: true, context.arns) }
                return ECS.RunTaskResponse(failures: [], tasks: tasks)
            }
            let definition = try tx.runnableTaskDefinition(input.taskDefinition ?? "")
            guard tx.containerInstances.registeredCount(in: cluster.name) > 0 else {
                throw .invalidParameter("No Container Instances were found in your cluster.")
            }
            let launch = try TaskLaunch(cluster: cluster.name, definition: definition, options: options)
            let request = PlacementRequest(demand: launch.demand, group: launch.group)
            var random = context.random
            let ids = (0..<count).map { _ in TaskID(high: random.next(), low: random.next()) }
            let result = tx.place(request, tasks: ids, in: cluster.name, using: &random)
            let records = result.placements.map { record(launch, $0, &tx, now: now) }
            if let token, !records.isEmpty {
                tx.put(token.record(cluster: cluster.name, taskIDs: records.map(\.id), now: now))
            }
            return ECS.RunTaskResponse(
                failures: failures(result.explanation, in: cluster.name),
                tasks: records.map { tx.describe($0, includeTags: true, context.arns) })
        }
        log(response, caller)
        return response
    }

    /// Puts the record of a placed task, and gives it back.
    func record(_ launch: TaskLaunch, _ placement: Placement, _ tx: inout Tables, now: Date) -> TaskRecord {
        let record = launch.record(
            placement, sequence: tx.nextSequence(),
            containerIDs: (0..<launch.containerCount).map { _ in context.random.uuid() }, now: now)
        tx.put(record)
        return record
    }

    /// One failure for each host that was looked at and refused, as ECS has it.
    private func failures(_ explanation: PlacementExplanation?, in cluster: ClusterName) -> [ECS.Failure] {
        guard let explanation else { return [] }
        guard !explanation.nearest.isEmpty else {
            return [ECS.Failure(detail: explanation.summary, reason: "NO ACTIVE INSTANCES")]
        }
        return explanation.nearest.map { refusal in
            ECS.Failure(
                arn: context.arns.containerInstance(cluster: cluster.rawValue, id: refusal.host.value),
                detail: refusal.detail, reason: refusal.reason.rawValue)
        }
    }

    private func log(_ response: ECS.RunTaskResponse, _ caller: Caller) {
        for task in response.tasks ?? [] {
            context.log.info(
                "task placed",
                [
                    "task": task.taskArn ?? "", "containerInstance": task.containerInstanceArn ?? "",
                    "taskDefinition": task.taskDefinitionArn ?? "", "caller": caller.arn,
                ])
        }
        if let failure = response.failures?.first {
            context.log.info(
                "task not placed",
                ["reason": failure.reason ?? "", "detail": failure.detail ?? "", "caller": caller.arn])
        }
    }

    private static func checkSupported(_ input: ECS.RunTaskRequest) throws(AWSError) {
        if input.launchType != nil, input.capacityProviderStrategy?.isEmpty == false {
            throw .invalidParameter("Specify either Launch Type or Capacity Provider Strategy, but not both.")
        }
        if input.capacityProviderStrategy?.isEmpty == false { throw .notSupportedYet("capacityProviderStrategy") }
        if let launchType = input.launchType, launchType != .ec2 {
            throw .invalidParameter("Task definition does not support launch_type \(launchType.rawValue).")
        }
        if input.enableExecuteCommand == true { throw .notSupportedYet("enableExecuteCommand") }
        if input.networkConfiguration != nil {
            throw .invalidParameter(
                "Network Configuration is not valid for the given networkMode of this task definition.")
        }
        if input.placementConstraints?.isEmpty == false { throw .notSupportedYet("placementConstraints") }
        if input.placementStrategy?.isEmpty == false { throw .notSupportedYet("placementStrategy") }
        if input.platformVersion != nil {
            throw .invalidParameter("The platform version must be null when specifying an EC2 launch type.")
        }
        if input.volumeConfigurations?.isEmpty == false { throw .notSupportedYet("volumeConfigurations") }
        if input.referenceId != nil { throw .notSupportedYet("referenceId") }
    }
}

/// A RunTask's client token, with what it stands for.
private struct ClientToken: Sendable {
    let text: String
    let requestSHA256: String

    init?(_ input: ECS.RunTaskRequest) throws(AWSError) {
        guard let text = input.clientToken, !text.isEmpty else { return nil }
        guard Names.isClientToken(text, limit: 64) else {
            throw .invalidParameter("clientToken must be 1 to 64 printable ASCII characters without spaces.")
        }
        self.text = text
        var request = input
        request.clientToken = nil
        requestSHA256 = try ShapeJSON.fingerprint(of: request)
    }

    /// The tasks of an earlier call with this token; nil if there was none.
    ///
    /// - Throws: ConflictException if that call asked for something else.
    func earlierTasks(
        in tables: borrowing Tables, cluster: ClusterName, _ arns: ARNFactory
    ) throws(AWSError) -> [TaskRecord]? {
        guard let earlier = tables.access.runTaskToken(cluster: cluster, clientToken: text) else { return nil }
        guard earlier.requestSHA256 == requestSHA256 else {
            throw AWSError(
                code: "ConflictException",
                message: "The clientToken was used before with other parameters.",
                fields: [
                    "resourceIds": .array(
                        earlier.taskIDs.map { .string(arns.task(cluster: cluster.rawValue, id: $0.description)) })
                ])
        }
        return earlier.taskIDs.compactMap { tables.tasks[$0] }
    }

    func record(cluster: ClusterName, taskIDs: [TaskID], now: Date) -> RunTaskTokenRecord {
        RunTaskTokenRecord(
            cluster: cluster, clientToken: text, requestSHA256: requestSHA256, taskIDs: taskIDs, createdAt: now)
    }
}
