import AWSModels
import FoundationEssentials
package import Placement

extension ContainerInstanceRecord {
    /// What placement sees of this instance; nil once it is INACTIVE.
    package var host: Host? {
        let hostStatus: HostStatus
        switch status {
        case .active: hostStatus = .active
        case .draining: hostStatus = .draining
        case .inactive: return nil
        }
        return Host(
            id: HostID(id.rawValue), cpuUnits: cpuUnits, memoryMiB: memoryMiB,
            reservedTCPPorts: reservedTCPPorts.compactMap(UInt16.init(exactly:)),
            reservedUDPPorts: reservedUDPPorts.compactMap(UInt16.init(exactly:)), gpuIDs: gpuIDs ?? [],
            interfaceLimit: attribute(Self.interfaceLimitAttribute).flatMap { Int($0) },
            dynamicPortRange: attribute(Self.dynamicPortRangeAttribute).flatMap(HostPortRange.numbers)
                ?? Host.defaultDynamicPortRange,
            attributes: attributes.compactMap { attribute in
                attribute.name.map { HostAttribute($0, attribute.value) }
            },
            availabilityZone: attribute("ecs.availability-zone") ?? "", isAgentConnected: agentConnected,
            status: hostStatus, agentVersion: versionInfo?.agentVersion, ec2InstanceID: ec2InstanceID,
            registeredAtSeconds: Int(registeredAt.timeIntervalSince1970.rounded(.down)))
    }
}
