import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Changes what the request names of managed scaling, termination protection and draining. It is done at once.
    ///
    /// - Source: API Reference, UpdateCapacityProvider.
    func updateCapacityProvider(
        _ input: ECS.UpdateCapacityProviderRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.UpdateCapacityProviderResponse {
        guard input.managedInstancesProvider == nil else { throw .managedInstancesUnsupported }
        guard let update = input.autoScalingGroupProvider else {
            throw .invalidParameter("autoScalingGroupProvider is required: it says what to change.")
        }
        let record = try await context.transact { tx throws(AWSError) in
            var record = try tx.changeableCapacityProvider(input.name, in: input.cluster, to: "updated")
            record.autoScalingGroupProvider = try AutoScalingGroupProviderRule.checked(
                update, of: record.autoScalingGroupProvider)
            record.updateStatus = .updateComplete
            record.updateStatusReason = nil
            tx.put(record)
            return record
        }
        return ECS.UpdateCapacityProviderResponse(
            capacityProvider: record.described(includeTags: true, context.arns))
    }
}
