import AgentProtocol
import ControlPlaneState
import Support

extension TaskAssignment {
    /// The interface of a task in network mode awsvpc.
    mutating func takeNetworkInterface(of task: TaskRecord, in subnet: SubnetRecord?) {
        guard let interface = task.networkInterface, let subnet, let gateway = subnet.cidr[1] else { return }
        networkInterface = NetworkInterfaceSpecification(
            attachmentID: interface.attachmentID, networkInterfaceID: interface.networkInterfaceID,
            macAddress: interface.macAddress, privateIPv4Address: interface.address.description,
            subnetCIDR: subnet.cidr.description, gatewayIPv4Address: gateway.description,
            subnetID: subnet.id.rawValue, vpcID: subnet.vpcID, vpcCIDR: subnet.vpcCIDR.description,
            privateDNSName: interface.privateDNSName)
    }
}
