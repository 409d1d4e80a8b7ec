import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Changes what the request names, and leaves the rest.
    ///
    /// - Source: API Reference, UpdateCluster.
    func updateCluster(_ input: ECS.UpdateClusterRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.UpdateClusterResponse
    {
        let settings = try ClusterSettings.checked(input.settings)
        let configuration = try ClusterConfigurationRule.checked(input.configuration)
        let namespace = try ServiceConnectDefaults.namespace(input.serviceConnectDefaults)
        let cluster = try await update(input.cluster) { record in
            if let settings { record.settings = settings }
            if let configuration { record.configuration = record.configuration.changed(by: configuration) }
            if input.serviceConnectDefaults != nil { record.serviceConnectNamespace = namespace }
        }
        return ECS.UpdateClusterResponse(cluster: cluster)
    }

    /// - Source: API Reference, UpdateClusterSettings.
    func updateClusterSettings(_ input: ECS.UpdateClusterSettingsRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.UpdateClusterSettingsResponse
    {
        guard let settings = try ClusterSettings.checked(input.settings) else {
            throw .invalidParameter("settings can not be empty.")
        }
        return ECS.UpdateClusterSettingsResponse(cluster: try await update(input.cluster) { $0.settings = settings })
    }

    private func update(
        _ cluster: String?, _ change: @Sendable (inout ClusterRecord) -> Void
    ) async throws(AWSError) -> ECS.Cluster {
        let name = try Reference.cluster(cluster)
        return try await context.transact { tx throws(AWSError) in
            var record = try tx.activeCluster(name)
            change(&record)
            tx.put(record)
            return tx.describe(record, include: Tables.includedAfterChange, context.arns)
        }
    }
}

extension ECS.ClusterConfiguration? {
    /// Each half is replaced by itself: a request about one does not take back the other.
    fileprivate func changed(by change: ECS.ClusterConfiguration) -> ECS.ClusterConfiguration {
        var result = self ?? ECS.ClusterConfiguration()
        if let executeCommand = change.executeCommandConfiguration {
            result.executeCommandConfiguration = executeCommand
        }
        if let storage = change.managedStorageConfiguration { result.managedStorageConfiguration = storage }
        return result
    }
}
