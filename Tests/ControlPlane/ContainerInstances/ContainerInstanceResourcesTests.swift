import Foundation
import Placement
import Testing

/// Whatever happens, what a host shows as remaining is what it registered minus what its tasks hold.
@Suite struct ContainerInstanceResourcesTests {
    @Test(arguments: 0..<25) func remainingIsRegisteredMinusWhatRuns(seed: Int) async throws {
        var history = try ResourceHistory(seed: UInt64(seed))
        try await history.begin()
        for _ in 0..<60 {
            try await history.step()
            try await history.check()
        }
    }
}

/// A random history through the API, with books of its own.
private struct ResourceHistory {
    struct Demand {
        var cpu: Int
        var memory: Int
        var tcp: Int?
        var udp: Int?
        var gpus = 0
        var range: String?
    }

    struct Host {
        /// The same at each registration, for what tasks hold of others is not on the books of this test.
        var gpus: Int
        var cpu: Int
        var memory: Int
        var ports: [Int]
        var isGone = false
    }

    struct RunningTask {
        var demand: Demand
        var host: String
        var status: String
    }

    static let demands: [String: Demand] = [
        "small": Demand(cpu: 10, memory: 64), "large": Demand(cpu: 700, memory: 900),
        "port": Demand(cpu: 50, memory: 100, tcp: 8080), "udp": Demand(cpu: 50, memory: 100, udp: 53),
        "free": Demand(cpu: 0, memory: 6), "gpu": Demand(cpu: 10, memory: 64, gpus: 2),
        "range": Demand(cpu: 10, memory: 64, gpus: 1, range: "8000-8100"),
    ]

    private var plane: TestControlPlane
    private var generator: SeededGenerator
    private let seed: UInt64
    private var hosts: [String: Host] = [:]
    private var tasks: [String: RunningTask] = [:]
    private var gpuIDs: [String: [String]] = [:]

    init(seed: UInt64) throws {
        self.seed = seed
        plane = try TestControlPlane(seed: seed)
        generator = SeededGenerator(seed: seed)
    }

    private mutating func pick<Item>(_ items: [Item]) -> Item? { items.randomElement(using: &generator) }

    mutating func begin() async throws {
        for (family, demand) in Self.demands {
            var mappings: [[String: Any]] = [["containerPort": 90]]
            if let port = demand.tcp { mappings.append(["containerPort": 80, "hostPort": port]) }
            if let port = demand.udp { mappings.append(["containerPort": 81, "hostPort": port, "protocol": "udp"]) }
            if let range = demand.range { mappings.append(["containerPortRange": range]) }
            try await plane.registerTaskDefinition(
                family, cpu: demand.cpu, memory: demand.memory, portMappings: mappings, gpus: demand.gpus)
        }
        for _ in 0..<3 { try await register(nil) }
    }

    private mutating func register(_ arn: String?) async throws {
        let host = Host(
            gpus: arn.flatMap { hosts[$0]?.gpus } ?? Int.random(in: 0...5, using: &generator),
            cpu: Int.random(in: 500...2000, using: &generator), memory: Int.random(in: 500...3000, using: &generator),
            ports: pick([[22], [22, 8080], []]) ?? [])
        var input: [String: Any] = [
            "totalResources": TestControlPlane.resources(cpu: host.cpu, memory: host.memory, ports: host.ports),
            "attributes": [["name": "ecs.capability.network.container-port-range"]],
            "platformDevices": (0..<host.gpus).map { ["id": "GPU-\($0)", "type": "GPU"] },
        ]
        input["containerInstanceArn"] = arn
        let registered = try await plane.register(input).text("containerInstanceArn")
        hosts[registered] = host
    }

