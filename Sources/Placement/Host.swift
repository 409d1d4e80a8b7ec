/// Whether a container instance takes new tasks. Raw values are ECS's.
package enum HostStatus: String, Hashable, Sendable {
    case active = "ACTIVE"
    case draining = "DRAINING"
}

/// An attribute of a container instance, or one that a task requires. The value is optional in ECS.
package struct HostAttribute: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// On a host: nil for an attribute without a value. In a requirement: nil asks for the name alone.
    package let value: String?

    package init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    package var description: String {
        guard let value else { return name }
        return "\(name)=\(value)"
    }
}

/// A container instance as it registered: what it has, not what is left of it.
package struct Host: Hashable, Sendable {
    /// Linux's default range for ports that the system picks, and the ECS agent's.
    package static let defaultDynamicPortRange: ClosedRange<UInt16> = 32768...60999
    package static let availabilityZoneAttribute = "ecs.availability-zone"

    package let id: HostID
    /// Registered resource `CPU`; 1024 units are one vCPU.
    package var cpuUnits: Int
    /// Registered resource `MEMORY`.
    package var memoryMiB: Int
    /// Registered resource `PORTS`: TCP ports that no task may have (22, 2375, 51678, …). Any order.
    package var reservedTCPPorts: [UInt16]
    /// Registered resource `PORTS_UDP`.
    package var reservedUDPPorts: [UInt16]
    /// Registered resource `GPU`: the ids of its devices, each once. Tasks get them in this order.
    package var gpuIDs: [String]
    /// Network interfaces that it can give to tasks at the same time; nil if it does not say.
    package var interfaceLimit: Int?
    /// Where ports for `hostPort` 0 and for `containerPortRange`s come from.
    package var dynamicPortRange: ClosedRange<UInt16>
    /// Attributes, `ecs.os-type`, `ecs.cpu-architecture` and the capabilities among them. The last of two equal names wins.
    package var attributes: [HostAttribute]
    /// Attribute `ecs.availability-zone`, of which it need not be among `attributes`. Hosts with the empty name share a
    /// bucket of their own in a spread.
    package var availabilityZone: String
    package var isAgentConnected: Bool
    package var status: HostStatus
    /// What only the cluster query language asks for.
    package var agentVersion: String?
    package var ec2InstanceID: String?
    package var registeredAtSeconds: Int

    package init(
        id: HostID, cpuUnits: Int, memoryMiB: Int,
        reservedTCPPorts: [UInt16] = [], reservedUDPPorts: [UInt16] = [], gpuIDs: [String] = [],
        interfaceLimit: Int? = nil, dynamicPortRange: ClosedRange<UInt16> = Host.defaultDynamicPortRange,
        attributes: [HostAttribute] = [], availabilityZone: String = "",
        isAgentConnected: Bool = true, status: HostStatus = .active,
        agentVersion: String? = nil, ec2InstanceID: String? = nil, registeredAtSeconds: Int = 0
    ) {
        self.id = id
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.reservedTCPPorts = reservedTCPPorts
        self.reservedUDPPorts = reservedUDPPorts
        self.gpuIDs = gpuIDs
        self.interfaceLimit = interfaceLimit
        self.dynamicPortRange = dynamicPortRange
        self.attributes = attributes
        self.availabilityZone = availabilityZone
        self.isAgentConnected = isAgentConnected
        self.status = status
        self.agentVersion = agentVersion
        self.ec2InstanceID = ec2InstanceID
        self.registeredAtSeconds = registeredAtSeconds
    }
}
