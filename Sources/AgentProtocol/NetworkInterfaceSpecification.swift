/// The elastic network interface that the control plane gave to a task in network mode awsvpc.
package struct NetworkInterfaceSpecification: Codable, Sendable, Hashable {
    /// The id of the attachment (a UUID), as DescribeTasks shows it.
    package var attachmentID: String
    /// `eni-` and hexadecimal digits.
    package var networkInterfaceID: String
    package var macAddress: String
    package var privateIPv4Address: String
    /// `10.0.0.0/20`
    package var subnetCIDR: String
    /// The subnet's first address, the next hop of everything that the task sends.
    package var gatewayIPv4Address: String
    package var subnetID: String
    package var vpcID: String
    /// What is outside of it is reached with the host's own address.
    package var vpcCIDR: String
    package var privateDNSName: String

    package init(
        attachmentID: String, networkInterfaceID: String, macAddress: String, privateIPv4Address: String,
        subnetCIDR: String, gatewayIPv4Address: String, subnetID: String, vpcID: String, vpcCIDR: String,
        privateDNSName: String
    ) {
        self.attachmentID = attachmentID
        self.networkInterfaceID = networkInterfaceID
        self.macAddress = macAddress
        self.privateIPv4Address = privateIPv4Address
        self.subnetCIDR = subnetCIDR
        self.gatewayIPv4Address = gatewayIPv4Address
        self.subnetID = subnetID
        self.vpcID = vpcID
        self.vpcCIDR = vpcCIDR
        self.privateDNSName = privateDNSName
    }
}