    mutating func step() async throws {
        let there = hosts.filter { !$0.value.isGone }.keys.sorted()
        let alive = tasks.filter { $0.value.status != "STOPPED" }.keys.sorted()
        let family = pick(Self.demands.keys.sorted()) ?? ""
        switch Int.random(in: 0..<14, using: &generator) {
        case 0...3 where !there.isEmpty:
            let count = Int.random(in: 1...4, using: &generator)
            note(try await plane.call("RunTask", ["taskDefinition": family, "count": count]), Self.demands[family])
        case 4 where !there.isEmpty:
            let overrides = ["containerOverrides": [["name": "app", "cpu": 33, "memory": 77]]]
            let output = try await plane.call("RunTask", ["taskDefinition": family, "overrides": overrides])
            let demand = Self.demands[family]
            note(output, Demand(cpu: 33, memory: 77, tcp: demand?.tcp, udp: demand?.udp, gpus: demand?.gpus ?? 0))
        case 5 where !there.isEmpty:
            let input: [String: Any] = ["taskDefinition": family, "containerInstances": Array(there.prefix(3))]
            note(try await plane.call("StartTask", input), Self.demands[family])
        case 6:
            if let task = pick(alive) { _ = try await plane.call("StopTask", ["task": task]) }
        case 7...9:
            guard let task = pick(alive), let status = pick(["RUNNING", "STOPPED", "STOPPED"]) else { return }
            _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": status])
            tasks[task]?.status = status
        case 10:
            guard let host = pick(there), hosts.count < 8 || there.count > 3 else { return }
            _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": host, "force": true])
            hosts[host]?.isGone = true
            for task in alive where tasks[task]?.host == host { tasks[task]?.status = "STOPPED" }
        case 11: try await register(pick(there))
        case 12:
            if there.count < 5 { try await register(nil) }
            guard let host = pick(there), let status = pick(["ACTIVE", "DRAINING"]) else { return }
            _ = try await plane.call("UpdateContainerInstancesState", ["containerInstances": [host], "status": status])
        default:
            if let host = pick(there) {
                _ = try await plane.call("PutAttributes", ["attributes": [["name": "a", "targetId": host]]])
            }
            // A restart: all is as it was.
            plane = try TestControlPlane(store: plane.store, seed: generator.next())
        }
    }

    private mutating func note(_ output: [String: Any], _ demand: Demand?) {
        guard let demand else { return }
        for task in output.list("tasks") {
            let given = task.list("containers").flatMap { $0["gpuIds"] as? [String] ?? [] }
            #expect(given.count == demand.gpus, "seed \(seed)")
            #expect(Set(given).isDisjoint(with: gpus(on: task.text("containerInstanceArn"))), "seed \(seed)")
            gpuIDs[task.text("taskArn")] = given
            tasks[task.text("taskArn")] = RunningTask(
                demand: demand, host: task.text("containerInstanceArn"), status: "PENDING")
        }
    }

    /// Those that its tasks hold.
    private func gpus(on host: String) -> Set<String> {
        Set(tasks.filter { $0.value.host == host && $0.value.status != "STOPPED" }.flatMap { gpuIDs[$0.key] ?? [] })
    }

    func check() async throws {
        let output = try await plane.call("DescribeContainerInstances", ["containerInstances": hosts.keys.sorted()])
        for instance in output.list("containerInstances") {
            let arn = instance.text("containerInstanceArn")
            guard let host = hosts[arn] else { continue }
            let holding = tasks.values.filter { $0.host == arn && $0.status != "STOPPED" }
            let remaining = Resources(instance.list("remainingResources"))
            #expect(
                Resources(instance.list("registeredResources"))
                    == Resources(cpu: host.cpu, memory: host.memory, tcp: Set(host.ports), udp: []), "seed \(seed)")
            #expect(
                remaining
                    == Resources(
                        cpu: host.cpu - holding.reduce(0) { $0 + $1.demand.cpu },
                        memory: host.memory - holding.reduce(0) { $0 + $1.demand.memory },
                        tcp: Set(host.ports + holding.compactMap(\.demand.tcp)),
                        udp: Set(holding.compactMap(\.demand.udp))), "seed \(seed)")
            let free = instance.list("remainingResources").first { $0.text("name") == "GPU" }
            let expected = (0..<host.gpus).map { "GPU-\($0)" }.filter { !gpus(on: arn).contains($0) }
            #expect(free?["stringSetValue"] as? [String] == (host.gpus == 0 ? nil : expected), "seed \(seed)")
            #expect(instance["runningTasksCount"] as? Int == holding.count { $0.status == "RUNNING" }, "seed \(seed)")
            #expect(instance["pendingTasksCount"] as? Int == holding.count { $0.status == "PENDING" }, "seed \(seed)")
        }
    }

    private struct Resources: Equatable {
        var cpu: Int
        var memory: Int
        var tcp: Set<Int>
        var udp: Set<Int>

        init(cpu: Int, memory: Int, tcp: Set<Int>, udp: Set<Int>) {
            (self.cpu, self.memory, self.tcp, self.udp) = (cpu, memory, tcp, udp)
        }

        init(_ list: [[String: Any]]) {
            func find(_ name: String) -> [String: Any] { list.first { $0.text("name") == name } ?? [:] }
            func ports(_ name: String) -> Set<Int> {
                Set((find(name)["stringSetValue"] as? [String] ?? []).compactMap { Int($0) })
            }
            self.init(
                cpu: find("CPU")["integerValue"] as? Int ?? -1, memory: find("MEMORY")["integerValue"] as? Int ?? -1,
                tcp: ports("PORTS"), udp: ports("PORTS_UDP"))
        }
    }
}
