extension HostIndex {
    package var hostCount: Int { slotOfHost.count }

    /// Tasks that hold a reservation, in the whole cluster.
    package var reservationCount: Int { reservations.count }

    package func host(_ id: HostID) -> Host? {
        slotOfHost[id].map { slots[$0].host }
    }

    /// Nil for an unknown host.
    package func remaining(on id: HostID) -> RemainingResources? {
        guard let slot = slotOfHost[id] else { return nil }
        let record = slots[slot]
        return RemainingResources(
            cpuUnits: record.freeCPUUnits, memoryMiB: record.freeMemoryMiB,
            usedTCPPorts: Set(record.ports.tcp.reserved + record.ports.tcp.fixed).sorted(),
            usedUDPPorts: Set(record.ports.udp.reserved + record.ports.udp.fixed).sorted(),
            dynamicTCPPorts: Set(record.ports.tcp.dynamic).sorted(),
            dynamicUDPPorts: Set(record.ports.udp.dynamic).sorted(),
            freeGPUIDs: record.gpus.free, reservationCount: Int(record.reservationCount))
    }

    /// Where a task is and what it holds; nil if it has no reservation.
    package func placement(of task: TaskID) -> Placement? {
        reservations.number(of: task).map { placement(reservations[$0]) }
    }

    func placement(_ entry: ReservationEntry) -> Placement {
        Placement(
            task: entry.task, host: slots[Int(entry.slot)].host.id, group: groups[Int(entry.group)].name,
            reservation: entry.reservation, holdsInterface: entry.holdsInterface)
    }

    /// The reservations on a host, the newest first.
    func entries(slot: Int) -> some Sequence<ReservationEntry> {
        sequence(state: slots[slot].newestReservation) { number -> ReservationEntry? in
            guard number >= 0 else { return nil }
            let entry = reservations[number]
            number = entry.older
            return entry
        }
    }

    /// Tasks with a reservation on a host, ascending. Empty for an unknown host.
    package func tasks(on id: HostID) -> [TaskID] {
        guard let slot = slotOfHost[id] else { return [] }
        return entries(slot: slot).map(\.task).sorted()
    }

    /// Tasks of a group that are not to stop, in the whole cluster.
    package func taskCount(group: String) -> Int {
        groupOfName[group].map { groups[$0].total } ?? 0
    }

    package func taskCount(group: String, on id: HostID) -> Int {
        guard let group = groupOfName[group], let slot = slotOfHost[id] else { return 0 }
        return groups[group].taskCount(slot: slot)
    }

    /// Looks at each host that has one.
    package func taskCount(group: String, availabilityZone: String) -> Int {
        guard let group = groupOfName[group] else { return 0 }
        return groups[group].counts.reduce(0) { sum, entry in
            slots[entry.slot].host.availabilityZone == availabilityZone ? sum + entry.count : sum
        }
    }

    /// Who holds a port of a host: a task, or the host itself. Nil if it is free.
    func holder(of port: HostPort, slot: Int) -> RefusalCause.PortHolder? {
        guard slots[slot].ports.isHeld(port) else { return nil }
        return entries(slot: slot).first { $0.reservation.holds(port) }.map { .task($0.task) } ?? .host
    }
}
