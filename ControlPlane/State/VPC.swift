package import Support

/// The one network of an installation, from which tasks in network mode awsvpc have their addresses: the default VPC of
/// the account in the region, with a subnet for each availability zone that has hosts.
///
/// ```
/// VPC 10.192.0.0/12 ─▶ 16 subnets 10.192.0.0/16 … ─▶ slices of hosts 10.192.0.64/26 … ─▶ addresses of tasks
/// ```
package struct VPC: Sendable, Hashable {
    package static let defaultCIDR = IPv4Network(around: IPv4Address(bits: 10 << 24 | 192 << 16), prefixLength: 12)
    /// How many bits longer the prefix of a subnet is: there can be 16.
    private static let subnetBits = 4
    private static let sliceBits = 10

    package let id: String
    package let cidr: IPv4Network
    private let region: String

    /// - Returns: nil if the block is too large or too small to be divided: from /8 to /20.
    package init?(cidr: IPv4Network, region: String, accountID: String) {
        guard (8...20).contains(cidr.prefixLength) else { return nil }
        self.init(checked: cidr, region: region, accountID: accountID)
    }

    /// The one of ``defaultCIDR``.
    package init(region: String, accountID: String) {
        self.init(checked: Self.defaultCIDR, region: region, accountID: accountID)
    }

    private init(checked cidr: IPv4Network, region: String, accountID: String) {
        self.cidr = cidr
        self.region = region
        id = "vpc-" + FoldedDigits.of("\(accountID)/\(region)", count: 17)
    }

    /// What a host is in that does not say: the first of the region.
    package var defaultZone: String { "\(region)a" }

    /// The subnet of a zone that has none yet.
    ///
    /// - Parameter number: how many subnets there are already.
    /// - Returns: nil if the VPC is full.
    package func subnet(in zone: String, number: Int) -> SubnetRecord? {
        cidr.block(number, prefixLength: cidr.prefixLength + Self.subnetBits).map { block in
            SubnetRecord(
                id: SubnetID("subnet-" + FoldedDigits.of("\(id)/\(zone)", count: 17)), vpcID: id,
                availabilityZone: zone, cidr: block, vpcCIDR: cidr)
        }
    }

    /// 1024 slices a subnet, of 64 addresses in a subnet of /16; in a small one fewer, of 4 addresses.
    package static func slicePrefixLength(of subnet: IPv4Network) -> Int { min(30, subnet.prefixLength + sliceBits) }

    /// The name that ECS gives to an interface.
    ///
    /// - Source: Amazon EC2 User Guide, "EC2 instance hostnames and domains": IP names.
    package func privateDNSName(_ address: IPv4Address) -> String {
        let name = "ip-" + address.bytes.map { String($0) }.joined(separator: "-")
        return region == "us-east-1" ? "\(name).ec2.internal" : "\(name).\(region).compute.internal"
    }
}
