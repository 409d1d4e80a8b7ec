import AWSModels
import ControlPlaneState
import Support

extension Tables {
    /// What an operation that changes a cluster gives back of it.
    static var includedAfterChange: Set<ECS.ClusterField> { [.attachments, .configurations, .settings] }

    /// The API's view of a cluster. Without `include` its gated lists are empty, and its gated members absent.
    ///
    /// - Source: API Reference, DescribeClusters `include`.
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
        cluster.activeServicesCount = services.count(.active, in: record.name)
        cluster.statistics = include.contains(.statistics) ? statistics(of: record) : []
        cluster.settings = include.contains(.settings) ? record.settings ?? ClusterSettings.standard() : []
        cluster.tags = include.contains(.tags) ? record.tags : []
        cluster.capacityProviders = record.capacityProviders ?? []
        cluster.defaultCapacityProviderStrategy = record.defaultCapacityProviderStrategy ?? []
        cluster.configuration = include.contains(.configurations) ? record.configuration : nil
        cluster.serviceConnectDefaults = record.serviceConnectNamespace.map {
            ECS.ClusterServiceConnectDefaults(namespace: $0)
        }
        if include.contains(.attachments) {
            // ECS attaches scaling plans here; an association without one is complete at once.
            cluster.attachments = []
            cluster.attachmentsStatus = record.capacityProviders == nil ? nil : "UPDATE_COMPLETE"
        }
        return cluster
    }

    /// ECS's counters, in its order. Fargate and Managed Instances are not to be had here.
    private borrowing func statistics(of record: ClusterRecord) -> [ECS.KeyValuePair] {
        let name = record.name
        let counters: [(String, Int)] = [
            ("runningEC2TasksCount", tasks.runningCount(in: name, .ec2)),
            ("runningFargateTasksCount", 0),
            ("pendingEC2TasksCount", tasks.pendingCount(in: name, .ec2)),
            ("pendingFargateTasksCount", 0),
            ("runningExternalTasksCount", tasks.runningCount(in: name, .external)),
            ("pendingExternalTasksCount", tasks.pendingCount(in: name, .external)),
            ("runningManagedInstancesTasksCount", 0), ("pendingManagedInstancesTasksCount", 0),
            ("activeEC2ServiceCount", services.count(.active, in: name, .ec2)),
            ("activeFargateServiceCount", 0),
            ("drainingEC2ServiceCount", services.count(.draining, in: name, .ec2)),
            ("drainingFargateServiceCount", 0),
            ("activeExternalServiceCount", services.count(.active, in: name, .external)),
            ("drainingExternalServiceCount", services.count(.draining, in: name, .external)),
            ("activeManagedInstancesServiceCount", 0), ("drainingManagedInstancesServiceCount", 0),
        ]
        return counters.map { ECS.KeyValuePair(name: $0.0, value: String($0.1)) }
    }
}
