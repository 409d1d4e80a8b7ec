import AWSModels
import ControlPlaneState
import Support

extension Tables {
    /// The API's view of a capacity provider, ECS's own included; nil if there is none of this name.
    borrowing func describeCapacityProvider(
        _ name: String, includeTags: Bool, _ arns: ARNFactory
    ) -> ECS.CapacityProvider? {
        if let record = capacityProviders[name] { return record.described(includeTags: includeTags, arns) }
        guard CapacityProviderNames.isReserved(name) else { return nil }
        return ECS.CapacityProvider(
            capacityProviderArn: arns.capacityProvider(name), name: name, status: .active, tags: [],
            type: .init(rawValue: name))
    }
}

extension CapacityProviderRecord {
    func described(includeTags: Bool, _ arns: ARNFactory) -> ECS.CapacityProvider {
        ECS.CapacityProvider(
            autoScalingGroupProvider: autoScalingGroupProvider, capacityProviderArn: arns.capacityProvider(name),
            name: name, status: .init(rawValue: status.rawValue), tags: includeTags ? tags : [],
            type: .ec2Autoscaling, updateStatus: updateStatus, updateStatusReason: updateStatusReason)
    }
}
