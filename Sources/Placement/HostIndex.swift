/// The container instances of one cluster, what their tasks hold, and where the next task can go.
///
/// One index a cluster, kept up to date by the transactions of the control plane: a change of a host or a task is one
/// call here, and no placement looks at a table. Pure: no clock, no I/O, randomness is passed in; the same calls in the
/// same order with the same generator give the same answers, for no order of a dictionary or set reaches a decision.
///
/// ## How a host is found
/// Requests that ask the same of hosts share a pool (`Pool`): the hosts that meet their constraints, in buckets by the
/// attributes that they spread over. A pool reads which hosts have changed (`HostJournal`) when it is used. Strategies become a plan
/// (`SearchPlan`) of at most three steps: the buckets with the fewest tasks of the group, then within them `random`, which
/// tries a few hosts blindly, `spread` over instances, which walks trees of free resources together with a tree of the
/// group's own counts (`LeastLoadedSearch`), or `binpack`, which reads hosts in the order of what they have left
/// (`OrderedHosts`). What changes with every task and few tasks ask for is checked at the leaf (`HostFilters`).
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
        /// ACTIVE, and its agent is connected.
        var isAvailable: Bool
        /// Another one whenever anything but its tasks and its availability has changed.
        var revision: Int32
        /// Registered minus reserved; negative on a host that holds more than it has.
        var freeCPUUnits: Int
        var freeMemoryMiB: Int
        /// A number in `HostIndex.reservations`, from which the older ones are found; -1 for none.
        var newestReservation: Int32 = -1
        var reservationCount: Int32 = 0
        /// Its id comes first: what every placement touches is in 64 bytes.
        var host: Host
        var attributes: [Int32] = []
        var ports = HostPorts()
        var gpus = HostGPUs()
        /// Network interfaces for which the host's subnet has addresses, those of its tasks among them; nil is any number.
        var addressLimit: Int?
        var interfaceCount = 0
        /// Tasks that run, as the state knows it: an index does not.
        var runningTaskCount = 0
    }

    /// ECS: a container instance has at most 100 reserved and static ports, TCP and UDP together. Dynamic ports do not count.
    package let staticPortLimit: Int

    var slots: [HostSlot] = []
    var slotOfHost: [HostID: Int] = [:]
    private var vacantSlots: [Int] = []

    var pools: [Pool] = []
    var poolOfKey: [Pool.Key: Int] = [:]
    var poolUses = 0
    var journal = HostJournal()
    /// Who has ``HostsByCount``, the oldest first.
    var haveHostsByCount: [(group: Int, generation: Int)] = []
    private var lastRevision: Int32 = 0

    var attributeTable = AttributeTable()

    var reservations = ReservationTable()

    var groups: [GroupTally] = []
    var vacantGroups: [Int] = []
    var groupOfName: [String: Int] = [:]

    /// Passing by a host takes nanoseconds; putting it in order takes this many times as long. See ``HostsByCount``.
    let orderingCost: Int

    package init(staticPortLimit: Int = 100, orderingCost: Int = 32) {
        self.staticPortLimit = staticPortLimit
        self.orderingCost = orderingCost
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
        attributeTable.release(slots[slot].attributes)
        slots[slot].attributes = []
        slots[slot].isOccupied = false
        revise(slot: slot)
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
        slots[slot].isAvailable = slots[slot].host.isAvailable
        note(slot: slot)
        return true
    }

    /// A DRAINING host gets no new tasks and keeps its reservations.
    ///
    /// - Returns: whether the host is known.
    @discardableResult
    package mutating func setStatus(_ status: HostStatus, on id: HostID) -> Bool {
        guard let slot = slotOfHost[id] else { return false }
        slots[slot].host.status = status
        slots[slot].isAvailable = slots[slot].host.isAvailable
        note(slot: slot)
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
        revise(slot: slot)
        return true
    }

    /// Says for how many network interfaces of its tasks a host's subnet has addresses; nil is for any number.
    package mutating func setAddressLimit(_ limit: Int?, on id: HostID) {
        guard let slot = slotOfHost[id], slots[slot].addressLimit != limit else { return }
        slots[slot].addressLimit = limit
    }

    /// Says how many tasks run on a host, for expressions with `runningTasksCount`.
    package mutating func setRunningTaskCount(_ count: Int, on id: HostID) {
        guard let slot = slotOfHost[id], slots[slot].runningTaskCount != count else { return }
        slots[slot].runningTaskCount = count
        note(slot: slot)
    }

    // MARK: Upkeep

    private mutating func insert(_ host: Host) {
        var record = HostSlot(
            isAvailable: host.isAvailable, revision: 0, freeCPUUnits: host.cpuUnits, freeMemoryMiB: host.memoryMiB,
            host: host)
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
        slotOfHost[host.id] = slot
        revise(slot: slot)
    }

    private mutating func replace(slot: Int, with host: Host) {
        let old = slots[slot].host
        setAttributes(host.attributes, on: host.id)
        slots[slot].host = host
        slots[slot].isAvailable = host.isAvailable
        slots[slot].freeCPUUnits += host.cpuUnits - old.cpuUnits
        slots[slot].freeMemoryMiB += host.memoryMiB - old.memoryMiB
        slots[slot].ports.reserveForHost(tcp: host.reservedTCPPorts, udp: host.reservedUDPPorts)
        slots[slot].gpus.register(host.gpuIDs)
        revise(slot: slot)
    }

    /// Has every pool decide anew whether the host belongs there, when it is next used.
    private mutating func revise(slot: Int) {
        lastRevision &+= 1
        slots[slot].revision = lastRevision
        note(slot: slot)
    }

    /// Has every pool look at what the host has left, when it is next used.
    mutating func note(slot: Int) {
        journal.note(slot: slot, hostCount: slots.count)
    }

    /// Counts a task of a group in or out (1 or -1) where its host is.
    mutating func tally(_ change: Int, group: Int, slot: Int) {
        groups[group].add(change, slot: slot)
        for number in groups[group].pools.indices {
            let pool = groups[group].pools[number].pool
            // Counts by places that are no more are thrown away, and made anew when they are asked for.
            guard pools[pool].generation == groups[group].pools[number].generation else { continue }
            let place = pools[pool].place(of: slot)
            guard place != .none else { continue }
            let capacity = pools[pool].buckets[Int(place.bucket)].capacity
            groups[group].pools[number].add(change, at: place, capacity: capacity)
        }
    }
}
