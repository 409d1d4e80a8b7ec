import AWSModels
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
    /// For tasks that found no host.
    var gains: [ClusterName: PlacementGains] = [:]
    /// Whether addresses of some subnet, which all clusters share, are there for other hosts.
    var hasAddresses = false

    var isEmpty: Bool {
        services.isEmpty && deployments.isEmpty && instances.isEmpty && freed.isEmpty && gains.isEmpty && !hasAddresses
    }

    /// Nil if there are none.
    func gains(in cluster: ClusterName) -> PlacementGains? {
        guard hasAddresses else { return gains[cluster] }
        var gains = gains[cluster] ?? PlacementGains()
        gains.hasAddresses = true
        return gains
    }

    mutating func note(_ change: Change) {
        switch change {
        case .service(let old, let new):
            guard let id = (new ?? old)?.id else { return }
            services.insert(id)
            // More tasks may have other shares of capacity providers.
            if old?.configuration != new?.configuration || old?.desiredCount != new?.desiredCount {
                configured.insert(id)
            }
        case .deployment(let old, let new): if let id = (new ?? old)?.service { services.insert(id) }
        case .taskSet(let old, let new): if let id = (new ?? old)?.service { services.insert(id) }
        case .task(let old, let new): note(old, new)
        case .containerInstance(let old, let new): note(old, new)
        case .addressSlice(_, let new): if new == nil { hasAddresses = true }
        case .capacityProvider, .cluster, .taskDefinition, .taskDefinitionFamily, .launch, .accessKey, .user,
            .joinToken, .runTaskToken, .accountSetting, .subnet, .serviceRevision, .serviceDeployment, .serviceEvent,
            .serviceScheduling:
            break
        }
    }

    private mutating func note(_ old: TaskRecord?, _ new: TaskRecord?) {
        // What is forgotten was STOPPED.
        guard let new else { return }
        guard let old else {
            // Its service knows of it: who made it did.
            gains[new.cluster, default: PlacementGains()].populated.insert(new.containerInstance)
            return
        }
        if new.lastStatus != old.lastStatus || new.desiredStatus != old.desiredStatus { noteGains(old, new) }
        guard let deployment = new.launch.deployment else { return }
        if old.lastStatus != new.lastStatus || old.desiredStatus != new.desiredStatus
            || old.healthStatus != new.healthStatus || old.protectionExpiresAt != new.protectionExpiresAt
            || old.launch.deployment != deployment
        {
            deployments.insert(deployment)
        }
    }

    private mutating func noteGains(_ old: TaskRecord, _ new: TaskRecord) {
        let hasStopped = new.lastStatus == .stopped && old.lastStatus != .stopped
        if hasStopped { freed.insert(new.containerInstance) }
        // What is to stop counts no more for constraints.
        if hasStopped || (new.desiredStatus == .stopped && old.desiredStatus != .stopped) {
            gains[new.cluster, default: PlacementGains()].roomier.insert(new.containerInstance)
            if let deployment = new.launch.deployment {
                gains[new.cluster, default: PlacementGains()].deployments.insert(deployment)
            }
        } else if new.lastStatus == .running, old.lastStatus != .running {
            gains[new.cluster, default: PlacementGains()].populated.insert(new.containerInstance)
        }
    }

    private mutating func note(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        guard let instance = new ?? old else { return }
        let isSame =
            old?.status == new?.status && old?.agentConnected == new?.agentConnected
            && old?.attributes == new?.attributes && old?.cpuUnits == new?.cpuUnits
            && old?.memoryMiB == new?.memoryMiB && old?.gpuIDs == new?.gpuIDs
            && old?.reservedTCPPorts == new?.reservedTCPPorts && old?.reservedUDPPorts == new?.reservedUDPPorts
            && old?.versionInfo?.agentVersion == new?.versionInfo?.agentVersion
        guard !isSame else { return }
        instances.insert(instance.id)
        gains[instance.cluster, default: PlacementGains()].roomier.insert(instance.id)
        gains[instance.cluster, default: PlacementGains()].hasOtherInstances = true
    }
}
