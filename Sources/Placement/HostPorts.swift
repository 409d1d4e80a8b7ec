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

    mutating func hold(dynamic ports: ClosedRange<UInt16>) {
        dynamic.insertSorted(ports)
        if ports.upperBound >= cursor { cursor = ports.upperBound == .max ? 0 : ports.upperBound + 1 }
    }

    mutating func release(dynamic ports: ClosedRange<UInt16>) { dynamic.removeSorted(ports) }

    /// The highest of `ports` that anyone holds.
    func lastHeld(in ports: ClosedRange<UInt16>) -> UInt16? {
        var last = reserved.last(in: ports)
        for port in [fixed.last(in: ports), dynamic.last(in: ports)] {
            if let port, port > last ?? 0 { last = port }
        }
        return last
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

    /// Takes the next `count` free ports in a row behind the cursor; none, if there is no such gap in the whole range.
    mutating func takeDynamic(_ count: Int, inARowFrom range: ClosedRange<UInt16>) -> ClosedRange<UInt16>? {
        let start = range.contains(cursor) ? cursor : range.lowerBound
        guard let gap = gap(of: count, in: start...range.upperBound) ?? gap(of: count, in: range) else { return nil }
        dynamic.insertSorted(gap)
        cursor = gap.upperBound == range.upperBound ? range.lowerBound : gap.upperBound + 1
        return gap
    }

    private func gap(of count: Int, in range: ClosedRange<UInt16>) -> ClosedRange<UInt16>? {
        var first = Int(range.lowerBound)
        while first + count - 1 <= Int(range.upperBound) {
            let candidate = UInt16(first)...UInt16(first + count - 1)
            guard let obstacle = lastHeld(in: candidate) else { return candidate }
            first = Int(obstacle) + 1
        }
        return nil
    }
}

/// Both protocols' ports of one host.
struct HostPorts: Sendable {
    private(set) var tcp = PortLedger()
    private(set) var udp = PortLedger()

    /// Reserved and static ports, which ECS limits together.
    var staticCount: Int { tcp.reserved.count + tcp.fixed.count + udp.reserved.count + udp.fixed.count }

    func ledger(_ protocol: PortProtocol) -> PortLedger { `protocol` == .tcp ? tcp : udp }

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
        if reservation.hasRarities { for range in reservation.portRanges { hold(range) } }
    }

    mutating func hold(_ range: HostPortRange) {
        switch range.protocol {
        case .tcp: tcp.hold(dynamic: range.numbers)
        case .udp: udp.hold(dynamic: range.numbers)
        }
    }

    mutating func release(_ range: HostPortRange) {
        switch range.protocol {
        case .tcp: tcp.release(dynamic: range.numbers)
        case .udp: udp.release(dynamic: range.numbers)
        }
    }

    /// The highest port of the range that anyone holds.
    func lastHeld(in range: HostPortRange) -> HostPort? {
        switch range.protocol {
        case .tcp: tcp.lastHeld(in: range.numbers).map { HostPort(.tcp, $0) }
        case .udp: udp.lastHeld(in: range.numbers).map { HostPort(.udp, $0) }
        }
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

    /// Takes what the demand wants in a row. Nil if one finds no gap; those before it are taken then.
    ///
    /// - Returns: the ranges in the demand's order.
    mutating func takeRanges(_ demand: CompiledRequest, from range: ClosedRange<UInt16>) -> [HostPortRange]? {
        let wanted = demand.demand.portRanges
        var taken = [HostPortRange?](repeating: nil, count: wanted.count)
        for index in demand.rangesBySize {
            let numbers =
                switch wanted[index].protocol {
                case .tcp: tcp.takeDynamic(wanted[index].count, inARowFrom: range)
                case .udp: udp.takeDynamic(wanted[index].count, inARowFrom: range)
                }
            guard let numbers else { return nil }
            taken[index] = HostPortRange(wanted[index].protocol, numbers)
        }
        return taken.compactMap { $0 }
    }

    mutating func release(_ reservation: Reservation) {
        for port in reservation.staticPorts {
            switch port.protocol {
            case .tcp: tcp.release(fixed: port.number)
            case .udp: udp.release(fixed: port.number)
            }
        }
        for port in reservation.dynamicPorts { releaseDynamic(port) }
        if reservation.hasRarities { for range in reservation.portRanges { release(range) } }
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

    /// The first index whose port is above `port`.
    private func upperBound(_ port: UInt16) -> Int { port == .max ? count : lowerBound(port + 1) }

    func last(in ports: ClosedRange<UInt16>) -> UInt16? {
        let end = upperBound(ports.upperBound)
        return end > 0 && self[end - 1] >= ports.lowerBound ? self[end - 1] : nil
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

    mutating func insertSorted(_ ports: ClosedRange<UInt16>) {
        let place = lowerBound(ports.lowerBound)..<upperBound(ports.upperBound)
        replaceSubrange(place, with: (self[place] + ports).sorted())
    }

    mutating func removeSorted(_ ports: ClosedRange<UInt16>) {
        let place = lowerBound(ports.lowerBound)..<upperBound(ports.upperBound)
        var rest = Array(self[place])
        for port in ports { rest.removeSorted(port) }
        replaceSubrange(place, with: rest)
    }
}
