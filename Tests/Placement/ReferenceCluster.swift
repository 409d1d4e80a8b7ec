import Placement

/// The dumb version: dictionaries and plain scans, nothing kept that can be counted.
struct ReferenceCluster {
    var hosts: [HostID: Host] = [:]
    private(set) var tasks: [TaskID: Placement] = [:]
    private var tasksOfHost: [HostID: [TaskID: Placement]] = [:]
    /// Tasks that are to stop: they hold what they hold and count no more.
    var stopping: Set<TaskID> = []
    var addressLimits: [HostID: Int] = [:]
    var runningTaskCounts: [HostID: Int] = [:]
    let staticPortLimit = 100

    /// Puts, replaces or (nil) removes a task; returns what was there.
    @discardableResult
    mutating func set(_ task: TaskID, _ placement: Placement?) -> Placement? {
        let old = tasks[task]
        if let old { tasksOfHost[old.host]?[task] = nil }
        if let placement { tasksOfHost[placement.host, default: [:]][task] = placement }
        tasks[task] = placement
        if placement == nil { stopping.remove(task) }
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
        let limits = [host.interfaceLimit, addressLimits[host.id]].compactMap { $0 }
        if demand.wantsInterface, let limit = limits.min(),
            tasks(on: host.id).count(where: { $0.holdsInterface }) >= limit
        {
            return .eni
        }
        if demand.gpuCount > freeGPUs(host).count { return .gpu }
        let isElsewhere = demand.locations.allSatisfy { values[$0.name] != .some($0.value) }
        if !demand.locations.isEmpty && isElsewhere { return .location }
        return nil
    }

    /// The same, with the constraints.
    func refusal(_ request: PlacementRequest, _ host: Host) -> RefusalReason? {
        if let reason = refusal(request.demand, host) { return reason }
        for case .memberOf(let expression) in request.constraints
        where KnownExpression.all.first(where: { $0.text == expression.text })?.selects(host, self) != true {
            return .memberOf
        }
        let isDistinct = request.constraints.contains(.distinctInstance)
        return isDistinct && taskCount(request.group, on: host.id) > 0 ? .distinctInstance : nil
    }

    func isCandidate(_ host: Host, _ request: PlacementRequest) -> Bool {
        request.candidates.map { wanted in host.attributes.last { $0.name == wanted.name } == wanted } ?? true
    }

    func counted(on host: HostID) -> [Placement] { tasks(on: host).filter { !stopping.contains($0.task) } }

    func taskCount(_ group: String, on host: HostID) -> Int { counted(on: host).count { $0.group == group } }

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

    func fittingHosts(_ request: PlacementRequest) -> [Host] {
        hosts.values.filter { isCandidate($0, request) && refusal(request, $0) == nil }
    }

    /// What the strategies minimise, in their order. A spread counts the tasks on hosts that are alike in its own field
    /// and in those of the spreads before it.
    func score(_ host: Host, _ request: PlacementRequest) -> [Int] {
        var names: [String] = []
        var byInstance = false
        return request.strategies.map { strategy in
            switch strategy {
            case .random: return 0
            case .binpack(.cpu): return max(0, freeCPU(host))
            case .binpack(.memory): return max(0, freeMemory(host))
            case .spread(.instance): byInstance = true
            case .spread(.attribute(let name)): names.append(name)
            }
            if byInstance { return taskCount(request.group, on: host.id) }
            return hosts.values.reduce(0) { sum, other in
                guard names.allSatisfy({ value($0, of: other) == value($0, of: host) }) else { return sum }
                return sum + taskCount(request.group, on: other.id)
            }
        }
    }

    private func value(_ name: String, of host: Host) -> String? {
        if name == Host.availabilityZoneAttribute { return host.availabilityZone }
        return host.attributes.last { $0.name == name }.map { $0.value ?? "" }
    }

    func zoneCounts(group: String) -> [String: Int] {
        hosts.values.reduce(into: [:]) { $0[$1.availabilityZone, default: 0] += taskCount(group, on: $1.id) }
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
