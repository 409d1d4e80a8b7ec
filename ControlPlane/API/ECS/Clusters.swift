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
        try Self.checkSupported(input)
        let tags = try Tags.checked(input.tags)
        let record = ClusterRecord(name: ClusterName(name), createdAt: context.now(), tags: tags)
        return try await context.transact { tx throws(AWSError) in
            if let existing = tx.clusters[record.name], existing.status == .active {
                return ECS.CreateClusterResponse(
                    cluster: tx.describe(existing, include: [.tags, .settings], context.arns))
            }
            tx.put(record)
            return ECS.CreateClusterResponse(cluster: tx.describe(record, include: [.tags, .settings], context.arns))
        }
    }

    private static func checkSupported(_ input: ECS.CreateClusterRequest) throws(AWSError) {
        if input.configuration != nil { throw .notSupportedYet("A cluster's configuration") }
        if input.serviceConnectDefaults != nil { throw .notSupportedYet("serviceConnectDefaults") }
        if input.capacityProviders?.isEmpty == false { throw .notSupportedYet("A capacity provider") }
        if input.defaultCapacityProviderStrategy?.isEmpty == false {
            throw .notSupportedYet("defaultCapacityProviderStrategy")
        }
        for setting in input.settings ?? [] where setting.value?.lowercased() != "disabled" {
            throw .notSupportedYet(
                "The cluster setting \(setting.name?.rawValue ?? "") with another value than disabled")
        }
    }

    /// - Source: API Reference, DescribeClusters.
    func describeClusters(_ input: ECS.DescribeClustersRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DescribeClustersResponse
    {
        let references = input.clusters.flatMap { $0.isEmpty ? nil : $0 } ?? [ClusterName.default.rawValue]
        try Limits.describedPerCall.check(references.count, of: "clusters")
        var names: [ClusterName] = []
        for reference in references { names.append(try Reference.cluster(reference)) }
        let include = Set(input.include ?? [])
        return try await context.view { tables throws(AWSError) in
            var clusters: [ECS.Cluster] = []
            var failures: [ECS.Failure] = []
            for name in names {
                if let record = tables.clusters[name] {
                    clusters.append(tables.describe(record, include: include, context.arns))
                } else {
                    failures.append(ECS.Failure(arn: context.arns.cluster(name.rawValue), reason: "MISSING"))
                }
            }
            return ECS.DescribeClustersResponse(clusters: clusters, failures: failures)
        }
    }

    /// - Source: API Reference, ListClusters.
    func listClusters(_ input: ECS.ListClustersRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.ListClustersResponse
    {
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "clusters")
        return try await context.view { tables throws(AWSError) in
            var names = request.collector(of: String.self)
            tables.clusters.listed.forEach(after: request.after) { names.take($0) }
            let page = request.page(names) { $0 }
            return ECS.ListClustersResponse(
                clusterArns: page.items.map { context.arns.cluster($0) }, nextToken: page.nextToken)
        }
    }

    /// The cluster becomes INACTIVE, and stays describable.
    ///
    /// - Source: API Reference, DeleteCluster.
    func deleteCluster(_ input: ECS.DeleteClusterRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DeleteClusterResponse
    {
        let name = try Reference.cluster(input.cluster)
        return try await context.transact { tx throws(AWSError) in
            var record = try tx.activeCluster(name)
            if tx.containerInstances.registeredCount(in: name) > 0 { throw .clusterContainsContainerInstances }
            if tx.tasks.unstoppedCount(in: name) > 0 { throw .clusterContainsTasks }
            record.status = .inactive
            tx.put(record)
            return ECS.DeleteClusterResponse(cluster: tx.describe(record, include: [], context.arns))
        }
    }
}

extension Tables {
    /// The API's view of a cluster. Without `include` its gated lists are empty, as ECS has them.
    borrowing func describe(_ record: ClusterRecord, include: Set<ECS.ClusterField>, _ arns: ARNFactory) -> ECS.Cluster
    {
        let isActive = record.status == .active
        var cluster = ECS.Cluster()
        cluster.clusterArn = arns.cluster(record.name.rawValue)
        cluster.clusterName = record.name.rawValue
        cluster.status = record.status.rawValue
        cluster.registeredContainerInstancesCount = isActive ? containerInstances.registeredCount(in: record.name) : 0
        cluster.runningTasksCount = isActive ? tasks.runningCount(in: record.name) : 0
        cluster.pendingTasksCount = isActive ? tasks.pendingCount(in: record.name) : 0
        cluster.activeServicesCount = 0
        cluster.statistics = include.contains(.statistics) ? statistics(of: record) : []
        cluster.settings =
            include.contains(.settings) ? [ECS.ClusterSetting(name: .containerInsights, value: "disabled")] : []
        cluster.tags = include.contains(.tags) ? record.tags : []
        cluster.capacityProviders = []
        cluster.defaultCapacityProviderStrategy = []
        return cluster
    }

    /// Every task here is of launch type EC2, and there are no services yet.
    private borrowing func statistics(of record: ClusterRecord) -> [ECS.KeyValuePair] {
        [
            ("runningEC2TasksCount", tasks.runningCount(in: record.name)), ("runningFargateTasksCount", 0),
            ("pendingEC2TasksCount", tasks.pendingCount(in: record.name)), ("pendingFargateTasksCount", 0),
            ("activeEC2ServiceCount", 0), ("activeFargateServiceCount", 0), ("drainingEC2ServiceCount", 0),
            ("drainingFargateServiceCount", 0),
        ].map { ECS.KeyValuePair(name: $0.0, value: String($0.1)) }
    }
}
