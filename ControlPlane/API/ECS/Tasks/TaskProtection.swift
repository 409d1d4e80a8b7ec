import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Support

extension ECSService {
    /// Whether scale-in and deployments leave tasks of services alone. In the order asked, each task once.
    ///
    /// - Source: API Reference, GetTaskProtection. What it does without `tasks` is not said; here it is refused.
    func getTaskProtection(
        _ input: ECS.GetTaskProtectionRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.GetTaskProtectionResponse {
        let cluster = try Reference.cluster(input.cluster)
        let ids = try Reference.tasks(input.tasks, in: cluster, limit: Limits.tasksPerGetTaskProtection)
        let now = context.now()
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var response = ECS.GetTaskProtectionResponse(failures: [], protectedTasks: [])
            for id in ids {
                let arn = context.arns.task(cluster: cluster.rawValue, id: id)
                let task = tables.task(id, in: cluster)
                if let task, task.isOfService {
                    response.protectedTasks?.append(task.describedProtection(arn: arn, now: now))
                } else {
                    response.failures?.append(
                        ECS.Failure(arn: arn, reason: task == nil ? "MISSING" : Self.taskNotValid))
                }
            }
            return response
        }
    }

    /// Protects tasks of services for some minutes from now, or no longer. Protecting a protected task starts its time
    /// anew.
    ///
    /// - Source: API Reference, UpdateTaskProtection.
    func updateTaskProtection(
        _ input: ECS.UpdateTaskProtectionRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.UpdateTaskProtectionResponse {
        let cluster = try Reference.cluster(input.cluster)
        let ids = try Reference.tasks(input.tasks, in: cluster, limit: Limits.tasksPerUpdateTaskProtection)
        let minutes = input.expiresInMinutes ?? Limits.protectionMinutesByDefault.value
        guard (1...Limits.protectionMinutes.value).contains(minutes) else {
            throw .invalidParameter(
                "expiresInMinutes must be from 1 to \(Limits.protectionMinutes.value); found \(minutes).")
        }
        let now = context.now()
        let expiresAt = input.protectionEnabled == true ? now.addingTimeInterval(Double(minutes) * 60) : nil
        return try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(cluster)
            var response = ECS.UpdateTaskProtectionResponse(failures: [], protectedTasks: [])
            for id in ids {
                let arn = context.arns.task(cluster: cluster.rawValue, id: id)
                guard var task = tx.task(id, in: cluster) else {
                    response.failures?.append(ECS.Failure(arn: arn, reason: "MISSING"))
                    continue
                }
                // A task that is to stop anyway cannot be kept.
                guard task.isOfService, task.desiredStatus == .running else {
                    response.failures?.append(ECS.Failure(arn: arn, reason: Self.taskNotValid))
                    continue
                }
                if task.protectionExpiresAt != expiresAt {
                    task.protectionExpiresAt = expiresAt
                    tx.put(task)
                }
                response.protectedTasks?.append(task.describedProtection(arn: arn, now: now))
            }
            return response
        }
    }

    private static let taskNotValid = "TASK_NOT_VALID"
}

extension TaskRecord {
    /// Only the tasks of services can be protected: no one but a service's scheduler stops tasks to scale in.
    var isOfService: Bool { group.hasPrefix("service:") }

    fileprivate func describedProtection(arn: String, now: Date) -> ECS.ProtectedTask {
        let isProtected = isProtected(at: now)
        return ECS.ProtectedTask(
            expirationDate: isProtected ? protectionExpiresAt : nil, protectionEnabled: isProtected, taskArn: arn)
    }
}
