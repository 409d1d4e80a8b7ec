import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneState

/// Clusters, capacity providers, account settings and tags.
extension ECSAccess {
    func createCluster(_ input: ECS.CreateClusterRequest) throws(AWSError) -> [AccessSubject] {
        let cluster = of(.cluster(ClusterName(input.clusterName ?? ClusterName.default.rawValue)))
        let providers = try capacityProviderARNs(input.capacityProviders ?? [])
        return [cluster.with(tags: input.tags).with(.capacityProvider, providers)]
            + tagging(cluster.resource, input.tags, by: ECS.CreateCluster.name)
    }

    func describeClusters(_ input: ECS.DescribeClustersRequest) throws(AWSError) -> [AccessSubject] {
        var subjects: [AccessSubject] = []
        for text in input.clusters.given ?? [ClusterName.default.rawValue] {
            subjects.append(try of(cluster: text))
        }
        return subjects
    }

    func listClusters(_ input: ECS.ListClustersRequest) -> [AccessSubject] { [ofNothing()] }

    func updateCluster(_ input: ECS.UpdateClusterRequest) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    func updateClusterSettings(_ input: ECS.UpdateClusterSettingsRequest) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    func putClusterCapacityProviders(
        _ input: ECS.PutClusterCapacityProvidersRequest
    ) throws(AWSError) -> [AccessSubject] {
        let providers = try capacityProviderARNs(input.capacityProviders ?? [])
        return [try of(cluster: input.cluster).with(.capacityProvider, providers)]
    }

    func deleteCluster(_ input: ECS.DeleteClusterRequest) throws(AWSError) -> [AccessSubject] {
        [try of(cluster: input.cluster)]
    }

    // MARK: Capacity providers

    func createCapacityProvider(_ input: ECS.CreateCapacityProviderRequest) throws(AWSError) -> [AccessSubject] {
        let provider = of(.capacityProvider(input.name ?? ""))
        return [provider.with(tags: input.tags)]
            + tagging(provider.resource, input.tags, by: ECS.CreateCapacityProvider.name)
    }

    /// Each, or all if none is named.
    func describeCapacityProviders(
        _ input: ECS.DescribeCapacityProvidersRequest
    ) throws(AWSError) -> [AccessSubject] {
        var subjects: [AccessSubject] = []
        for text in input.capacityProviders.given ?? ["*"] {
            subjects.append(of(.capacityProvider(try Reference.capacityProvider(text))))
        }
        return subjects
    }

    func updateCapacityProvider(_ input: ECS.UpdateCapacityProviderRequest) throws(AWSError) -> [AccessSubject] {
        [of(.capacityProvider(try Reference.capacityProvider(input.name ?? "")))]
    }

    func deleteCapacityProvider(_ input: ECS.DeleteCapacityProviderRequest) throws(AWSError) -> [AccessSubject] {
        [of(.capacityProvider(try Reference.capacityProvider(input.capacityProvider ?? "")))]
    }

    // MARK: Account settings

    func putAccountSetting(_ input: ECS.PutAccountSettingRequest) -> [AccessSubject] {
        [ofNothing().with(.accountSetting, input.name?.rawValue)]
    }

    func putAccountSettingDefault(_ input: ECS.PutAccountSettingDefaultRequest) -> [AccessSubject] {
        [ofNothing().with(.accountSetting, input.name?.rawValue)]
    }

    func deleteAccountSetting(_ input: ECS.DeleteAccountSettingRequest) -> [AccessSubject] {
        [ofNothing().with(.accountSetting, input.name?.rawValue)]
    }

    func listAccountSettings(_ input: ECS.ListAccountSettingsRequest) -> [AccessSubject] { [ofNothing()] }

    // MARK: Tags

    func tagResource(_ input: ECS.TagResourceRequest) throws(AWSError) -> [AccessSubject] {
        [of(try TaggedResource(arn: input.resourceArn ?? "", arns)).with(tags: input.tags)]
    }

    func untagResource(_ input: ECS.UntagResourceRequest) throws(AWSError) -> [AccessSubject] {
        [of(try TaggedResource(arn: input.resourceArn ?? "", arns)).with(.tagKeys, input.tagKeys ?? [])]
    }

    func listTagsForResource(_ input: ECS.ListTagsForResourceRequest) throws(AWSError) -> [AccessSubject] {
        [of(try TaggedResource(arn: input.resourceArn ?? "", arns))]
    }
}
