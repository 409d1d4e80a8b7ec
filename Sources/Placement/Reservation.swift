/// What a task holds on its host from placement until it is STOPPED. Worth keeping in the task's record: `restore` wants it back.
package struct Reservation: Hashable, Sendable, Codable {
    package var cpuUnits: Int
    package var memoryMiB: Int
    /// The demand's static ports, in its order.
    package var staticPorts: [HostPort]
    /// Picked by the index: as many TCP ports as were asked for, then the UDP ones.
    /// The caller hands them to its port mappings with `hostPort` 0, in the mappings' order.
    package var dynamicPorts: [HostPort]

    package init(cpuUnits: Int, memoryMiB: Int, staticPorts: [HostPort] = [], dynamicPorts: [HostPort] = []) {
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.staticPorts = staticPorts
        self.dynamicPorts = dynamicPorts
    }
}

/// A task on a host, with what it holds there.
package struct Placement: Hashable, Sendable {
    package let task: TaskID
    package let host: HostID
    /// ECS's task group (`family:web`, `service:web`, or what the caller of RunTask said): what spread counts.
    package let group: String
    package var reservation: Reservation

    package init(task: TaskID, host: HostID, group: String, reservation: Reservation) {
        self.task = task
        self.host = host
        self.group = group
        self.reservation = reservation
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
    /// Ports given to mappings with `hostPort` 0, ascending. ECS does not list them.
    package var dynamicTCPPorts: [UInt16]
    package var dynamicUDPPorts: [UInt16]
    /// Tasks that hold a reservation.
    package var reservationCount: Int

    package init(
        cpuUnits: Int, memoryMiB: Int, usedTCPPorts: [UInt16], usedUDPPorts: [UInt16],
        dynamicTCPPorts: [UInt16], dynamicUDPPorts: [UInt16], reservationCount: Int
    ) {
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.usedTCPPorts = usedTCPPorts
        self.usedUDPPorts = usedUDPPorts
        self.dynamicTCPPorts = dynamicTCPPorts
        self.dynamicUDPPorts = dynamicUDPPorts
        self.reservationCount = reservationCount
    }
}
