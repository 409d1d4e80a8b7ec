import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// The instance becomes INACTIVE. With `force` its tasks are STOPPED here, and its agent stops them there when it
    /// next hears that it is gone.
    ///
    /// - Source: API Reference, DeregisterContainerInstance.
    func deregisterContainerInstance(
        _ input: ECS.DeregisterContainerInstanceRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DeregisterContainerInstanceResponse {
        let cluster = try Reference.cluster(input.cluster)
        let id = try Reference.containerInstance(input.containerInstance ?? "", in: cluster)
        let isForced = input.force == true
        let now = context.now()
        let described = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(cluster)
            guard var record = tx.containerInstance(id, in: cluster) else { throw .containerInstanceNotFound(id) }
            try caller.check(speaksFor: record.id)
            guard record.status != .inactive else {
                throw .invalidParameter("The container instance \(id) is INACTIVE already.")
            }
            var tasks: [TaskRecord] = []
            tx.tasks.assigned(to: record.id).forEach(after: nil) { sequence in
                if let task = tx.tasks[sequence: sequence] { tasks.append(task) }
                return true
            }
            guard tasks.isEmpty || isForced else { throw .invalidParameter("Found running tasks on the instance.") }
            for task in tasks {
                tx.put(
                    task.abandoned(
                        .userInitiated, reason: "Container instance deregistration forced by user", now: now))
            }
            record.status = .inactive
            record.agentConnected = false
            record.connectivityAt = now
            record.deregisteredAt = now
            record.version += 1
            tx.put(record)
            if let accessKeyID = record.accessKeyID { tx.removeAccessKey(accessKeyID) }
            return tx.describe(record, includeTags: true, context.arns)
        }
        context.log.info(
            "container instance deregistered",
            ["containerInstance": described.containerInstanceArn ?? "", "forced": String(isForced)])
        return ECS.DeregisterContainerInstanceResponse(containerInstance: described)
    }
}

extension Caller {
    /// An agent acts for its own container instance and no other.
    func check(speaksFor instance: ContainerInstanceID) throws(AWSError) {
        guard case .agent(_, let own) = principal else { return }
        guard own == instance else {
            throw .accessDenied("User: \(arn) is not authorized to act for the container instance \(instance).")
        }
    }
}

extension AWSError {
    static func containerInstanceNotFound(_ id: String) -> AWSError {
        .invalidParameter("Referenced container instance \(id.prefix(60)) not found.")
    }
}
