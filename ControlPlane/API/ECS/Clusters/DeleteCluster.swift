import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// The cluster becomes INACTIVE, and stays describable.
    ///
    /// - Throws: what is still in the cluster, container instances first: they are what keeps tasks there.
    /// - Source: API Reference, DeleteCluster.
    func deleteCluster(_ input: ECS.DeleteClusterRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DeleteClusterResponse
    {
        let name = try Reference.cluster(input.cluster)
        return try await context.transact { tx throws(AWSError) in
            var record = try tx.activeCluster(name)
            if tx.containerInstances.registeredCount(in: name) > 0 { throw .clusterContainsContainerInstances }
            if tx.services.count(.active, in: name) > 0 { throw .clusterContainsServices }
            if tx.tasks.unstoppedCount(in: name) > 0 { throw .clusterContainsTasks }
            record.status = .inactive
            tx.put(record)
            return ECS.DeleteClusterResponse(
                cluster: tx.describe(record, include: Tables.includedAfterChange, context.arns))
        }
    }
}
