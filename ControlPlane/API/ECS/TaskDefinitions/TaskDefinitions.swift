import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Makes the next revision of the family. It is never made twice, and its number never given again.
    ///
    /// - Source: API Reference, RegisterTaskDefinition.
    func registerTaskDefinition(
        _ input: ECS.RegisterTaskDefinitionRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.RegisterTaskDefinitionResponse {
        try TaskDefinitionRule.check(input)
        let tags = try Tags.checked(input.tags)
        let definition = ECS.TaskDefinition(
            registering: input, registeredAt: context.now(), registeredBy: caller.arn)
        let size = try ShapeJSON.size(of: definition)
        guard size <= Limits.taskDefinitionBytes.value else {
            throw .client(
                "Actual length: '\(size)'. Max allowed length is '\(Limits.taskDefinitionBytes.value)' bytes.")
        }
        let family = definition.family ?? ""
        let record = try await context.transact { tx throws(AWSError) in
            let revision = (tx.taskDefinitions.family(family)?.lastRevision ?? 0) + 1
            guard revision <= Limits.revisionsPerFamily.value else {
                throw AWSError(
                    code: "LimitExceededException",
                    message: "A family can have at most \(Limits.revisionsPerFamily.value) revisions.")
            }
            let record = TaskDefinitionRecord(
                id: TaskDefinitionID(family: family, revision: revision), definition: definition, tags: tags)
            tx.put(TaskDefinitionFamilyRecord(family: family, lastRevision: revision))
            tx.put(record)
            return record
        }
        return ECS.RegisterTaskDefinitionResponse(tags: record.tags, taskDefinition: record.described(context.arns))
    }

    /// - Source: API Reference, DescribeTaskDefinition.
    func describeTaskDefinition(
        _ input: ECS.DescribeTaskDefinitionRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DescribeTaskDefinitionResponse {
        let (family, revision) = try Reference.taskDefinition(input.taskDefinition ?? "")
        let record = try await context.view { tables throws(AWSError) in
            let record =
                if let revision {
                    tables.taskDefinitions[TaskDefinitionID(family: family, revision: revision)]
                } else {
                    tables.taskDefinitions.latestActive(of: family)
                }
            guard let record else { throw .client("Unable to describe task definition.") }
            return record
        }
        let wantsTags = input.include?.contains(.tags) == true
        return ECS.DescribeTaskDefinitionResponse(
            tags: wantsTags ? record.tags : [], taskDefinition: record.described(context.arns))
    }
}

extension TaskDefinitionRecord {
    /// The API's view of a revision.
    func described(_ arns: ARNFactory) -> ECS.TaskDefinition {
        var definition = definition
        definition.taskDefinitionArn = arns.taskDefinition(family: id.family, revision: id.revision)
        definition.revision = id.revision
        definition.status = ECS.TaskDefinitionStatus(rawValue: status.rawValue)
        definition.deregisteredAt = deregisteredAt
        definition.deleteRequestedAt = deleteRequestedAt
        return definition
    }
}
