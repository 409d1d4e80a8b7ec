import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

extension ECSService {
    /// ACTIVE instances become DRAINING and back. A DRAINING one gets no new tasks; those that are there stay.
    ///
    /// - Source: API Reference, UpdateContainerInstancesState. An agent may drain its own host: ECS's does so when a spot
    ///   instance is about to end.
    func updateContainerInstancesState(
        _ input: ECS.UpdateContainerInstancesStateRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.UpdateContainerInstancesStateResponse {
        let cluster = try Reference.cluster(input.cluster)
        guard let status = ContainerInstanceRecord.Status(rawValue: input.status?.rawValue ?? ""), status != .inactive
        else { throw .invalidParameter("Container instance status should be one of [ACTIVE, DRAINING]") }
        let references = input.containerInstances ?? []
        guard !references.isEmpty else { throw .client("Container Instances cannot be empty.") }
        try Limits.instancesPerStateUpdate.check(references.count, of: "instanceIds")
        var ids: [String] = []
        for reference in references { ids.append(try Reference.containerInstance(reference, in: cluster)) }
        let (response, changed) = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(cluster)
            var instances: [ECS.ContainerInstance] = []
            var changed: [ContainerInstanceID] = []
            var failures: [ECS.Failure] = []
            for id in ids {
                try caller.check(speaksFor: ContainerInstanceID(id))
                let record = tx.containerInstance(id, in: cluster)
                guard var record, record.status != .inactive else {
                    let reason: RefusalReason = record == nil ? .missing : .inactive
                    let arn = context.arns.containerInstance(cluster: cluster.rawValue, id: id)
                    failures.append(ECS.Failure(arn: arn, reason: reason.rawValue))
                    continue
                }
                if record.status != status {
                    record.status = status
                    record.version += 1
                    tx.put(record)
                    changed.append(record.id)
                }
                instances.append(tx.describe(record, includeTags: true, context.arns))
            }
            return (
                ECS.UpdateContainerInstancesStateResponse(containerInstances: instances, failures: failures), changed
            )
        }
        for id in changed {
            context.log.info(
                "container instance state set",
                ["containerInstance": id.rawValue, "status": status.rawValue, "caller": caller.arn])
        }
        return response
    }

    /// Always an error: nothing updates an agent from here, and saying so is better than a status that never moves on.
    ///
    /// - Source: API Reference, UpdateContainerAgent, its errors.
    func updateContainerAgent(
        _ input: ECS.UpdateContainerAgentRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.UpdateContainerAgentResponse {
        let cluster = try Reference.cluster(input.cluster)
        let id = try Reference.containerInstance(input.containerInstance ?? "", in: cluster)
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            guard let record = tables.containerInstance(id, in: cluster), record.status != .inactive else {
                throw .containerInstanceNotFound(id)
            }
            guard let version = record.versionInfo?.agentVersion, !version.isEmpty else {
                throw AWSError(
                    ECS.Errors.missingVersionException,
                    "The agent of \(id) registered without its version. \(Self.howToUpdate)")
            }
            throw AWSError(
                ECS.Errors.noUpdateAvailableException,
                "There is no update that the control plane could install on \(id), whose agent is version "
                    + "\(version.prefix(60)). \(Self.howToUpdate)")
        }
    }

    private static let howToUpdate =
        "Update the agent on its host: install the new stevedore-agent and restart its service; tasks keep running."
}
