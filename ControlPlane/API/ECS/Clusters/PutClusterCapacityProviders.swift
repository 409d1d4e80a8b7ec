import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Replaces both lists. What is left out of the first is no longer associated, unless tasks run under it, or
    /// services are to.
    ///
    /// - Source: API Reference, PutClusterCapacityProviders.
    func putClusterCapacityProviders(
        _ input: ECS.PutClusterCapacityProvidersRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.PutClusterCapacityProvidersResponse {
        let name = try Reference.cluster(input.cluster)
        return try await context.transact { tx throws(AWSError) in
            var record = try tx.activeCluster(name)
            let before = record.capacityProviders ?? []
            try record.associate(
                input.capacityProviders, input.defaultCapacityProviderStrategy, among: tx.capacityProviders)
            for provider in before where record.capacityProviders?.contains(provider) != true {
                guard tx.tasks.unstoppedCount(in: name, capacityProvider: provider) == 0,
                    !tx.isUsedByServices(capacityProvider: provider, in: name)
                else {
                    throw .capacityProviderInUse
                }
            }
            tx.put(record)
            return ECS.PutClusterCapacityProvidersResponse(
                cluster: tx.describe(record, include: Tables.includedAfterChange, context.arns))
        }
    }
}

extension ClusterRecord {
    /// Takes the capacity providers and the default strategy of a request, checked.
    ///
    /// - Parameter names: names or ARNs; nil leaves the cluster without.
    mutating func associate(
        _ names: [String]?, _ strategy: [ECS.CapacityProviderStrategyItem]?, among providers: CapacityProviderTable
    ) throws(AWSError) {
        guard names != nil || strategy != nil else { return }
        let associated = try CapacityProviderNames.checked(names ?? [], among: providers)
        defaultCapacityProviderStrategy = try CapacityProviderStrategyRule.checked(
            strategy ?? [], associated: associated, for: .clusterDefault)
        capacityProviders = associated
    }
}
