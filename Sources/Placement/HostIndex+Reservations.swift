extension HostIndex {
    /// Reserves for a task on a named host, as StartTask does: no strategy and no placement constraint, but every
    /// other check of a placement.
    ///
    /// - Precondition: the task has no reservation. Ids are made for the task that is placed, so a second one is a bug.
    package mutating func reserve(
        _ demand: ResourceDemand, task: TaskID, group: String, on id: HostID
    ) -> ReserveOutcome {
        guard let slot = slotOfHost[id] else { return .refused(HostRefusal(host: id, causes: [.missing])) }
        let group = internGroup(group)
        defer { dropGroupIfEmpty(group) }
        let compiled = CompiledRequest(demand, group: group, in: self)
        let causes = refusalCauses(slot: slot, demand: compiled)
        guard causes.isEmpty else { return .refused(HostRefusal(host: id, causes: causes)) }
        return .reserved(commit(compiled, task: task, slot: slot))
    }

    /// Takes back what a record says a task holds, at start-up. Believes the record, even if it does not fit any more.
    /// A task restored before is first released, so restoring twice is harmless.
    ///
    /// - Returns: false if the host is unknown; then nothing has changed.
    @discardableResult
    package mutating func restore(_ placement: Placement) -> Bool {
        guard let slot = slotOfHost[placement.host] else { return false }
        release(placement.task)
        slots[slot].ports.hold(placement.reservation)
        if placement.reservation.hasRarities { slots[slot].gpus.hold(placement.reservation.gpuIDs) }
        record(
            placement.reservation, task: placement.task, group: internGroup(placement.group),
            holdsInterface: placement.holdsInterface, slot: slot)
        return true
    }

    /// Counts a task no more that is to stop, for `spread`, `distinctInstance` and `task:group`. It holds what it holds
    /// until it is released.
    ///
    /// - Source: ECS Developer Guide, "Define which container instances Amazon ECS uses for tasks": ECS looks at the
    ///   desired status of the tasks.
    package mutating func discount(_ task: TaskID) {
        guard let number = reservations.number(of: task), reservations[number].isCounted else { return }
        reservations.update(number) { $0.isCounted = false }
        let entry = reservations[number]
        tally(-1, group: Int(entry.group), slot: Int(entry.slot))
        note(slot: Int(entry.slot))
    }

    /// Gives back what a task held, when it is STOPPED.
    ///
    /// - Returns: what it held, or nil if it held nothing: releasing twice is harmless.
    @discardableResult
    package mutating func release(_ task: TaskID) -> Placement? {
        guard let entry = reservations.remove(task) else { return nil }
        let released = placement(entry)
        let slot = Int(entry.slot)
        slots[slot].ports.release(entry.reservation)
        if entry.reservation.hasRarities {
            slots[slot].gpus.release(entry.reservation.gpuIDs, registered: slots[slot].host.gpuIDs)
        }
        slots[slot].freeCPUUnits += entry.reservation.cpuUnits
        slots[slot].freeMemoryMiB += entry.reservation.memoryMiB
        if entry.holdsInterface { slots[slot].interfaceCount -= 1 }
        unlist(entry, slot: slot)
        note(slot: slot)
        groups[Int(entry.group)].reservationCount -= 1
        if entry.isCounted { tally(-1, group: Int(entry.group), slot: slot) }
        dropGroupIfEmpty(Int(entry.group))
        return released
    }

    /// Accounts for the dynamic port that a task really got, after its agent found the given one taken on the host.
    package mutating func reassignPort(
        of task: TaskID, protocol: PortProtocol, from old: UInt16, to new: UInt16
    ) -> PortReassignment {
        guard let number = reservations.number(of: task) else { return .notHeld }
        let slot = Int(reservations[number].slot)
        let held = reservations[number].reservation.dynamicPorts
        guard let portIndex = held.firstIndex(of: HostPort(`protocol`, old)) else { return .notHeld }
        if old == new { return .reassigned }
        let newPort = HostPort(`protocol`, new)
        switch holder(of: newPort, slot: slot) {
        case .task(let other): return .inUse(by: other)
        case .host, .sameTask: return .inUse(by: nil)
        case nil: break
        }
        reservations.update(number) { $0.reservation.dynamicPorts[portIndex] = newPort }
        slots[slot].ports.releaseDynamic(HostPort(`protocol`, old))
        slots[slot].ports.holdDynamic(newPort)
        return .reassigned
    }

    /// Accounts for the range that a task really got, after its agent found a port of the given one taken on the host.
    ///
    /// - Precondition: both are ranges of the same protocol.
    package mutating func reassignRange(
        of task: TaskID, from old: HostPortRange, to new: HostPortRange
    ) -> PortReassignment {
        precondition(old.protocol == new.protocol, "a range keeps its protocol")
        guard let number = reservations.number(of: task) else { return .notHeld }
        let slot = Int(reservations[number].slot)
        guard reservations[number].reservation.portRanges.contains(old) else { return .notHeld }
        if old == new { return .reassigned }
        // Without its old range, for the new one may overlap it.
        slots[slot].ports.release(old)
        if let taken = slots[slot].ports.lastHeld(in: new) {
            let holder = holder(of: taken, slot: slot)
            slots[slot].ports.hold(old)
            if case .task(let other)? = holder { return .inUse(by: other) }
            return .inUse(by: nil)
        }
        slots[slot].ports.hold(new)
        reservations.update(number) { $0.reservation.replace(old, with: new) }
        return .reassigned
    }

    // MARK: Book-keeping

    /// Reserves on a host that passed every check: picks dynamic ports and GPUs and writes everything down.
    mutating func commit(_ compiled: CompiledRequest, task: TaskID, slot: Int) -> Placement {
        let demand = compiled.demand
        for port in demand.staticPorts { slots[slot].ports.holdStatic(port) }
        var reservation =
            compiled.wantsRarities
            ? takeRarities(compiled, slot: slot)
            : Reservation(cpuUnits: demand.cpuUnits, memoryMiB: demand.memoryMiB, staticPorts: demand.staticPorts)
        let dynamicCount = demand.dynamicTCPPortCount + demand.dynamicUDPPortCount
        if dynamicCount > 0 {
            let range = slots[slot].host.dynamicPortRange
            reservation.dynamicPorts.reserveCapacity(dynamicCount)
            for number in 0..<dynamicCount {
                let kind: PortProtocol = number < demand.dynamicTCPPortCount ? .tcp : .udp
                guard let port = slots[slot].ports.takeDynamic(kind, from: range) else {
                    preconditionFailure("the port filter passed a host without enough dynamic ports")
                }
                reservation.dynamicPorts.append(port)
            }
        }
        record(reservation, task: task, group: compiled.group, holdsInterface: demand.wantsInterface, slot: slot)
        return Placement(
            task: task, host: slots[slot].host.id, group: groups[compiled.group].name, reservation: reservation,
            holdsInterface: demand.wantsInterface)
    }

    /// Picks the ranges of ports and the GPUs of a reservation.
    private mutating func takeRarities(_ compiled: CompiledRequest, slot: Int) -> Reservation {
        let demand = compiled.demand
        guard let ranges = slots[slot].ports.takeRanges(compiled, from: slots[slot].host.dynamicPortRange) else {
            preconditionFailure("the port filter passed a host without room for the ranges of ports")
        }
        guard let gpuIDs = slots[slot].gpus.take(demand.gpuCount) else {
            preconditionFailure("the GPU filter passed a host without enough GPUs")
        }
        return Reservation(
            cpuUnits: demand.cpuUnits, memoryMiB: demand.memoryMiB, staticPorts: demand.staticPorts,
            portRanges: ranges, gpuIDs: gpuIDs)
    }

    /// Writes a reservation down whose ports and GPUs are already held.
    private mutating func record(
        _ reservation: Reservation, task: TaskID, group: Int, holdsInterface: Bool, slot: Int
    ) {
        let entry = ReservationEntry(
            task: task, slot: Int32(slot), group: Int32(group), older: slots[slot].newestReservation,
            holdsInterface: holdsInterface, reservation: reservation)
        let number = reservations.insert(entry)
        if entry.older >= 0 { reservations.update(entry.older) { $0.newer = number } }
        slots[slot].newestReservation = number
        slots[slot].reservationCount += 1
        slots[slot].freeCPUUnits -= reservation.cpuUnits
        slots[slot].freeMemoryMiB -= reservation.memoryMiB
        if holdsInterface { slots[slot].interfaceCount += 1 }
        note(slot: slot)
        groups[group].reservationCount += 1
        tally(1, group: group, slot: slot)
    }

    /// Takes a reservation out of its host's chain.
    private mutating func unlist(_ entry: ReservationEntry, slot: Int) {
        slots[slot].reservationCount -= 1
        if entry.older >= 0 { reservations.update(entry.older) { $0.newer = entry.newer } }
        if entry.newer >= 0 {
            reservations.update(entry.newer) { $0.older = entry.older }
        } else {
            slots[slot].newestReservation = entry.older
        }
    }

    mutating func internGroup(_ name: String) -> Int {
        if let group = groupOfName[name] { return group }
        let group: Int
        if let reused = vacantGroups.popLast() {
            group = reused
            groups[group] = GroupTally(name: name)
        } else {
            group = groups.count
            groups.append(GroupTally(name: name))
        }
        groupOfName[name] = group
        return group
    }

    /// Group names come from requests, so a name without tasks must not stay.
    mutating func dropGroupIfEmpty(_ group: Int) {
        guard groups[group].reservationCount == 0, groupOfName.removeValue(forKey: groups[group].name) != nil else {
            return
        }
        groups[group] = GroupTally(name: "")
        vacantGroups.append(group)
    }
}
