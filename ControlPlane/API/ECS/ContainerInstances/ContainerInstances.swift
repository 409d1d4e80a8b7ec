import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

extension ECSService {
    /// - Source: API Reference, DescribeContainerInstances.
    func describeContainerInstances(
        _ input: ECS.DescribeContainerInstancesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DescribeContainerInstancesResponse {
        let cluster = try Reference.cluster(input.cluster)
        let references = input.containerInstances ?? []
        guard !references.isEmpty else { throw .client("Container Instances cannot be empty.") }
        try Limits.describedPerCall.check(references.count, of: "containerInstances")
        if input.include?.contains(.containerInstanceHealth) == true {
            throw .notSupportedYet("CONTAINER_INSTANCE_HEALTH")
        }
        let includeTags = input.include?.contains(.tags) == true
        var ids: [String] = []
        for reference in references { ids.append(try Reference.containerInstance(reference, in: cluster)) }
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var instances: [ECS.ContainerInstance] = []
            var failures: [ECS.Failure] = []
            for id in ids {
                if let record = tables.containerInstance(id, in: cluster) {
                    instances.append(tables.describe(record, includeTags: includeTags, context.arns))
                } else {
                    let arn = context.arns.containerInstance(cluster: cluster.rawValue, id: id)
                    failures.append(ECS.Failure(arn: arn, reason: "MISSING"))
                }
            }
            return ECS.DescribeContainerInstancesResponse(containerInstances: instances, failures: failures)
        }
    }

    /// In the order of registration.
    ///
    /// - Source: API Reference, ListContainerInstances.
    func listContainerInstances(
        _ input: ECS.ListContainerInstancesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListContainerInstancesResponse {
        let cluster = try Reference.cluster(input.cluster)
        if input.filter?.isEmpty == false { throw .notSupportedYet("A filter in the cluster query language") }
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "containerInstances")
        let after = try request.afterSequence()
        let status = input.status?.rawValue
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var sequences = request.collector(of: Int.self)
            tables.containerInstances.registered(in: cluster).forEach(after: after) { sequence in
                let instance = tables.containerInstances[sequence: sequence]
                return status == nil || instance?.status.rawValue == status ? sequences.take(sequence) : true
            }
            let page = request.page(sequences) { String($0) }
            let arns = page.items.compactMap { sequence in
                tables.containerInstances[sequence: sequence].map {
                    context.arns.containerInstance(cluster: cluster.rawValue, id: $0.id.rawValue)
                }
            }
            return ECS.ListContainerInstancesResponse(containerInstanceArns: arns, nextToken: page.nextToken)
        }
    }

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
            guard var record = tx.containerInstance(id, in: cluster) else {
                throw .invalidParameter("The container instance \(id.prefix(60)) was not found.")
            }
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
