import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// The provider becomes INACTIVE, and stays describable.
    ///
    /// One that a cluster has stays ACTIVE, and the answer, which is no error, says DELETE_FAILED and why: so ECS tells
    /// it, and clients look for it there.
    ///
    /// - Source: API Reference, DeleteCapacityProvider and CapacityProvider `updateStatus`.
    func deleteCapacityProvider(
        _ input: ECS.DeleteCapacityProviderRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DeleteCapacityProviderResponse {
        let record = try await context.transact { tx throws(AWSError) in
            var record = try tx.changeableCapacityProvider(input.capacityProvider, in: input.cluster, to: "deleted")
            if let cluster = tx.clusters.associated(withCapacityProvider: record.name).first {
                record.updateStatus = .deleteFailed
                record.updateStatusReason =
                    "The capacity provider cannot be deleted because it is associated with cluster: \(cluster). "
                    + "Remove the capacity provider from the cluster and try again."
            } else {
                record.status = .inactive
                record.updateStatus = .deleteComplete
                record.updateStatusReason = nil
            }
            tx.put(record)
            return record
        }
        return ECS.DeleteCapacityProviderResponse(
            capacityProvider: record.described(includeTags: true, context.arns))
    }
}
