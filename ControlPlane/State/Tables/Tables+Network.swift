package import Support

/// How hosts and tasks come to have a part of the VPC, and lose it.
extension Tables {
    /// Makes the subnet of the host's availability zone if there is none.
    ///
    /// - Returns: nil if the VPC has no room for another zone.
    package mutating func subnet(of instance: ContainerInstanceRecord, in vpc: VPC) -> SubnetRecord? {
        let zone = instance.attribute("ecs.availability-zone") ?? vpc.defaultZone
        if let subnet = networks.subnet(in: zone) { return subnet }
        guard let subnet = vpc.subnet(in: zone, number: networks.subnetCount) else { return nil }
        put(subnet)
        return subnet
    }

    /// An interface for a task that is to be put in this transaction, on a host that was placed; nil if the host's
    /// subnet has no address left.
    package mutating func makeInterface(
        on instance: ContainerInstanceRecord, in vpc: VPC, random: RandomSource
    ) -> NetworkInterfaceRecord? {
        guard let subnet = subnet(of: instance, in: vpc), let address = address(on: instance, in: subnet) else {
            return nil
        }
        return NetworkInterfaceRecord(
            attachmentID: random.uuid(), networkInterfaceID: "eni-" + random.hex32().prefix(17), subnet: subnet.id,
            address: address, privateDNSName: vpc.privateDNSName(address))
    }

    private mutating func address(
        on instance: ContainerInstanceRecord, in subnet: SubnetRecord
    ) -> IPv4Address? {
        for slice in networks.slices(of: instance.id) where slice.subnet == subnet.id {
            if let address = networks.freeAddress(in: slice) { return address }
        }
        // A slice has a usable address, but where the subnet's own, first and last ones fill it.
        while let slice = networks.freeSlice(of: subnet, for: instance.id) {
            put(slice)
            if let address = networks.freeAddress(in: slice) { return address }
        }
        return nil
    }

    /// A host has as many addresses as it wants until its subnet has no more slices to give; then each has what it has.
    mutating func limitInterfaces(afterChangeOf slice: AddressSliceRecord, wasFull: Bool) {
        let isFull = networks.isFull(slice.subnet)
        if isFull == wasFull {
            if isFull, let instance = containerInstances[slice.containerInstance] { limitInterfaces(of: instance) }
            return
        }
        for instance in containerInstances.registered where instance.attribute("ecs.subnet-id") == slice.subnet.rawValue {
            limitInterfaces(of: instance)
        }
    }

    /// Gives back the slices of a host that is gone, once no task has an address of them.
    mutating func returnSlices(of id: ContainerInstanceID) {
        guard tasks.assigned(to: id).isEmpty, (containerInstances[id]?.status ?? .inactive) == .inactive else { return }
        for slice in networks.slices(of: id) { remove(slice) }
    }
}
