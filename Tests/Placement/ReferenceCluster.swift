import Placement

/// The dumb version: dictionaries and plain scans, nothing kept that can be counted.
struct ReferenceCluster {
    var hosts: [HostID: Host] = [:]
    private(set) var tasks: [TaskID: Placement] = [:]
    private var tasksOfHost: [HostID: [TaskID: Placement]] = [:]
    let staticPortLimit = 100

    /// Puts, replaces or (nil) removes a task; returns what was there.
    @discardableResult
    mutating func set(_ task: TaskID, _ placement: Placement?) -> Placement? {
        let old = tasks[task]
        if let old { tasksOfHost[old.host]?[task] = nil }
        if let placement { tasksOfHost[placement.host, default: [:]][task] = placement }
        tasks[task] = placement
        return old
    }

    func tasks(on host: HostID) -> [Placement] { tasksOfHost[host].map { Array($0.values) } ?? [] }

    func hasRange(_ task: TaskID) -> Bool { tasks[task]?.reservation.portRanges.isEmpty == false }

    func freeCPU(_ host: Host) -> Int { host.cpuUnits - tasks(on: host.id).reduce(0) { $0 + $1.reservation.cpuUnits } }

    func freeMemory(_ host: Host) -> Int {
        host.memoryMiB - tasks(on: host.id).reduce(0) { $0 + $1.reservation.memoryMiB }
    }

    func reservedPorts(_ host: Host) -> Set<HostPort> {
        Set(host.reservedTCPPorts.map { HostPort(.tcp, $0) } + host.reservedUDPPorts.map { HostPort(.udp, $0) })
    }

    func heldPorts(_ host: Host) -> Set<HostPort> {
        tasks(on: host.id).reduce(into: reservedPorts(host)) {
            $0.formUnion($1.reservation.staticPorts)
            $0.formUnion($1.reservation.dynamicPorts)
            $0.formUnion($1.reservation.portRanges.flatMap(\.ports))
        }
    }

    func freeGPUs(_ host: Host) -> [String] {
        let held = Set(tasks(on: host.id).flatMap(\.reservation.gpuIDs))
        return host.gpuIDs.filter { !held.contains($0) }
    }

    /// What ECS would answer for this host, or nil if the task fits.
    func refusal(_ demand: ResourceDemand, _ host: Host) -> RefusalReason? {
        if host.status != .active { return .inactive }
        if !host.isAgentConnected { return .agent }
        let values = host.attributes.reduce(into: [String: String?]()) { $0.updateValue($1.value, forKey: $1.name) }
        for required in demand.requiredAttributes {
            guard let value = values[required.name] else { return .attribute }
            if required.value != nil && required.value != value { return .attribute }
        }
        if demand.cpuUnits > 0 && demand.cpuUnits > freeCPU(host) { return .cpu }
        if demand.memoryMiB > 0 && demand.memoryMiB > freeMemory(host) { return .memory }
        if portsRefused(.tcp, demand, host) { return .ports }
        if portsRefused(.udp, demand, host) { return .portsUDP }
        if demand.gpuCount > freeGPUs(host).count { return .gpu }
        return nil
    }

    private func portsRefused(_ kind: PortProtocol, _ demand: ResourceDemand, _ host: Host) -> Bool {
        let wanted = demand.staticPorts.filter { $0.protocol == kind }
        let dynamic = kind == .tcp ? demand.dynamicTCPPortCount : demand.dynamicUDPPortCount
        let ranges = demand.portRanges.filter { $0.protocol == kind }
        if wanted.isEmpty && dynamic == 0 && ranges.isEmpty { return false }
        let held = heldPorts(host)
        if Set(wanted).count < wanted.count || !held.isDisjoint(with: wanted) { return true }
        let fixed = reservedPorts(host).count + tasks(on: host.id).reduce(0) { $0 + $1.reservation.staticPorts.count }
        let asksFirst = !wanted.isEmpty && (kind == .tcp || !demand.staticPorts.contains { $0.protocol == .tcp })
        if asksFirst && fixed + demand.staticPorts.count > staticPortLimit { return true }
        let free = host.dynamicPortRange.filter {
            !held.contains(HostPort(kind, $0)) && !wanted.contains(HostPort(kind, $0))
        }
        return !haveRoom(free, ranges.map(\.count)) || free.count < ranges.reduce(dynamic) { $0 + $1.count }
    }

    /// Whether some way to lay the rows into the free ports exists. Tries them all.
    private func haveRoom(_ free: [UInt16], _ rows: [Int]) -> Bool {
        guard let row = rows.first else { return true }
        return free.indices.contains { start in
            let end = start + row - 1
            guard end < free.count, free[end] == free[start] + UInt16(row - 1) else { return false }
            return haveRoom(Array(free[..<start] + free[(end + 1)...]), Array(rows.dropFirst()))
        }
    }

    func fittingHosts(_ demand: ResourceDemand) -> [Host] {
        hosts.values.filter { refusal(demand, $0) == nil }
    }

    /// What the strategies minimise, in their order.
    func score(_ host: Host, _ request: PlacementRequest, zoneCounts: [String: Int]) -> [Int] {
        request.strategies.map { strategy in
            switch strategy {
            case .random: 0
            case .spread(.instance): tasks(on: host.id).count { $0.group == request.group }
            case .spread(.availabilityZone): zoneCounts[host.availabilityZone] ?? 0
            case .binpack(.cpu): freeCPU(host)
            case .binpack(.memory): freeMemory(host)
            }
        }
    }

    func zoneCounts(group: String) -> [String: Int] {
        tasks.values.reduce(into: [:]) { counts, task in
            if task.group == group, let host = hosts[task.host] { counts[host.availabilityZone, default: 0] += 1 }
        }
    }

    func remaining(_ host: Host) -> RemainingResources {
        let here = tasks(on: host.id)
        func numbers(_ ports: some Sequence<HostPort>, _ kind: PortProtocol) -> [UInt16] {
            Set(ports.filter { $0.protocol == kind }.map(\.number)).sorted()
        }
        let used = reservedPorts(host).union(here.flatMap(\.reservation.staticPorts))
        let dynamic = here.flatMap { $0.reservation.dynamicPorts + $0.reservation.portRanges.flatMap(\.ports) }
        return RemainingResources(
            cpuUnits: freeCPU(host), memoryMiB: freeMemory(host),
            usedTCPPorts: numbers(used, .tcp), usedUDPPorts: numbers(used, .udp),
            dynamicTCPPorts: numbers(dynamic, .tcp), dynamicUDPPorts: numbers(dynamic, .udp),
            freeGPUIDs: freeGPUs(host), reservationCount: here.count)
    }
}

extension Reservation {
    func with(ranges: [HostPortRange]) -> Reservation {
        Reservation(
            cpuUnits: cpuUnits, memoryMiB: memoryMiB, staticPorts: staticPorts, dynamicPorts: dynamicPorts,
            portRanges: ranges, gpuIDs: gpuIDs)
    }
}

extension HostPortRange {
    var ports: [HostPort] { numbers.map { HostPort(`protocol`, $0) } }
}
