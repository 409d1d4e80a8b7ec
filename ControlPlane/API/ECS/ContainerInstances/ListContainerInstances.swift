import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

extension ECSService {
    /// In the order of registration: ACTIVE and DRAINING ones, or those of one status. No instance is ever in the other
    /// states that the model knows (REGISTERING, DEREGISTERING, REGISTRATION_FAILED), so those select nothing.
    ///
    /// - Source: API Reference, ListContainerInstances.
    func listContainerInstances(
        _ input: ECS.ListContainerInstancesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListContainerInstancesResponse {
        let cluster = try Reference.cluster(input.cluster)
        let filter = try Self.query(input.filter)
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "containerInstances")
        let after = try request.afterSequence()
        let status = input.status?.rawValue
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var page = FilteredPage<Int>(request)
            var arns: [String] = []
            var tooDear: ContainerInstanceID?
            tables.containerInstances.registered(in: cluster).forEach(after: after) { sequence in
                page.look(at: sequence) { steps in
                    guard let instance = tables.containerInstances[sequence: sequence],
                        status == nil || instance.status.rawValue == status
                    else { return false }
                    if let filter {
                        var work = ClusterQueryWork(limit: Limits.filterStepsPerInstance.value)
                        let isSelected = tables.selects(filter, instance, &work, &steps)
                        if work.isExhausted { tooDear = instance.id }
                        guard isSelected else { return false }
                    }
                    arns.append(
                        context.arns.containerInstance(cluster: cluster.rawValue, id: instance.id.rawValue))
                    return true
                } && tooDear == nil
            }
            if let tooDear {
                throw .invalidParameter(
                    "The filter takes too many steps for the container instance \(tooDear) and its tasks: use simpler "
                        + "patterns.")
            }
            return ECS.ListContainerInstancesResponse(
                containerInstanceArns: arns, nextToken: page.next.map { request.token(after: String($0)) })
        }
    }

    /// - Throws: InvalidParameterException that says where the expression is wrong; nothing is wrong with none.
    private static func query(_ text: String?) throws(AWSError) -> ClusterQuery? {
        guard let text, !text.isEmpty else { return nil }
        return try QueryExpression.parse(text)
    }
}

extension Tables {
    fileprivate borrowing func selects(
        _ query: ClusterQuery, _ instance: ContainerInstanceRecord, _ work: inout ClusterQueryWork, _ steps: inout Int
    ) -> Bool {
        defer { steps += work.steps }
        var groups: Set<String> = []
        if query.asksForTaskGroups {
            tasks.assigned(to: instance.id).forEach(after: nil) { sequence in
                steps += 1
                if let task = tasks[sequence: sequence] { groups.insert(task.group) }
                return true
            }
        }
        let target = InstanceQueryTarget(
            record: instance, runningTasksCount: tasks.runningCount(on: instance.id), taskGroups: Array(groups))
        return query.selects(target, work: &work)
    }
}

/// A container instance, as the conditions of an expression see it.
struct InstanceQueryTarget: ClusterQueryTarget {
    let record: ContainerInstanceRecord
    let runningTasksCount: Int
    let taskGroups: [String]

    var agentConnected: Bool { record.agentConnected }
    var agentVersion: String? { record.versionInfo?.agentVersion }
    var ec2InstanceID: String? { record.ec2InstanceID }
    var registeredAtSeconds: Int { Int(record.registeredAt.timeIntervalSince1970.rounded(.down)) }

    func attribute(named name: String) -> String? {
        record.attributes.first { $0.name == name }.map { $0.value ?? "" }
    }
}
