import ControlPlaneState

/// What changed that services may depend on, as the change feed tells of it: a step or two a change, however many
/// services there are. What follows from it is found out when the services are planned.
struct ServiceNews: Sendable {
    /// Made, changed, or with another configuration.
    var services: Set<ServiceID> = []
    /// Whose service was changed in what bears on placement.
    var configured: Set<ServiceID> = []
    /// With a task, or a record of their own, that changed.
    var deployments: Set<DeploymentID> = []
    /// That came, went, or are not what they were.
    var instances: Set<ContainerInstanceID> = []
    /// That have one task less.
    var freed: Set<ContainerInstanceID> = []
    /// Where a task that found no host may find one now.
    var roomier: Set<ClusterName> = []

    var isEmpty: Bool {
        services.isEmpty && deployments.isEmpty && instances.isEmpty && freed.isEmpty && roomier.isEmpty
    }

    mutating func note(_ change: Change) {
        switch change {
        case .service(let old, let new):
            guard let id = (new ?? old)?.id else { return }
            services.insert(id)
            if old?.configuration != new?.configuration { configured.insert(id) }
        case .deployment(let old, let new): if let id = (new ?? old)?.service { services.insert(id) }
        case .taskSet(let old, let new): if let id = (new ?? old)?.service { services.insert(id) }
        case .task(let old, let new): note(old, new)
        case .containerInstance(let old, let new): note(old, new)
        case .capacityProvider, .cluster, .taskDefinition, .taskDefinitionFamily, .launch, .accessKey, .user,
            .joinToken, .runTaskToken, .accountSetting, .subnet, .addressSlice, .serviceRevision, .serviceDeployment,
            .serviceEvent, .serviceScheduling:
            break
        }
    }

    private mutating func note(_ old: TaskRecord?, _ new: TaskRecord?) {
        // Who made it knows of it; what is forgotten was STOPPED.
        guard let old, let new else { return }
        if new.lastStatus == .stopped, old.lastStatus != .stopped {
            freed.insert(new.containerInstance)
            roomier.insert(new.cluster)
        }
        guard let deployment = new.launch.deployment else { return }
        if old.lastStatus != new.lastStatus || old.desiredStatus != new.desiredStatus
            || old.healthStatus != new.healthStatus || old.protectionExpiresAt != new.protectionExpiresAt
            || old.launch.deployment != deployment
        {
            deployments.insert(deployment)
        }
    }

    private mutating func note(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        guard let instance = new ?? old else { return }
        let isSame =
            old?.status == new?.status && old?.agentConnected == new?.agentConnected
            && old?.attributes == new?.attributes && old?.cpuUnits == new?.cpuUnits
            && old?.memoryMiB == new?.memoryMiB
        guard !isSame else { return }
        instances.insert(instance.id)
        roomier.insert(instance.cluster)
    }
}
