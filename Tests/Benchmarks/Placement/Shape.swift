import Placement

/// One cluster and one kind of request.
struct Shape {
    var name: String
    var strategies: [PlacementStrategy]
    var constraints: [PlacementConstraint] = []
    var hostCount = 10_000
    /// Placements to time.
    var count = 1_000_000
    var tasksPerCall = 10
    var groupCount = 100
    /// Tasks that fit on a host.
    var tasksPerHost = 200
    /// The share of all room that is taken before the clock starts.
    var fill = 0.0
    var dynamicPorts = 0
    /// How many attributes, which all hosts have, the task requires.
    var attributes = 0
    /// Whether every placement releases the oldest task, so that the cluster stays as full as it is.
    var churns = false
}

extension Shape {
    private static let zoneThenBinpack: [PlacementStrategy] = [.spread(.availabilityZone), .binpack(.memory)]

    static var member: PlacementConstraint {
        get throws {
            .memberOf(try ClusterExpression("attribute:stack == prod and not(attribute:instance-type =~ t2.*)"))
        }
    }

    static func all() throws -> [Shape] {
        let member = try Self.member
        let spreadByRack: [PlacementStrategy] = [.spread(.attribute("rack")), .binpack(.cpu)]
        return [
            Shape(name: "random", strategies: .runTaskDefault),
            Shape(name: "random, 1 task a call", strategies: .runTaskDefault, tasksPerCall: 1),
            Shape(name: "random, 10 required attributes", strategies: .runTaskDefault, attributes: 10),
            Shape(name: "random, 1 dynamic port", strategies: .runTaskDefault, dynamicPorts: 1),
            Shape(name: "random, 99.9 % full", strategies: .runTaskDefault, count: 100_000, fill: 0.999, churns: true),
            Shape(name: "spread zones and instances", strategies: .serviceDefault),
            Shape(name: "spread, 1 task a call", strategies: .serviceDefault, tasksPerCall: 1),
            Shape(name: "spread, 1 service", strategies: .serviceDefault, groupCount: 1),
            Shape(name: "spread, 100,000 services", strategies: .serviceDefault, groupCount: 100_000),
            Shape(name: "spread, 99.9 % full", strategies: .serviceDefault, count: 100_000, fill: 0.999, churns: true),
            Shape(name: "binpack memory", strategies: [.binpack(.memory)]),
            Shape(name: "binpack, 1 task a call", strategies: [.binpack(.memory)], tasksPerCall: 1),
            Shape(
                name: "binpack, 99.9 % full", strategies: [.binpack(.memory)], count: 100_000, fill: 0.999,
                churns: true),
            Shape(name: "spread 200 racks, binpack cpu", strategies: spreadByRack),
            Shape(name: "memberOf, zones, binpack", strategies: zoneThenBinpack, constraints: [member]),
            Shape(
                name: "memberOf, zones, binpack, 1 task a call", strategies: zoneThenBinpack, constraints: [member],
                tasksPerCall: 1),
            Shape(
                name: "the same with distinctInstance", strategies: zoneThenBinpack,
                constraints: [member, .distinctInstance], count: 100_000),
            Shape(
                name: "distinctInstance, spread", strategies: .serviceDefault, constraints: [.distinctInstance],
                count: 500_000),
            Shape(
                name: "distinctInstance, binpack, 1 service", strategies: [.binpack(.memory)],
                constraints: [.distinctInstance], count: 9000, groupCount: 1),
            Shape(
                name: "spread instances, then binpack", strategies: [.spread(.instance), .binpack(.memory)],
                count: 200_000),
            Shape(name: "random, 100,000 hosts", strategies: .runTaskDefault, hostCount: 100_000),
            Shape(name: "spread, 100,000 hosts", strategies: .serviceDefault, hostCount: 100_000),
            Shape(name: "binpack, 100,000 hosts", strategies: [.binpack(.memory)], hostCount: 100_000),
            Shape(
                name: "memberOf, zones, binpack, 100,000 hosts", strategies: zoneThenBinpack, constraints: [member],
                hostCount: 100_000),
        ]
    }
}

extension Shape {
    static let requiredAttributes = (0..<40).map { HostAttribute("com.amazonaws.ecs.capability.number-\($0)") }
    static let zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

    var hosts: [Host] {
        (0..<hostCount).map { number in
            Host(
                id: HostID(TaskID(high: 0x0123_4567_89ab_cdef, low: UInt64(number)).description),
                cpuUnits: tasksPerHost * 10, memoryMiB: tasksPerHost * 20,
                attributes: Self.requiredAttributes + [
                    HostAttribute("rack", "r\(number % 200)"),
                    HostAttribute("stack", number % 5 == 0 ? "test" : "prod"),
                    HostAttribute("instance-type", ["t2.micro", "m5.large", "c5.large"][number / 3 % 3]),
                ],
                availabilityZone: Self.zones[number % 3])
        }
    }

    var demand: ResourceDemand {
        ResourceDemand(
            cpuUnits: 10, memoryMiB: 20, dynamicTCPPortCount: dynamicPorts,
            requiredAttributes: Array(Self.requiredAttributes.prefix(attributes)))
    }

    func request(group: Int) -> PlacementRequest {
        PlacementRequest(
            demand: demand, group: "service:service-number-\(group)", constraints: constraints, strategies: strategies)
    }
}
