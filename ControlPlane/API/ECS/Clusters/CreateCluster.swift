import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Creating the name of an ACTIVE cluster gives that cluster back unchanged; an INACTIVE name becomes a fresh one.
    ///
    /// - Source: API Reference, CreateCluster.
    func createCluster(_ input: ECS.CreateClusterRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.CreateClusterResponse
    {
        let name = input.clusterName ?? ClusterName.default.rawValue
        try Names.check(name, is: "The name of a cluster")
        var record = ClusterRecord(
            name: ClusterName(name), createdAt: context.now(), tags: try Tags.checked(input.tags))
        let settings = try ClusterSettings.checked(input.settings)
        record.configuration = try ClusterConfigurationRule.checked(input.configuration)
        record.serviceConnectNamespace = try ServiceConnectDefaults.namespace(input.serviceConnectDefaults)
        let include = Tables.includedAfterChange.union([.tags])
        return try await context.transact { [record] tx throws(AWSError) in
            var record = record
            try record.associate(
                input.capacityProviders, input.defaultCapacityProviderStrategy, among: tx.capacityProviders)
            if let existing = tx.clusters[record.name], existing.status == .active {
                return ECS.CreateClusterResponse(cluster: tx.describe(existing, include: include, context.arns))
            }
            guard tx.clusters.listed.count < Limits.clusters.value else {
                throw .client("There can be at most \(Limits.clusters.value) clusters.")
            }
            record.settings =
                settings
                ?? ClusterSettings.standard(
                    containerInsights: tx.defaultContainerInsights(for: caller.arn, root: context.arns.rootPrincipal))
            tx.put(record)
            return ECS.CreateClusterResponse(cluster: tx.describe(record, include: include, context.arns))
        }
    }
}
