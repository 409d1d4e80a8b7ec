package import Support

/// Subnets, the slices that hosts have of them, and which addresses are some task's.
package struct NetworkTable: Sendable {
    private var subnets: [SubnetID: SubnetRecord] = [:]
    private var subnetByZone: [String: SubnetID] = [:]
    private var slices: [IPv4Network: AddressSliceRecord] = [:]
    private var slicesByInstance: [ContainerInstanceID: Set<IPv4Network>] = [:]
    private var sliceCounts: [SubnetID: Int] = [:]
    private var addresses: Set<IPv4Address> = []
    /// Where the search for a free slice, or a free address of a slice, goes on: what was given back is given out as
    /// late as possible. A hint, so that neither a restart nor an undone transaction matters to it.
    private var nextSlice: [SubnetID: Int] = [:]
    private var nextAddress: [IPv4Network: Int] = [:]

    package var subnetCount: Int { subnets.count }

    package subscript(id: SubnetID) -> SubnetRecord? { subnets[id] }

    package func subnet(in zone: String) -> SubnetRecord? { subnetByZone[zone].flatMap { subnets[$0] } }

    package subscript(slice cidr: IPv4Network) -> AddressSliceRecord? { slices[cidr] }

    package var allSlices: [AddressSliceRecord] { Array(slices.values) }

    /// Those of a container instance, in the order of their addresses.
    package func slices(of instance: ContainerInstanceID) -> [AddressSliceRecord] {
        (slicesByInstance[instance] ?? []).sorted { $0.address < $1.address }.compactMap { slices[$0] }
    }

    /// A subnet that was made for another block than this; nil if there is none.
    package func subnetForeign(to vpc: VPC) -> SubnetRecord? { subnets.values.first { $0.vpcCIDR != vpc.cidr } }

    /// Whether every slice of the subnet is some host's.
    func isFull(_ id: SubnetID) -> Bool {
        guard let subnet = subnets[id] else { return false }
        let count = 1 << (VPC.slicePrefixLength(of: subnet.cidr) - subnet.cidr.prefixLength)
        return sliceCounts[id, default: 0] >= count
    }

    /// Addresses of a host's slices that tasks may have, whether they do or not.
    func usableAddressCount(of instance: ContainerInstanceID) -> Int {
        slices(of: instance).reduce(0) { sum, slice in
            guard let subnet = subnets[slice.subnet]?.cidr else { return sum }
            let first = Int(slice.cidr.address.bits - subnet.address.bits)
            let usable = Self.usable(in: subnet)
            return sum + max(0, min(usable.upperBound, first + slice.cidr.count) - max(usable.lowerBound, first))
        }
    }

    // MARK: Choosing

    /// An address of the slice that no task has; nil if there is none.
    ///
    /// A subnet's first four and last one are nobody's, as in a VPC: its own, the gateway's, and those that AWS keeps.
    mutating func freeAddress(in slice: AddressSliceRecord) -> IPv4Address? {
        guard let subnet = subnets[slice.subnet]?.cidr else { return nil }
        let usable = Self.usable(in: subnet)
        let start = nextAddress[slice.cidr, default: 0]
        for offset in 0..<slice.cidr.count {
            let number = (start + offset) % slice.cidr.count
            guard let address = slice.cidr[number], !addresses.contains(address),
                usable.contains(Int(address.bits - subnet.address.bits))
            else { continue }
            nextAddress[slice.cidr] = number + 1
            return address
        }
        return nil
    }

    /// A slice of the subnet that no host has; nil if there is none.
    mutating func freeSlice(of subnet: SubnetRecord, for instance: ContainerInstanceID) -> AddressSliceRecord? {
        let length = VPC.slicePrefixLength(of: subnet.cidr)
        let count = 1 << (length - subnet.cidr.prefixLength)
        let start = nextSlice[subnet.id, default: 0]
        for offset in 0..<count {
            let number = (start + offset) % count
            guard let cidr = subnet.cidr.block(number, prefixLength: length), slices[cidr] == nil else { continue }
            nextSlice[subnet.id] = number + 1
            return AddressSliceRecord(cidr: cidr, subnet: subnet.id, containerInstance: instance)
        }
        return nil
    }

    private static func usable(in subnet: IPv4Network) -> Range<Int> { 4..<(subnet.count - 1) }

    // MARK: Keeping in step

    mutating func replace(_ old: SubnetRecord?, _ new: SubnetRecord?) {
        if let old {
            subnets[old.id] = nil
            subnetByZone[old.availabilityZone] = nil
        }
        if let new {
            subnets[new.id] = new
            subnetByZone[new.availabilityZone] = new.id
        }
    }

    mutating func replace(_ old: AddressSliceRecord?, _ new: AddressSliceRecord?) {
        if let old {
            slices[old.cidr] = nil
            sliceCounts[old.subnet, default: 0] -= 1
            var others = slicesByInstance[old.containerInstance] ?? []
            others.remove(old.cidr)
            slicesByInstance[old.containerInstance] = others.isEmpty ? nil : others
        }
        if let new {
            slices[new.cidr] = new
            sliceCounts[new.subnet, default: 0] += 1
            slicesByInstance[new.containerInstance, default: []].insert(new.cidr)
        }
    }

    /// A task has its address until it is STOPPED.
    mutating func replace(_ old: TaskRecord?, _ new: TaskRecord?) {
        let before = Self.address(old)
        let after = Self.address(new)
        guard before != after else { return }
        if let before { addresses.remove(before) }
        if let after { addresses.insert(after) }
    }

    private static func address(_ task: TaskRecord?) -> IPv4Address? {
        task.flatMap { $0.lastStatus == .stopped ? nil : $0.networkInterface?.address }
    }
}
