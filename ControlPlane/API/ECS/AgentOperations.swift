import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

/// What hosts call. Our own agent registers here and reports through the agent gateway; these are for agents that
/// speak ECS's API alone.
extension ECSService {
    private static let acknowledgment = "ACK"

    /// Everything is served on one port: the one that the caller has found already.
    ///
    /// - Source: API Reference, DiscoverPollEndpoint.
    func discoverPollEndpoint(
        _ input: ECS.DiscoverPollEndpointRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DiscoverPollEndpointResponse {
        let endpoint = caller.host.map { "http://\($0)/" }
        return ECS.DiscoverPollEndpointResponse(
            endpoint: endpoint, serviceConnectEndpoint: endpoint, telemetryEndpoint: endpoint)
    }

    /// Applied as often as it comes, and never backwards.
    ///
    /// - Source: API Reference, SubmitTaskStateChange.
    func submitTaskStateChange(
        _ input: ECS.SubmitTaskStateChangeRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.SubmitTaskStateChangeResponse {
        let status = input.status.flatMap(TaskStatus.init(rawValue:))
        let containers = (input.containers ?? []).map { container in
            ContainerObservation(
                name: container.containerName ?? "", status: container.status.flatMap(ContainerStatus.init(rawValue:)),
                runtimeID: container.runtimeId, exitCode: container.exitCode, reason: container.reason,
                networkBindings: container.networkBindings ?? [], imageDigest: container.imageDigest)
        }
        let observation = TaskObservation(
            status: status, stopCode: status == .stopped ? .essentialContainerExited : nil, stoppedReason: input.reason,
            pullStartedAt: input.pullStartedAt, pullStoppedAt: input.pullStoppedAt,
            executionStoppedAt: input.executionStoppedAt, containers: containers)
        try await observe(observation, of: input.task, in: input.cluster, caller)
        return ECS.SubmitTaskStateChangeResponse(acknowledgment: Self.acknowledgment)
    }

    /// - Source: API Reference, SubmitContainerStateChange.
    func submitContainerStateChange(
        _ input: ECS.SubmitContainerStateChangeRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.SubmitContainerStateChangeResponse {
        let container = ContainerObservation(
            name: input.containerName ?? "", status: input.status.flatMap(ContainerStatus.init(rawValue:)),
            runtimeID: input.runtimeId, exitCode: input.exitCode, reason: input.reason,
            networkBindings: input.networkBindings ?? [])
        try await observe(
            TaskObservation(status: nil, containers: [container]), of: input.task, in: input.cluster, caller)
        return ECS.SubmitContainerStateChangeResponse(acknowledgment: Self.acknowledgment)
    }

    private func observe(
        _ observation: TaskObservation, of task: String?, in cluster: String?, _ caller: Caller
    ) async throws(AWSError) {
        let cluster = try Reference.cluster(cluster)
        guard let task, !task.isEmpty else { throw .invalidParameter("task is required.") }
        let id = try Reference.task(task, in: cluster)
        let now = context.now()
        let conflicts = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(cluster)
            guard let record = tx.task(id, in: cluster) else {
                throw .invalidParameter("The referenced task was not found.")
            }
            try caller.check(speaksFor: record.containerInstance)
            return tx.observe(observation, of: record, now: now).conflicts
        }
        for ports in conflicts {
            context.log.error("a host reports ports that another task holds", ["task": id, "ports": ports.description])
        }
    }
}
