import AWSModels
import ControlPlaneState
import Support

extension NetworkInterfaceRecord {
    /// The interface as the task's attachment.
    ///
    /// - Source: API Reference, Attachment; spec/ecs-runtime.md section 3.
    func attachment(at status: TaskStatus) -> ECS.Attachment {
        ECS.Attachment(
            details: [
                ECS.KeyValuePair(name: "subnetId", value: subnet.rawValue),
                ECS.KeyValuePair(name: "networkInterfaceId", value: networkInterfaceID),
                ECS.KeyValuePair(name: "macAddress", value: macAddress),
                ECS.KeyValuePair(name: "privateDnsName", value: privateDNSName),
                ECS.KeyValuePair(name: "privateIPv4Address", value: address.description),
            ],
            id: attachmentID, status: Self.attachmentStatus(status), type: "ElasticNetworkInterface")
    }

    /// As each container of the task shows it.
    var described: ECS.NetworkInterface {
        ECS.NetworkInterface(attachmentId: attachmentID, privateIpv4Address: address.description)
    }

    /// The interface is made before the task's containers, and goes after them.
    private static func attachmentStatus(_ status: TaskStatus) -> String {
        switch status {
        case .provisioning: "PRECREATED"
        case .pending: "ATTACHING"
        case .activating, .running, .deactivating, .stopping: "ATTACHED"
        case .deprovisioning: "DETACHING"
        case .stopped: "DETACHED"
        }
    }
}
