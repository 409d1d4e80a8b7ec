/// The container instances of one cluster, what their tasks hold, and where the next task can go.
///
/// One index a cluster, kept up to date by the transactions of the control plane: a change of a host or a task is one
/// call here, and no placement looks at a table. Pure: no clock, no I/O, randomness is passed in; the same calls in the
/// same order with the same generator give the same answers, for no order of a dictionary or set reaches a decision.
///
/// ## How a host is found
/// Hosts live in dense slots, and each has a position in its availability zone. A zone keeps 16-wide trees of the most
/// free CPU and memory over its positions (`Zone`), so a search skips whole runs of hosts that are full, draining or
/// without an agent. `random` first tries a few hosts blindly. `spread` over instances walks the zone's trees together
/// with a tree of the group's own task counts (`TaskCounts`). Ports and attributes are checked at the leaf (`HostFilters`).
///
/// ## What it promises
/// No placement or reservation takes more CPU or memory than a host has left, or a port or GPU that anyone holds there.
/// Only `restore`, and a host that registers again with less, can show a host as holding more than it has:
/// the records are the truth, and such a host simply gets nothing more.
///
/// A copy of the index is cheap, but the first change after it copies what both shared: keep no copy across changes.
package struct HostIndex: Sendable {
    /// A host, or a vacant slot. What every search reads comes first.
    struct HostSlot: Sendable {
        var isOccupied = true
        var zone: Int
        var position: Int
        /// Registered minus reserved; negative on a host that holds more than it has.
        var freeCPUUnits: Int
        var freeMemoryMiB: Int
        var ports = HostPorts()
        var attributes: [Int32] = []
        /// Numbers in `HostIndex.reservations`, in no order.
        var reservations: [Int32] = []
        var host: Host
        var gpus = HostGPUs()
    }

    /// ECS: a container instance has at most 100 reserved and static ports, TCP and UDP together. Dynamic ports do not count.
    package let staticPortLimit: Int

    var slots: [HostSlot] = []
    var slotOfHost: [HostID: Int] = [:]
    private var vacantSlots: [Int] = []

    var zones: [Zone] = []
    private var zoneOfName: [String: Int] = [:]
    /// `zones.indices`, at hand for searches of the whole cluster.
    private(set) var allZones: [Int] = []

    var attributeTable = AttributeTable()

    var reservations = ReservationTable()

    var groups: [GroupTally] = []
    var vacantGroups: [Int] = []
    var groupOfName: [String: Int] = [:]

    package init(staticPortLimit: Int = 100) {
        self.staticPortLimit = staticPortLimit
    }

    /// Registers a host, or registers it again: totals, ports, attributes and zone are replaced, and what its tasks hold stands.
    package mutating func upsert(_ host: Host) {
        if let slot = slotOfHost[host.id] {
            replace(slot: slot, with: host)
        } else {
            insert(host)
        }
    }

    /// Forgets a host, and the reservations on it with it.
    ///
    /// - Returns: the tasks that were on it, ascending; releasing them later is harmless. Empty for an unknown host.
    @discardableResult
    package mutating func remove(_ id: HostID) -> [TaskID] {
        guard let slot = slotOfHost[id] else { return [] }
        let tasks = tasks(on: id)
        for task in tasks { release(task) }
        zones[slots[slot].zone].remove(position: slots[slot].position)
        attributeTable.release(slots[slot].attributes)
        slots[slot].attributes = []
        slots[slot].isOccupied = false
        slotOfHost[id] = nil
        vacantSlots.append(slot)
        return tasks
    }

    /// A disconnected host gets no new tasks and keeps its reservations.
    ///
    /// - Returns: whether the host is known.
    @discardableResult
    package mutating func setAgentConnected(_ isConnected: Bool, on id: HostID) -> Bool {
        guard let slot = slotOfHost[id] else { return false }
        slots[slot].host.isAgentConnected = isConnected
        refreshCapacity(slot: slot)
        return true
    }

    /// A DRAINING host gets no new tasks and keeps its reservations.
    ///
    /// - Returns: whether the host is known.
    @discardableResult
    package mutating func setStatus(_ status: HostStatus, on id: HostID) -> Bool {
        guard let slot = slotOfHost[id] else { return false }
        slots[slot].host.status = status
        refreshCapacity(slot: slot)
        return true
    }

    /// Replaces all attributes of a host. Its zone is not among them: `upsert` moves a host.
    ///
    /// - Returns: whether the host is known.
    @discardableResult
    package mutating func setAttributes(_ attributes: [HostAttribute], on id: HostID) -> Bool {
        guard let slot = slotOfHost[id] else { return false }
        slots[slot].host.attributes = attributes
        // Retained before released, so that numbers that stay do not change hands.
        let numbers = attributeTable.retain(attributes)
        attributeTable.release(slots[slot].attributes)
        slots[slot].attributes = numbers
        return true
    }

    // MARK: Upkeep

    private mutating func insert(_ host: Host) {
        let zone = zoneIndex(host.availabilityZone)
        var record = HostSlot(
            zone: zone, position: 0, freeCPUUnits: host.cpuUnits, freeMemoryMiB: host.memoryMiB, host: host)
        record.attributes = attributeTable.retain(host.attributes)
        record.ports.reserveForHost(tcp: host.reservedTCPPorts, udp: host.reservedUDPPorts)
        record.gpus.register(host.gpuIDs)
        let slot: Int
        if let reused = vacantSlots.popLast() {
            slot = reused
            slots[slot] = record
        } else {
            slot = slots.count
            slots.append(record)
        }
        slots[slot].position = zones[zone].add(slot: slot)
        slotOfHost[host.id] = slot
        refreshCapacity(slot: slot)
    }

    private mutating func replace(slot: Int, with host: Host) {
        let old = slots[slot].host
        setAttributes(host.attributes, on: host.id)
        slots[slot].host = host
        slots[slot].freeCPUUnits += host.cpuUnits - old.cpuUnits
        slots[slot].freeMemoryMiB += host.memoryMiB - old.memoryMiB
        slots[slot].ports.reserveForHost(tcp: host.reservedTCPPorts, udp: host.reservedUDPPorts)
        slots[slot].gpus.register(host.gpuIDs)
        if host.availabilityZone != old.availabilityZone { move(slot: slot, toZone: host.availabilityZone) }
        refreshCapacity(slot: slot)
    }

    /// The groups' counts move with the host.
    private mutating func move(slot: Int, toZone name: String) {
        for number in slots[slot].reservations { tally(-1, group: Int(reservations[number].group), slot: slot) }
        zones[slots[slot].zone].remove(position: slots[slot].position)
        let zone = zoneIndex(name)
        slots[slot].zone = zone
        slots[slot].position = zones[zone].add(slot: slot)
        for number in slots[slot].reservations { tally(1, group: Int(reservations[number].group), slot: slot) }
    }

    private mutating func zoneIndex(_ name: String) -> Int {
        if let zone = zoneOfName[name] { return zone }
        zones.append(Zone(name: name))
        zoneOfName[name] = zones.count - 1
        allZones.append(zones.count - 1)
        return zones.count - 1
    }

    /// Brings the zone's trees up to date with a host's state and free resources.
    mutating func refreshCapacity(slot: Int) {
        let zone = slots[slot].zone
        let position = slots[slot].position
        // Field by field: a computed property of the record would copy it, with a reference count for each of its lists.
        if slots[slot].host.isAgentConnected && slots[slot].host.status == .active {
            zones[zone].setFree(
                cpuUnits: slots[slot].freeCPUUnits, memoryMiB: slots[slot].freeMemoryMiB, position: position)
        } else {
            zones[zone].makeUnavailable(position: position)
        }
    }

    /// Counts a task of a group in or out (1 or -1) where its host is.
    mutating func tally(_ change: Int, group: Int, slot: Int) {
        let zone = slots[slot].zone
        groups[group].add(change, zone: zone, position: slots[slot].position, capacity: zones[zone].capacity)
    }
}
