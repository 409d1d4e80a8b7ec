import ControlPlaneAPI
import ControlPlaneState
import Controllers
import Foundation
import Placement
import ServiceScheduler
import Support
import Synchronization
import Testing

/// Services whose tasks found no host: what lets them try again, and what does not.
@Suite struct WaitingServiceTests {
    /// Hosts that are full, and services that wait, each for so much CPU.
    private static func full(
        hosts: Int, waiting: Int, cpu: Int
    ) async throws -> (services: RunningServices, counter: CountingStarter) {
        let plane = try TestControlPlane()
        let counter = CountingStarter(plane.service)
        let services = RunningServices(plane: plane, starter: counter)
        _ = try await plane.call("CreateCluster")
        try await plane.registerTaskDefinition("small", cpu: 100)
        try await plane.registerTaskDefinition("large", cpu: cpu)
        for number in 0..<hosts {
            let arn = try await services.addHost(zone: "zone-\(number)", cpu: 1000)
            for _ in 0..<10 {
                _ = try await plane.call("StartTask", ["taskDefinition": "small", "containerInstances": [arn]])
            }
        }
        for number in 0..<waiting {
            try await plane.createService("s\(number)", ["taskDefinition": "large", "desiredCount": 1])
        }
        try await services.settle()
        #expect(counter.starts >= waiting)
        counter.reset()
        return (services, counter)
    }

    @Test func aTaskThatStopsCostsNoPlacementWhereItsRoomIsTooSmall() async throws {
        let (services, counter) = try await Self.full(hosts: 3, waiting: 50, cpu: 200)
        for host in Set(services.allTasks.map(\.containerInstance)) {
            let task = try #require(services.allTasks.first { $0.containerInstance == host })
            try await services.kill(task)
            try await services.settle()
        }
        #expect(counter.starts == 0)
    }

    @Test func roomForOneIsTriedByOne() async throws {
        let (services, counter) = try await Self.full(hosts: 3, waiting: 50, cpu: 200)
        let host = try #require(services.allTasks.first).containerInstance
        for task in services.allTasks.filter({ $0.containerInstance == host }).prefix(2) {
            try await services.kill(task)
            try await services.settle()
        }
        #expect(counter.starts == 1)
        #expect(services.allTasks.count { $0.group.hasPrefix("service:") } == 1)
    }

    @Test func aNewHostIsTriedByAsManyAsItHasRoomFor() async throws {
        let (services, counter) = try await Self.full(hosts: 1, waiting: 20, cpu: 200)
        try await services.addHost(zone: "zone-0", cpu: 1000)
        try await services.settle()
        #expect(counter.starts == 5)
        #expect(services.allTasks.count { $0.group.hasPrefix("service:") } == 5)
    }

    /// Whatever happens, no service waits that would find a host: a controller that remembers nothing starts nothing.
    /// Less than a minute goes by, so that nothing is tried again for the time that has passed.
    @Test(arguments: UInt64(1)...24) func noServiceWaitsThoughItWouldFit(seed: UInt64) async throws {
        var world = try await WaitingWorld(seed: seed)
        for step in 0..<40 {
            let done = try await world.act()
            try await world.services.pass(1)
            let before = Set(world.services.allTasks.map(\.id))
            await world.forgetful().settle()
            world.services.plane.state.drain()
            let started = world.services.allTasks.filter { !before.contains($0.id) }
            #expect(
                started.isEmpty,
                "seed \(seed), step \(step), after \(done): \(started.map { world.description(of: $0) })")
            if !started.isEmpty { return }
            try await world.services.settle()
        }
        #expect(world.hasSeenWaiting)
    }
}

/// Counts how often tasks were to be placed.
private final class CountingStarter: TaskStarter {
    private let starter: any TaskStarter
    private let count = Mutex(0)

    init(_ starter: any TaskStarter) { self.starter = starter }

    var starts: Int { count.withLock { $0 } }

    func reset() { count.withLock { $0 = 0 } }

    func start(_ count: Int, _ launch: ServiceLaunch, now: Date, _ tables: inout Tables) -> StartedTasks {
        self.count.withLock { $0 += 1 }
        return starter.start(count, launch, now: now, &tables)
    }

    func suitableInstances(_ launch: ServiceLaunch, _ tables: borrowing Tables) -> Set<ContainerInstanceID> {
        starter.suitableInstances(launch, tables)
    }
}

/// A small cluster with too little room, and services that ask for all kinds of things.
private struct WaitingWorld {
    let services: RunningServices
    private var random: SeededGenerator
    private var hosts: [String] = []
    /// What each service was made with.
    private var made: [String: [String: Any]] = [:]
    /// Of those that may have another number of tasks.
    private var names: [String] = []
    private var nextName = 0
    private(set) var hasSeenWaiting = false

    private var plane: TestControlPlane { services.plane }

