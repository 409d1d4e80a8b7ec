import AgentProtocol
import ControlPlaneState
import Support

/// Tells every host where the tasks of the others are.
extension AgentGateway {
    func tellAll(of slice: AddressSliceRecord) {
        for session in registry.all where session.instance != slice.containerInstance { session.note(slice.cidr) }
    }

    /// All slices of other hosts.
    func network(of instance: ContainerInstanceID, in tables: borrowing Tables) -> NetworkMessage {
        var message = NetworkMessage(isComplete: true, vpcCIDR: vpc.cidr.description, slices: [])
        for slice in tables.networks.allSlices where slice.containerInstance != instance {
            message.slices.append(Self.told(slice, in: tables))
        }
        return message
    }

    /// These slices as they are now, as far as they are not the host's own.
    func network(
        _ cidrs: Set<IPv4Network>, of instance: ContainerInstanceID, in tables: borrowing Tables
    ) -> NetworkMessage {
        var message = NetworkMessage(isComplete: false, vpcCIDR: vpc.cidr.description, slices: [])
        for cidr in cidrs {
            if let slice = tables.networks[slice: cidr], slice.containerInstance != instance {
                message.slices.append(Self.told(slice, in: tables))
            } else {
                message.removedCIDRs.append(cidr.description)
            }
        }
        return message
    }

    private static func told(_ slice: AddressSliceRecord, in tables: borrowing Tables) -> NetworkMessage.Slice {
        NetworkMessage.Slice(
            cidr: slice.cidr.description,
            hostAddress: tables.containerInstances[slice.containerInstance]?.hostAddress?.description)
    }

    /// Remembers where a host says that its tasks are reached.
    func note(hostAddress text: String?, of instance: ContainerInstanceRecord) async throws(GatewayRefusal) {
        guard let text else { return }
        guard let address = IPv4Address(text), address.isOfHost else {
            throw .invalid("\"\(text.prefix(60))\" is not the IPv4 address of a host")
        }
        guard instance.hostAddress != address else { return }
        do {
            try await state.transact { tx in
                guard var record = tx.containerInstances[instance.id] else { return }
                record.hostAddress = address
                tx.put(record)
            }
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
