package import Support

/// `subnet-` and 17 hexadecimal digits.
package struct SubnetID: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ text: String) { rawValue = text }
    package var description: String { rawValue }
}

/// The part of the VPC that belongs to one availability zone. Made when the zone's first host registers, and never
/// removed.
package struct SubnetRecord: StoredRecord, Equatable {
    package static let kind = "subnet"
    package static let version = 1
    package var storeKey: String { id.rawValue }

    package var id: SubnetID
    package var vpcID: String
    package var availabilityZone: String
    package var cidr: IPv4Network
    package var vpcCIDR: IPv4Network
}

/// A part of a subnet that is one host's alone, so that one route leads to all of its tasks.
///
/// A host gets one with its first task in network mode awsvpc, another whenever those it has are full, and loses them
/// when it is INACTIVE and its last task is STOPPED.
package struct AddressSliceRecord: StoredRecord, Equatable {
    package static let kind = "addressSlice"
    package static let version = 1
    package var storeKey: String { cidr.description }

    package var cidr: IPv4Network
    package var subnet: SubnetID
    package var containerInstance: ContainerInstanceID
}

/// What a task in network mode awsvpc has: its elastic network interface. Its address is the task's until it is STOPPED.
package struct NetworkInterfaceRecord: Codable, Hashable, Sendable {
    /// A UUID.
    package var attachmentID: String
    /// `eni-` and 17 hexadecimal digits.
    package var networkInterfaceID: String
    package var subnet: SubnetID
    package var address: IPv4Address
    package var privateDNSName: String

    /// Locally administered, and as unique in the VPC as the address that it is made of.
    package var macAddress: String {
        ([0x0A, 0x58] + address.bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined(separator: ":")
    }
}