    init(seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        services = RunningServices(plane: try TestControlPlane(seed: seed))
        _ = try await plane.call("CreateCluster")
        for (family, cpu) in [("small", 100), ("middle", 300), ("large", 700)] {
            try await plane.registerTaskDefinition(family, cpu: cpu)
        }
        try await plane.registerTaskDefinition("port", cpu: 10, portMappings: [["containerPort": 80, "hostPort": 80]])
        for name in ["blue", "green"] {
            _ = try await plane.call(
                "CreateCapacityProvider", ["name": name, "autoScalingGroupProvider": ["autoScalingGroupArn": name]])
        }
        _ = try await plane.call(
            "PutClusterCapacityProviders",
            [
                "cluster": "default", "capacityProviders": ["blue", "green"],
                "defaultCapacityProviderStrategy": [[String: Any]](),
            ])
        for _ in 0..<3 { try await addHost() }
    }

    /// A controller on the same state that knows of no placement that failed.
    func forgetful() -> ServiceController {
        let clock = plane.clock
        return ServiceController(
            state: plane.state, starter: plane.service, settings: .init(agentTimeoutSeconds: 30),
            now: { clock.now }, random: plane.context.random, log: .discarding)
    }

    private static let definitions = ["small", "middle", "large", "port"]
    private let constraints: [[String: Any]] = [
        ["type": "distinctInstance"],
        ["type": "memberOf", "expression": "attribute:rack == a"],
        ["type": "memberOf", "expression": "task:group == family:small"],
        ["type": "memberOf", "expression": "not(task:group == family:middle)"],
        ["type": "memberOf", "expression": "runningTasksCount > 1"],
        ["type": "memberOf", "expression": "runningTasksCount < 2"],
    ]
    private let strategy: [[String: Any]] = [
        ["capacityProvider": "blue", "weight": 1], ["capacityProvider": "green", "weight": 1],
    ]

    /// - Returns: what was done.
    mutating func act() async throws -> String {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return try await addHost()
        case 1...3: return try await createService()
        case 4...5:
            guard let name = names.randomElement(using: &random) else { return "nothing" }
            let count = Int.random(in: 0...4, using: &random)
            return try await call("UpdateService", ["service": name, "desiredCount": count])
        case 6:
            let family = Self.definitions.randomElement(using: &random) ?? "small"
            return try await call("RunTask", ["taskDefinition": family, "count": 2])
        case 7...9:
            guard let task = services.allTasks.randomElement(using: &random) else { return "nothing" }
            try await services.kill(task)
            return "a task of \(task.group) died"
        case 10:
            // Told to stop, and not yet STOPPED: it counts no more for constraints.
            guard let task = services.allTasks.randomElement(using: &random) else { return "nothing" }
            return try await call("StopTask", ["task": task.id.description])
        case 11:
            let status = Bool.random(using: &random) ? "ACTIVE" : "DRAINING"
            return try await call(
                "UpdateContainerInstancesState", ["containerInstances": [randomHost()], "status": status])
        case 12:
            let isConnected = Bool.random(using: &random)
            let host = randomHost()
            try await services.setConnected(isConnected, host)
            return "\(host) is connected: \(isConnected)"
        default:
            let attribute = [
                "name": "rack", "value": Bool.random(using: &random) ? "a" : "b", "targetId": randomHost(),
            ]
            return try await call("PutAttributes", ["attributes": [attribute]])
        }
    }

    func description(of task: TaskRecord) -> String {
        "\(task.group) \(made[task.group] ?? [:]) on \(task.containerInstance)"
    }

    private mutating func randomHost() -> String { hosts.randomElement(using: &random) ?? "" }

    private func call(_ operation: String, _ input: [String: Any]) async throws -> String {
        _ = try await plane.call(operation, input)
        return "\(operation) \(input)"
    }

    @discardableResult
    private mutating func addHost() async throws -> String {
        guard hosts.count < 6 else { return "nothing" }
        var attributes = ["rack": Bool.random(using: &random) ? "a" : "b"]
        attributes["stevedore.auto-scaling-group"] = ["blue", "green", nil].randomElement(using: &random) ?? nil
        let arn = try await services.addHost(
            zone: "zone-\(Int.random(in: 0..<2, using: &random))", cpu: 1000, attributes: attributes)
        hosts.append(arn)
        return "a host \(arn) with \(attributes)"
    }

    private mutating func createService() async throws -> String {
        nextName += 1
        let name = "s\(nextName)"
        var options: [String: Any] = [
            "taskDefinition": Self.definitions.randomElement(using: &random) ?? "small",
            "desiredCount": Int.random(in: 1...4, using: &random),
        ]
        if Int.random(in: 0..<6, using: &random) == 0 {
            options["schedulingStrategy"] = "DAEMON"
            options["desiredCount"] = nil
        } else {
            if Bool.random(using: &random), let constraint = constraints.randomElement(using: &random) {
                options["placementConstraints"] = [constraint]
            }
            if Int.random(in: 0..<3, using: &random) == 0 { options["capacityProviderStrategy"] = strategy }
            if Bool.random(using: &random) { options["availabilityZoneRebalancing"] = "DISABLED" }
        }
        made["service:\(name)"] = options
        if options["schedulingStrategy"] == nil { names.append(name) }
        try await plane.createService(name, options)
        try await services.settle()
        let messages = try await services.messages(name)
        hasSeenWaiting = hasSeenWaiting || messages.contains { $0.contains("was unable to place") }
        return "CreateService \(options)"
    }
}
