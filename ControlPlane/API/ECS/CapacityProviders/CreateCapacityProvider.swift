import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Makes a provider of an Auto Scaling group. It is ACTIVE at once.
    ///
    /// Managed scaling, termination protection and draining are kept and given back; nothing scales by them yet.
    ///
    /// - Source: API Reference, CreateCapacityProvider.
    func createCapacityProvider(
        _ input: ECS.CreateCapacityProviderRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.CreateCapacityProviderResponse {
        let name = input.name ?? ""
        try CapacityProviderNames.checkNew(name)
        if input.managedInstancesProvider != nil {
            guard input.autoScalingGroupProvider == nil else { throw .oneCapacityProviderKind }
            throw .managedInstancesUnsupported
        }
        guard let group = input.autoScalingGroupProvider else { throw .oneCapacityProviderKind }
        guard input.cluster?.isEmpty != false else {
            throw .invalidParameter(
                "cluster is only for a managedInstancesProvider: a provider of an Auto Scaling group is associated with "
                    + "clusters by PutClusterCapacityProviders.")
        }
        let record = CapacityProviderRecord(
            name: name, autoScalingGroupProvider: try AutoScalingGroupProviderRule.checked(group),
            createdAt: context.now(), tags: try Tags.checked(input.tags))
        try await context.transact { tx throws(AWSError) in
            guard tx.capacityProviders[name]?.status != .active else {
                throw .client(
                    "The specified capacity provider already exists. To change the configuration of an existing "
                        + "capacity provider, update the capacity provider.")
            }
            guard tx.capacityProviders.user(ofAutoScalingGroup: record.autoScalingGroupName) == nil else {
                throw .client(
                    "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify "
                        + "a unique Auto Scaling group ARN and try again.")
            }
            tx.put(record)
        }
        return ECS.CreateCapacityProviderResponse(
            capacityProvider: record.described(includeTags: true, context.arns))
    }
}

extension AWSError {
    fileprivate static let oneCapacityProviderKind = AWSError.invalidParameter(
        "A capacity provider needs exactly one of autoScalingGroupProvider and managedInstancesProvider.")

    static let managedInstancesUnsupported = AWSError(
        ECS.Errors.unsupportedFeatureException,
        "managedInstancesProvider is not supported by this version of Stevedore: ECS Managed Instances are EC2 "
            + "instances that AWS launches. Use an autoScalingGroupProvider, or register hosts of your own.")
}
