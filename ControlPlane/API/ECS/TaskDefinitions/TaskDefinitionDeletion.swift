import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Takes the revision out of use; what runs with it goes on. Doing it twice does no harm, nor does doing it to one
    /// that is being deleted.
    ///
    /// - Source: API Reference, DeregisterTaskDefinition.
    func deregisterTaskDefinition(
        _ input: ECS.DeregisterTaskDefinitionRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DeregisterTaskDefinitionResponse {
        let (family, revision) = try Reference.taskDefinition(input.taskDefinition ?? "")
        guard let revision else { throw .client("Revision is missing.") }
        let now = context.now()
        let record = try await context.transact { tx throws(AWSError) in
            guard var record = tx.taskDefinitions[TaskDefinitionID(family: family, revision: revision)] else {
                throw .client("Unable to describe task definition.")
            }
            guard record.status == .active else { return record }
            record.status = .inactive
            record.deregisteredAt = now
            tx.put(record)
            return record
        }
        return ECS.DeregisterTaskDefinitionResponse(taskDefinition: record.described(context.arns))
    }

    /// INACTIVE revisions become DELETE_IN_PROGRESS, and are gone as soon as no task refers to them. What cannot be
    /// deleted is a failure of its own; the rest is done. A revision that is named twice is answered once.
    ///
    /// - Source: API Reference, DeleteTaskDefinitions; ECS core rules, section 3, "failures[]", and section 9.
    func deleteTaskDefinitions(
        _ input: ECS.DeleteTaskDefinitionsRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DeleteTaskDefinitionsResponse {
        let references = input.taskDefinitions ?? []
        guard !references.isEmpty else {
            throw .invalidParameter("size of TaskDefinition references list must be greater than 0")
        }
        let limit = Limits.definitionsPerDelete.value
        guard references.count <= limit else {
            throw .invalidParameter("Size of TaskDefinition references list cannot exceed \(limit)")
        }
        let now = context.now()
        let arns = context.arns
        let response = try await context.transact { tx throws(AWSError) in
            var response = ECS.DeleteTaskDefinitionsResponse(failures: [], taskDefinitions: [])
            var seen: Set<TaskDefinitionID> = []
            for reference in references {
                switch TaskDefinitionToDelete(reference, in: tx.taskDefinitions, arns) {
                case .failure(let failure): response.failures?.append(failure)
                case .record(var record):
                    guard seen.insert(record.id).inserted else { continue }
                    if record.status == .inactive {
                        record.status = .deleteInProgress
                        record.deleteRequestedAt = now
                        tx.put(record)
                    }
                    response.taskDefinitions?.append(record.described(arns))
                }
            }
            _ = tx.purgeTaskDefinitions(limit: limit)
            return response
        }
        for definition in response.taskDefinitions ?? [] {
            context.log.info(
                "task definition deleted",
                ["taskDefinition": definition.taskDefinitionArn ?? "", "caller": caller.arn])
        }
        return response
    }
}

/// What one item of DeleteTaskDefinitions names.
private enum TaskDefinitionToDelete {
    /// INACTIVE, or DELETE_IN_PROGRESS already.
    case record(TaskDefinitionRecord)
    case failure(ECS.Failure)

    init(_ reference: String, in table: TaskDefinitionTable, _ arns: ARNFactory) {
        guard let (family, named) = try? Reference.taskDefinition(reference), let revision = named else {
            self = .failure(
                ECS.Failure(
                    arn: reference,
                    reason: "The specified task definition identifier is invalid. "
                        + "Specify a valid name or ARN and try again."))
            return
        }
        let isForeign = ARN(reference).map { !arns.owns($0) } ?? false
        let arn = isForeign ? reference : arns.taskDefinition(family: family, revision: revision)
        guard !isForeign, let record = table[TaskDefinitionID(family: family, revision: revision)] else {
            self = .failure(
                ECS.Failure(
                    arn: arn,
                    reason: "The specified task definition does not exist. "
                        + "Specify a valid account, family, revision and try again."))
            return
        }
        guard record.status != .active else {
            self = .failure(
                ECS.Failure(
                    arn: arn,
                    reason: "The specified task definition is still in ACTIVE status. "
                        + "Please deregister the target and try again."))
            return
        }
        self = .record(record)
    }
}
