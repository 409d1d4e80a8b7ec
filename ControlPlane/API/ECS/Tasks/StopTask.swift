import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Asks for a task to be stopped, and answers at once. One that is stopping or STOPPED is given back as it is.
    ///
    /// - Source: API Reference, StopTask.
    func stopTask(_ input: ECS.StopTaskRequest, _ caller: Caller) async throws(AWSError) -> ECS.StopTaskResponse {
        let cluster = try Reference.cluster(input.cluster)
        let id = try Reference.task(input.task ?? "", in: cluster)
        let reason = input.reason.given?.cut(to: Limits.stopReasonLength.value) ?? "Task stopped by user"
        let now = context.now()
        let task = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(cluster)
            guard let task = tx.task(id, in: cluster) else {
                throw .invalidParameter("The referenced task was not found.")
            }
            let stopping = task.stopping(.userInitiated, reason: reason, now: now)
            if stopping != task { tx.put(stopping) }
            return tx.describe(stopping, includeTags: true, context.arns)
        }
        context.log.info("task to be stopped", ["task": task.taskArn ?? "", "reason": reason, "caller": caller.arn])
        return ECS.StopTaskResponse(task: task)
    }
}
