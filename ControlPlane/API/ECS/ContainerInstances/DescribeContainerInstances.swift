import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

extension ECSService {
    /// INACTIVE instances included. Tags and health come only with `include`.
    ///
    /// - Source: API Reference, DescribeContainerInstances.
    func describeContainerInstances(
        _ input: ECS.DescribeContainerInstancesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DescribeContainerInstancesResponse {
        let cluster = try Reference.cluster(input.cluster)
        let references = input.containerInstances ?? []
        guard !references.isEmpty else { throw .client("Container Instances cannot be empty.") }
        try Limits.describedPerCall.check(references.count, of: "containerInstances")
        let includesTags = input.include?.contains(.tags) == true
        let includesHealth = input.include?.contains(.containerInstanceHealth) == true
        var ids: [String] = []
        for reference in references { ids.append(try Reference.containerInstance(reference, in: cluster)) }
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var instances: [ECS.ContainerInstance] = []
            var failures: [ECS.Failure] = []
            for id in ids {
                guard let record = tables.containerInstance(id, in: cluster) else {
                    let arn = context.arns.containerInstance(cluster: cluster.rawValue, id: id)
                    failures.append(ECS.Failure(arn: arn, reason: RefusalReason.missing.rawValue))
                    continue
                }
                var instance = tables.describe(record, includeTags: includesTags, context.arns)
                if includesHealth { instance.healthStatus = record.healthStatus }
                instances.append(instance)
            }
            return ECS.DescribeContainerInstancesResponse(containerInstances: instances, failures: failures)
        }
    }
}

extension Tables {
    /// The API's view of a container instance. `agentUpdateStatus` is absent: agents are updated on their hosts.
    borrowing func describe(
        _ record: ContainerInstanceRecord, includeTags: Bool, _ arns: ARNFactory
    ) -> ECS.ContainerInstance {
        let registered = HostResources(
            cpuUnits: record.cpuUnits, memoryMiB: record.memoryMiB, tcpPorts: record.reservedTCPPorts,
            udpPorts: record.reservedUDPPorts, gpuIDs: record.gpuIDs)
        let left = remaining(of: record).map { left in
            HostResources(
                cpuUnits: left.cpuUnits, memoryMiB: left.memoryMiB, tcpPorts: left.usedTCPPorts.map(Int.init),
                udpPorts: left.usedUDPPorts.map(Int.init), gpuIDs: record.gpuIDs.map { _ in left.freeGPUIDs })
        }
        var instance = ECS.ContainerInstance()
        instance.containerInstanceArn = arns.containerInstance(cluster: record.cluster.rawValue, id: record.id.rawValue)
        instance.capacityProviderName = capacityProvider(of: record)
        instance.ec2InstanceId = record.ec2InstanceID
        instance.status = record.status.rawValue
        instance.agentConnected = record.agentConnected
        instance.registeredAt = record.registeredAt
        instance.registeredResources = registered.wire
        instance.remainingResources = (left ?? registered).wire
        instance.runningTasksCount = tasks.runningCount(on: record.id)
        instance.pendingTasksCount = tasks.pendingCount(on: record.id)
        instance.attributes = record.attributes
        instance.attachments = []
        instance.versionInfo = record.versionInfo ?? ECS.VersionInfo()
        instance.version = Int64(record.version)
        instance.tags = includeTags ? record.tags : []
        return instance
    }
}
