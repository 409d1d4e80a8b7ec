/// Who holds which ports of one protocol on one host.
///
/// The lists are short and sorted. `fixed` and `dynamic` may hold a number twice: records restored at start-up are
/// believed even where they contradict each other, and the release of one must not free the other's port.
struct PortLedger: Sendable {
    private(set) var reserved: [UInt16] = []
    private(set) var fixed: [UInt16] = []
    private(set) var dynamic: [UInt16] = []
    /// Where the search for the next dynamic port starts. It only moves on, so a port just freed rests for a whole round.
    private var cursor: UInt16 = 0

    func isHeld(_ port: UInt16) -> Bool {
        reserved.holds(port) || fixed.holds(port) || dynamic.holds(port)
    }

    mutating func reserveForHost(_ ports: [UInt16]) {
        reserved = Set(ports).sorted()
    }

    mutating func hold(fixed port: UInt16) { fixed.insertSorted(port) }
    mutating func release(fixed port: UInt16) { fixed.removeSorted(port) }
    mutating func release(dynamic port: UInt16) { dynamic.removeSorted(port) }

    mutating func hold(dynamic port: UInt16) {
        dynamic.insertSorted(port)
        // After a restart the cursor goes on behind the ports that are known to have been given.
        if port >= cursor { cursor = port == .max ? 0 : port + 1 }
    }

    /// How many dynamic ports `range` has left beside `taken` (sorted, distinct); not counted further than `enough`.
    func freeDynamicPorts(in range: ClosedRange<UInt16>, beside taken: [UInt16], enough: Int) -> Int {
        let certain = range.count - reserved.count - fixed.count - dynamic.count - taken.count
        if certain >= enough { return enough }
        var free = 0
        for port in range where !isHeld(port) && !taken.holds(port) {
            free += 1
            if free == enough { break }
        }
        return free
    }

    /// Takes the next free port of the range behind the cursor, going round.
    mutating func takeDynamic(from range: ClosedRange<UInt16>) -> UInt16? {
        let start = range.contains(cursor) ? cursor : range.lowerBound
        var port = start
        repeat {
            if !isHeld(port) {
                dynamic.insertSorted(port)
                cursor = port == range.upperBound ? range.lowerBound : port + 1
                return port
            }
            port = port == range.upperBound ? range.lowerBound : port + 1
        } while port != start
        return nil
    }
}

/// Both protocols' ports of one host.
struct HostPorts: Sendable {
    private(set) var tcp = PortLedger()
    private(set) var udp = PortLedger()

    /// Reserved and static ports, which ECS limits together.
    var staticCount: Int { tcp.reserved.count + tcp.fixed.count + udp.reserved.count + udp.fixed.count }

    func isHeld(_ port: HostPort) -> Bool {
        switch port.protocol {
        case .tcp: tcp.isHeld(port.number)
        case .udp: udp.isHeld(port.number)
        }
    }

    mutating func reserveForHost(tcp tcpPorts: [UInt16], udp udpPorts: [UInt16]) {
        tcp.reserveForHost(tcpPorts)
        udp.reserveForHost(udpPorts)
    }

    mutating func hold(_ reservation: Reservation) {
        for port in reservation.staticPorts { holdStatic(port) }
        for port in reservation.dynamicPorts { holdDynamic(port) }
    }

    mutating func holdStatic(_ port: HostPort) {
        switch port.protocol {
        case .tcp: tcp.hold(fixed: port.number)
        case .udp: udp.hold(fixed: port.number)
        }
    }

    mutating func holdDynamic(_ port: HostPort) {
        switch port.protocol {
        case .tcp: tcp.hold(dynamic: port.number)
        case .udp: udp.hold(dynamic: port.number)
        }
    }

    mutating func takeDynamic(_ protocol: PortProtocol, from range: ClosedRange<UInt16>) -> HostPort? {
        switch `protocol` {
        case .tcp: tcp.takeDynamic(from: range).map { HostPort(.tcp, $0) }
        case .udp: udp.takeDynamic(from: range).map { HostPort(.udp, $0) }
        }
    }

    mutating func release(_ reservation: Reservation) {
        for port in reservation.staticPorts {
            switch port.protocol {
            case .tcp: tcp.release(fixed: port.number)
            case .udp: udp.release(fixed: port.number)
            }
        }
        for port in reservation.dynamicPorts { releaseDynamic(port) }
    }

    mutating func releaseDynamic(_ port: HostPort) {
        switch port.protocol {
        case .tcp: tcp.release(dynamic: port.number)
        case .udp: udp.release(dynamic: port.number)
        }
    }
}

extension [UInt16] {
    /// The first index whose port is not below `port`.
    private func lowerBound(_ port: UInt16) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < port { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func holds(_ port: UInt16) -> Bool {
        let index = lowerBound(port)
        return index < count && self[index] == port
    }

    mutating func insertSorted(_ port: UInt16) {
        insert(port, at: lowerBound(port))
    }

    mutating func removeSorted(_ port: UInt16) {
        let index = lowerBound(port)
        precondition(index < count && self[index] == port, "a port is released once for each time it was taken")
        remove(at: index)
    }
}
