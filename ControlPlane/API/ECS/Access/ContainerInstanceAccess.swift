import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneState
import Support

/// Container instances, their attributes, and what agents of others call.
extension ECSAccess {
    func registerContainerInstance(
        _ input: ECS.RegisterContainerInstanceRequest
    ) throws(AWSError) -> [AccessSubject] {
        let cluster = try Reference.cluster(input.cluster)
        let instance = arns.containerInstance(cluster: cluster.rawValue, id: "*")
        return [of(.cluster(cluster)).with(tags: input.tags)]
            + tagging(instance, input.tags, by: ECS.RegisterContainerInstance.name)
    }

    func describeContainerInstances(
        _ input: ECS.DescribeContainerInstancesRequest
    ) throws(AWSError) -> [AccessSubject] {
        try of(containerInstances: input.containerInstances, in: input.cluster)
    }

    func listContainerInstances(_ input: ECS.ListContainerInstancesRequest) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    func deregisterContainerInstance(
        _ input: ECS.DeregisterContainerInstanceRequest
    ) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    func updateContainerInstancesState(
        _ input: ECS.UpdateContainerInstancesStateRequest
    ) throws(AWSError) -> [AccessSubject] {
        try of(containerInstances: input.containerInstances, in: input.cluster)
    }

    func updateContainerAgent(_ input: ECS.UpdateContainerAgentRequest) throws(AWSError) -> [AccessSubject] {
        try of(containerInstances: [input.containerInstance ?? ""], in: input.cluster)
    }

    func putAttributes(_ input: ECS.PutAttributesRequest) throws(AWSError) -> [AccessSubject] {
        try of(containerInstances: (input.attributes ?? []).map { $0.targetId ?? "" }, in: input.cluster)
    }

    func deleteAttributes(_ input: ECS.DeleteAttributesRequest) throws(AWSError) -> [AccessSubject] {
        try of(containerInstances: (input.attributes ?? []).map { $0.targetId ?? "" }, in: input.cluster)
    }

    func listAttributes(_ input: ECS.ListAttributesRequest) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    func discoverPollEndpoint(_ input: ECS.DiscoverPollEndpointRequest) -> [AccessSubject] { [ofNothing()] }

    func submitTaskStateChange(_ input: ECS.SubmitTaskStateChangeRequest) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    func submitContainerStateChange(
        _ input: ECS.SubmitContainerStateChangeRequest
    ) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }
}
