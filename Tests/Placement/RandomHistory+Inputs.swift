import Placement
import Testing

extension RandomHistory {
    static let groups = ["service:web", "service:batch", "family:job"]
    static let zones = ["", "a", "b", "c"]
    static let gpus = ["GPU-0", "GPU-1", "GPU-2", "GPU-3"]

    mutating func newTasks(_ count: Int) -> [TaskID] {
        defer { nextTask += count }
        return taskIDs(nextTask..<nextTask + count)
    }

    mutating func anyHostID() -> HostID? { reference.hosts.keys.sorted().randomElement(using: &random) }
    mutating func anyTask() -> TaskID? { reference.tasks.keys.sorted().randomElement(using: &random) }
    mutating func randomGroup() -> String { Self.groups[Int.random(in: 0..<3, using: &random)] }

    mutating func randomHost() -> Host {
        let isSmallRange = Int.random(in: 0..<3, using: &random) == 0
        var host = host(
            "i-\(Int.random(in: 0..<hostLimit, using: &random))",
            cpu: 512 * Int.random(in: 0...8, using: &random), memory: 512 * Int.random(in: 0...8, using: &random),
            tcp: Int.random(in: 0..<20, using: &random) == 0
                ? Array(1...98) : [22, 80].filter { _ in random.next() & 1 == 0 },
            udp: [53, 101].filter { _ in random.next() & 1 == 0 },
            gpus: Bool.random(using: &random) ? [] : Self.gpus.filter { _ in random.next() & 3 > 0 },
            range: isSmallRange ? 100...103 : 100...120, attributes: randomAttributes(),
            zone: Self.zones[Int.random(in: 0..<zoneCount, using: &random)],
            connected: Int.random(in: 0..<8, using: &random) > 0,
            status: Int.random(in: 0..<8, using: &random) > 0 ? .active : .draining)
        host.interfaceLimit = Int.random(in: 0..<3, using: &random) == 0 ? 2 : nil
        host.agentVersion = ["1.2.0", "1.10.0", nil].randomElement(using: &random) ?? nil
        host.registeredAtSeconds = Bool.random(using: &random) ? 1_500_000_000 : 1_700_000_000
        host.ec2InstanceID = "e-\(Int.random(in: 0..<4, using: &random))"
        return host
    }

    mutating func randomAttributes() -> [HostAttribute] {
        let choices = [
            HostAttribute("gpu"), HostAttribute("disk", "ssd"), HostAttribute("disk", "hdd"), HostAttribute("x", ""),
            HostAttribute("provider", "one"), HostAttribute("rack", "r1"), HostAttribute("rack", "r2"),
            HostAttribute("rack", "r3"),
        ]
        return choices.filter { _ in random.next() & 1 == 0 }
    }

    mutating func randomRequest() -> PlacementRequest {
        var request = PlacementRequest(demand: randomDemand(), group: randomGroup(), strategies: randomStrategies())
        request.explainLimit = Int.random(in: 0..<8, using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 { request.candidates = HostAttribute("provider", "one") }
        if Int.random(in: 0..<3, using: &random) == 0 { request.constraints.append(.distinctInstance) }
        for _ in 0..<max(0, Int.random(in: -3...2, using: &random)) {
            let known = KnownExpression.all[Int.random(in: 0..<KnownExpression.all.count, using: &random)]
            do throws(ClusterQueryError) {
                request.constraints.append(.memberOf(try ClusterExpression(known.text)))
            } catch {
                check(false, "\(known.text) \(error)")
            }
        }
        return request
    }

    mutating func randomDemand() -> ResourceDemand {
        let ports = [
            HostPort(.tcp, 80), HostPort(.tcp, 81), HostPort(.udp, 80), HostPort(.tcp, 102), HostPort(.udp, 53),
        ]
        let wantsAttribute = Int.random(in: 0..<3, using: &random) == 0
        let attributes = [
            HostAttribute("disk"), HostAttribute("disk", "ssd"), HostAttribute("gpu"), HostAttribute("none"),
        ]
        return demand(
            cpu: 128 * Int.random(in: 0...4, using: &random), memory: 128 * Int.random(in: 0...4, using: &random),
            ports: Int.random(in: 0..<3, using: &random) > 0 ? [] : ports.filter { _ in random.next() & 3 == 0 },
            dynamicTCP: max(0, Int.random(in: -2...3, using: &random)),
            dynamicUDP: max(0, Int.random(in: -3...2, using: &random)), ranges: randomRanges(),
            gpus: max(0, Int.random(in: -5...2, using: &random)),
            attributes: wantsAttribute ? [attributes[Int.random(in: 0..<4, using: &random)]] : [],
            wantsInterface: Int.random(in: 0..<4, using: &random) == 0,
            locations: Int.random(in: 0..<6, using: &random) > 0
                ? [] : [HostAttribute("rack", "r1"), HostAttribute("rack", "r2")])
    }

    /// At most one of each protocol: how several lie best is for the index to choose, and it need not try every way.
    mutating func randomRanges() -> [PortRangeDemand] {
        PortProtocol.allCases.shuffled(using: &random).compactMap { kind in
            let count = Int.random(in: -12...5, using: &random)
            return count > 0 ? PortRangeDemand(kind, count: count) : nil
        }
    }

    mutating func randomHeldRanges() -> [HostPortRange] {
        guard Int.random(in: 0..<4, using: &random) == 0 else { return [] }
        let start = UInt16.random(in: 95...125, using: &random)
        return [HostPortRange(.tcp, start...start + UInt16.random(in: 0...4, using: &random))]
    }

    /// Those that people use, and any others.
    mutating func randomStrategies() -> [PlacementStrategy] {
        let usual: [[PlacementStrategy]] = [
            [], .runTaskDefault, .serviceDefault, .serviceDefault, [.spread(.instance)], [.binpack(.memory)],
            [.spread(.availabilityZone), .binpack(.cpu)],
        ]
        if Bool.random(using: &random) { return usual[Int.random(in: 0..<usual.count, using: &random)] }
        let links: [PlacementStrategy] = [
            .random, .spread(.instance), .spread(.availabilityZone), .spread(.attribute("rack")),
            .spread(.attribute("disk")), .binpack(.cpu), .binpack(.memory),
        ]
        return (0..<Int.random(in: 1...5, using: &random)).map { _ in
            links[Int.random(in: 0..<links.count, using: &random)]
        }
    }
}
