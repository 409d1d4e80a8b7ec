package import AWSModels
package import FoundationEssentials
package import Support

/// A host that an agent registered to a cluster.
package struct ContainerInstanceRecord: StoredRecord {
    package static let kind = "containerInstance"
    package static let version = 1
    package var storeKey: String { id.rawValue }

    package enum Status: String, Codable, Sendable {
        case active = "ACTIVE"
        case draining = "DRAINING"
        case inactive = "INACTIVE"
    }

    package var id: ContainerInstanceID
    package var cluster: ClusterName
    /// Grows with every instance registered: the order of ListContainerInstances.
    package var sequence: Int
    package var status: Status
    /// Whether the agent was heard within the liveness time-out.
    package var agentConnected: Bool
    /// When `agentConnected` last changed: the `connectivityAt` of the instance's tasks.
    package var connectivityAt: Date
    /// From the identity document that ECS's own agent sends; nil for a host that has none.
    package var ec2InstanceID: String?
    /// The key that its agent signs with, revoked when the instance is deregistered; nil where the agent has none of
    /// its own.
    package var accessKeyID: String?
    package var registeredAt: Date
    package var deregisteredAt: Date?
    /// CPU units and MiB as the agent registered them.
    package var cpuUnits: Int
    package var memoryMiB: Int
    /// Host ports that no task may have.
    package var reservedTCPPorts: [Int]
    package var reservedUDPPorts: [Int]
    /// The ids of its GPUs, in the order it registered them. Nil, as in the records of earlier versions, is none.
    package var gpuIDs: [String]?
    package var attributes: [ECS.Attribute]
    package var versionInfo: ECS.VersionInfo?
    package var tags: [ECS.Tag]
    /// Nil until its agent has said.
    package var runtimeHealth: RuntimeHealthRecord?
    /// Counts every change that ECS would announce.
    package var version: Int
    // Optional, since the records of earlier versions lack it.
    /// Where other hosts send what is for its tasks; nil until its agent has said.
    package var hostAddress: IPv4Address?
    /// When its agent was last heard of, if it is not connected; nil if it is.
    package var lastHeardAt: Date?

    package init(
        id: ContainerInstanceID, cluster: ClusterName, sequence: Int, registeredAt: Date, cpuUnits: Int, memoryMiB: Int,
        reservedTCPPorts: [Int], reservedUDPPorts: [Int], attributes: [ECS.Attribute], versionInfo: ECS.VersionInfo?,
        tags: [ECS.Tag]
    ) {
        self.id = id
        self.cluster = cluster
        self.sequence = sequence
        self.registeredAt = registeredAt
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.reservedTCPPorts = reservedTCPPorts
        self.reservedUDPPorts = reservedUDPPorts
        self.attributes = attributes
        self.versionInfo = versionInfo
        self.tags = tags
        status = .active
        agentConnected = true
        connectivityAt = registeredAt
        version = 1
    }

    /// The attribute by which an agent says that it does not take dynamic ports from the usual range: `40000-40999`.
    package static let dynamicPortRangeAttribute = "ecs.capability.network.dynamic-host-port-range"

    /// The attribute that says which Auto Scaling group a host belongs to, and with it which capacity provider: EC2 knows
    /// the groups of its instances, and hosts of one's own say it.
    package static let autoScalingGroupAttribute = "stevedore.auto-scaling-group"

    /// The attribute that says for how many tasks a host has network interfaces at the same time.
    package static let interfaceLimitAttribute = "stevedore.network-interfaces"

    package var availabilityZone: String? { attribute("ecs.availability-zone") }

    package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
}
