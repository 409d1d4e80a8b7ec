import Placement

func taskID(_ number: Int) -> TaskID { TaskID(high: 0xA5A5, low: UInt64(number)) }

func taskIDs(_ range: Range<Int>) -> [TaskID] { range.map(taskID) }

func host(
    _ id: String, cpu: Int = 4096, memory: Int = 8192, tcp: [UInt16] = [], udp: [UInt16] = [], gpus: [String] = [],
    range: ClosedRange<UInt16> = Host.defaultDynamicPortRange, attributes: [HostAttribute] = [], zone: String = "a",
    connected: Bool = true, status: HostStatus = .active
) -> Host {
    Host(
        id: HostID(id), cpuUnits: cpu, memoryMiB: memory, reservedTCPPorts: tcp, reservedUDPPorts: udp,
        gpuIDs: gpus, dynamicPortRange: range, attributes: attributes, availabilityZone: zone,
        isAgentConnected: connected, status: status)
}

func index(_ hosts: Host...) -> HostIndex {
    hosts.reduce(into: HostIndex()) { $0.upsert($1) }
}

func demand(
    cpu: Int = 256, memory: Int = 512, ports: [HostPort] = [], dynamicTCP: Int = 0, dynamicUDP: Int = 0,
    ranges: [PortRangeDemand] = [], gpus: Int = 0, attributes: [HostAttribute] = [],
    wantsInterface: Bool = false, locations: [HostAttribute] = []
) -> ResourceDemand {
    ResourceDemand(
        cpuUnits: cpu, memoryMiB: memory, staticPorts: ports, dynamicTCPPortCount: dynamicTCP,
        dynamicUDPPortCount: dynamicUDP, portRanges: ranges, gpuCount: gpus, requiredAttributes: attributes,
        wantsInterface: wantsInterface, locations: locations)
}

extension HostIndex {
    /// Places one task, at random where there is a choice.
    mutating func place(_ demand: ResourceDemand, task number: Int, group: String = "family:web") -> Placement? {
        var generator = SeededGenerator(seed: UInt64(number))
        let request = PlacementRequest(demand: demand, group: group)
        return place(request, tasks: [taskID(number)], using: &generator).placements.first
    }

    mutating func reserve(_ demand: ResourceDemand, task number: Int, on host: String) -> Placement? {
        guard case .reserved(let placement) = reserve(demand, task: taskID(number), group: "g", on: HostID(host)) else {
            return nil
        }
        return placement
    }

    mutating func refusal(of demand: ResourceDemand, on host: String) -> HostRefusal? {
        guard case .refused(let refusal) = reserve(demand, task: taskID(999_999), group: "g", on: HostID(host)) else {
            return nil
        }
        return refusal
    }
}
