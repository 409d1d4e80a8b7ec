import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Gives a task set another share of the service's desired count.
    ///
    /// - Source: API Reference, UpdateTaskSet.
    func updateTaskSet(_ input: ECS.UpdateTaskSetRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.UpdateTaskSetResponse
    {
        let scale = try TaskSetScale.checked(input.scale)
        let taskSet = try await change(input.taskSet, of: input.service, in: input.cluster) { record, _, _ in
            record.scale = scale
        }
        return ECS.UpdateTaskSetResponse(taskSet: taskSet)
    }

    /// The task set that has the traffic, whose configuration the service shows from now on.
    ///
    /// - Source: API Reference, UpdateServicePrimaryTaskSet.
    func updateServicePrimaryTaskSet(
        _ input: ECS.UpdateServicePrimaryTaskSetRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.UpdateServicePrimaryTaskSetResponse {
        let now = context.now()
        let taskSet = try await change(input.primaryTaskSet, of: input.service, in: input.cluster) {
            record, service, tx in
            for var other in tx.taskSets.taskSets(of: service.id)
            where other.status == .primary && other.id != record.id {
                other.status = .active
                other.updatedAt = now
                tx.put(other)
            }
            record.status = .primary
            guard service.configuration.tasks != record.tasks else { return }
            service.configuration.tasks = record.tasks
            tx.put(service)
        }
        return ECS.UpdateServicePrimaryTaskSetResponse(taskSet: taskSet)
    }

    /// The task set is DRAINING, and gone when it has no task left, which is at once if it has none, though the answer
    /// still has it.
    ///
    /// - Throws: InvalidParameterException for a task set that is to have tasks, unless forced.
    /// - Source: API Reference, DeleteTaskSet.
    func deleteTaskSet(_ input: ECS.DeleteTaskSetRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DeleteTaskSetResponse
    {
        let clusterName = try Reference.cluster(input.cluster)
        let serviceID = try Reference.service(input.service ?? "", in: clusterName)
        let isForced = input.force == true
        let now = context.now()
        let taskSet = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(clusterName)
            let service = try tx.serviceWithTaskSets(serviceID)
            var record = try tx.taskSet(input.taskSet, of: serviceID)
            guard isForced || record.computedDesiredCount(of: service.desiredCount) == 0 else {
                throw .invalidParameter("The task set cannot be deleted while it is scaled above 0.")
            }
            if record.status != .draining {
                record.status = .draining
                record.updatedAt = now
                tx.put(record)
            }
            let described = tx.describe(record, of: service, includeTags: true, context.arns)
            if tx.tasks.ofServices.counts(of: record.id).isEmpty { tx.removeTaskSet(record.id) }
            return described
        }
        context.log.info(
            "task set deleted", ["service": serviceID.description, "taskSet": taskSet.id ?? "", "caller": caller.arn])
        return ECS.DeleteTaskSetResponse(taskSet: taskSet)
    }

    /// Changes a task set that is not DRAINING, and gives it back.
    private func change(
        _ taskSet: String?, of service: String?, in cluster: String?,
        _ body: @Sendable (inout TaskSetRecord, inout ServiceRecord, inout Tables) -> Void
    ) async throws(AWSError) -> ECS.TaskSet {
        let clusterName = try Reference.cluster(cluster)
        let serviceID = try Reference.service(service ?? "", in: clusterName)
        let now = context.now()
        return try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(clusterName)
            var service = try tx.serviceWithTaskSets(serviceID)
            let before = try tx.taskSet(taskSet, of: serviceID)
            guard before.status != .draining else {
                throw .invalidParameter("The task set is DRAINING and cannot be changed.")
            }
            var record = before
            body(&record, &service, &tx)
            if record != before {
                record.updatedAt = now
                tx.put(record)
            }
            return tx.describe(record, of: service, includeTags: true, context.arns)
        }
    }
}
