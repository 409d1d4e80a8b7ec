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
    /// While more of a service's tasks are protected than it is to have, no other of its tasks can be: those are what
    /// keeps it from a steady state.
    ///
    /// - Source: API Reference, UpdateTaskProtection; Developer Guide, "API failure reasons"; ECS scheduling rules, 3.5.
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
                if expiresAt != nil, !task.isProtected(at: now), tx.isBlockedByProtection(task, now: now) {
                    response.failures?.append(ECS.Failure(arn: arn, reason: Self.deploymentBlocked))
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
    private static let deploymentBlocked = "DEPLOYMENT_BLOCKED"
}

extension Tables {
    /// Whether the task's service has more protected tasks than it is to have tasks.
    fileprivate borrowing func isBlockedByProtection(_ task: TaskRecord, now: Date) -> Bool {
        guard let id = service(of: task), let service = services[id] else { return false }
        let desiredCount = services.desiredCount(of: service)
        let counts = taskCounts(of: id)
        // Most services have no more tasks than they are to have, and those are not looked at.
        guard counts.pending + counts.running > desiredCount else { return false }
        var protectedCount = 0
        let subjects = deployments.deployments(of: id).map(\.id) + taskSets.taskSets(of: id).map(\.id)
        for subject in subjects {
            self.tasks.ofServices.tasks(of: subject).forEach(after: nil) { sequence in
                if let task = self.tasks[sequence: sequence], task.desiredStatus == .running, task.isProtected(at: now)
                {
                    protectedCount += 1
                }
                return protectedCount <= desiredCount
            }
        }
        return protectedCount > desiredCount
    }
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
