/// What a task holds on its host from placement until it is STOPPED. Worth keeping in the task's record: `restore` wants it back.
package struct Reservation: Hashable, Sendable {
    package var cpuUnits: Int
    package var memoryMiB: Int
    /// Picked by the index: as many TCP ports as were asked for, then the UDP ones.
    /// The caller hands them to its port mappings with `hostPort` 0, in the mappings' order.
    package var dynamicPorts: [HostPort]
    /// One list for all that few tasks have: a cluster has millions of reservations, and with it the index's entry of
    /// one is 72 bytes.
    private var rarities: [Rarity]

    package init(
        cpuUnits: Int, memoryMiB: Int, staticPorts: [HostPort] = [], dynamicPorts: [HostPort] = [],
        portRanges: [HostPortRange] = [], gpuIDs: [String] = []
    ) {
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.dynamicPorts = dynamicPorts
        rarities =
            staticPorts.isEmpty && portRanges.isEmpty && gpuIDs.isEmpty
            ? []
            : staticPorts.map { .staticPort($0) } + portRanges.map { .portRange($0) } + gpuIDs.map { .gpu($0) }
    }

    private enum Rarity: Hashable, Sendable {
        case staticPort(HostPort)
        case portRange(HostPortRange)
        case gpu(String)
    }

    /// Whether there are static ports, ranges of ports or GPUs.
    package var hasRarities: Bool { !rarities.isEmpty }

    /// The demand's static ports, in its order.
    package var staticPorts: [HostPort] {
        rarities.compactMap { if case .staticPort(let port) = $0 { port } else { nil } }
    }

    /// Picked by the index: one for each of the demand's, in its order.
    package var portRanges: [HostPortRange] {
        rarities.compactMap { if case .portRange(let range) = $0 { range } else { nil } }
    }

    /// Picked by the index. The caller hands them to its containers, in the containers' order.
    package var gpuIDs: [String] {
        rarities.compactMap { if case .gpu(let id) = $0 { id } else { nil } }
    }

    /// Puts a range in the place of another.
    ///
    /// - Returns: whether the task holds the old one.
    @discardableResult
    package mutating func replace(_ old: HostPortRange, with new: HostPortRange) -> Bool {
        guard let index = rarities.firstIndex(of: .portRange(old)) else { return false }
        rarities[index] = .portRange(new)
        return true
    }

    /// Whether the task holds this port, by whatever name it asked for it.
    func holds(_ port: HostPort) -> Bool {
        dynamicPorts.contains(port)
            || rarities.contains { rarity in
                switch rarity {
                case .staticPort(let other): other == port
                case .portRange(let range): range.contains(port)
                case .gpu: false
                }
            }
    }
}

/// Few tasks have ranges or GPUs, and the records of earlier versions have no such members: an empty list is left out.
extension Reservation: Codable {
    private enum CodingKeys: CodingKey {
        case cpuUnits, memoryMiB, staticPorts, dynamicPorts, portRanges, gpuIDs
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            cpuUnits: try values.decode(Int.self, forKey: .cpuUnits),
            memoryMiB: try values.decode(Int.self, forKey: .memoryMiB),
            staticPorts: try values.decode([HostPort].self, forKey: .staticPorts),
            dynamicPorts: try values.decode([HostPort].self, forKey: .dynamicPorts),
            portRanges: try values.decodeIfPresent([HostPortRange].self, forKey: .portRanges) ?? [],
            gpuIDs: try values.decodeIfPresent([String].self, forKey: .gpuIDs) ?? [])
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(cpuUnits, forKey: .cpuUnits)
        try values.encode(memoryMiB, forKey: .memoryMiB)
        try values.encode(staticPorts, forKey: .staticPorts)
        try values.encode(dynamicPorts, forKey: .dynamicPorts)
        guard hasRarities else { return }
        if !portRanges.isEmpty { try values.encode(portRanges, forKey: .portRanges) }
        if !gpuIDs.isEmpty { try values.encode(gpuIDs, forKey: .gpuIDs) }
    }
}

/// A task on a host, with what it holds there.
package struct Placement: Hashable, Sendable {
    package let task: TaskID
    package let host: HostID
    /// ECS's task group (`family:web`, `service:web`, or what the caller of RunTask said): what spread counts.
    package let group: String
    package var reservation: Reservation
    /// Whether it has one of the network interfaces that the host can give.
    package let holdsInterface: Bool

    package init(
        task: TaskID, host: HostID, group: String, reservation: Reservation, holdsInterface: Bool = false
    ) {
        self.task = task
        self.host = host
        self.group = group
        self.reservation = reservation
        self.holdsInterface = holdsInterface
    }
}

/// What DescribeContainerInstances reports as `remainingResources`, and more.
package struct RemainingResources: Hashable, Sendable {
    /// Registered minus reserved. Negative if the host registered again with less than its tasks hold.
    package var cpuUnits: Int
    package var memoryMiB: Int
    /// Used TCP ports as ECS lists them: the host's reserved ones and its tasks' static ones, ascending.
    package var usedTCPPorts: [UInt16]
    package var usedUDPPorts: [UInt16]
    /// Ports given to mappings with `hostPort` 0 and to `containerPortRange`s, ascending. ECS does not list them.
    package var dynamicTCPPorts: [UInt16]
    package var dynamicUDPPorts: [UInt16]
    /// GPUs that no task has, in the host's order.
    package var freeGPUIDs: [String]
    /// Tasks that hold a reservation.
    package var reservationCount: Int

    package init(
        cpuUnits: Int, memoryMiB: Int, usedTCPPorts: [UInt16], usedUDPPorts: [UInt16],
        dynamicTCPPorts: [UInt16], dynamicUDPPorts: [UInt16], freeGPUIDs: [String] = [], reservationCount: Int
    ) {
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.usedTCPPorts = usedTCPPorts
        self.usedUDPPorts = usedUDPPorts
        self.dynamicTCPPorts = dynamicTCPPorts
        self.dynamicUDPPorts = dynamicUDPPorts
        self.freeGPUIDs = freeGPUIDs
        self.reservationCount = reservationCount
    }
}
