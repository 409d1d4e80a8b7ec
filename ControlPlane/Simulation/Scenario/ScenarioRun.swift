import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

/// Plays a ``Scenario`` through on a control plane with simulated hosts, and says how the cluster fared.
///
/// Services are kept at their desired count by running the tasks that they miss, with a service's default strategies,
/// wherever tasks ended or their hosts are gone.
package final class ScenarioRun {
    /// How long a stage takes: until a host that failed is missed, its tasks run elsewhere, and nothing is under way.
    private static let stageSeconds = 90.0
    private static let pauseSeconds = 5.0
    private static let tasksPerRunTask = 10

    private struct Service {
        var request: ECS.CreateServiceRequest
        var desiredCount: Int
        var notPlaced: [ScenarioReport.Reason] = []

        var name: String { request.serviceName ?? "" }
    }

    private let scenario: Scenario
    private let simulation: Simulation
    private var services: [Service]
    private var failedHosts: Set<Int> = []
    private var stages: [ScenarioReport.Stage] = []

    package static func report(on scenario: Scenario) async throws -> ScenarioReport {
        let run = try await ScenarioRun(scenario)
        return try await run.play()
    }

    private init(_ scenario: Scenario) async throws {
        self.scenario = scenario
        simulation = try await Simulation(.init(seed: scenario.seed))
        services = scenario.services.map { Service(request: $0, desiredCount: $0.desiredCount ?? 0) }
    }

    private func play() async throws -> ScenarioReport {
        for group in scenario.hosts { add(group) }
        for definition in scenario.taskDefinitions {
            do { _ = try await simulation.plane.call(ECS.RegisterTaskDefinition.self, definition) } catch {
                throw ScenarioError("task definition \(definition.family ?? "?"): \(error.message)")
            }
        }
        try await simulation.run(until: Self.pauseSeconds)
        try await settle(after: "start")
        for event in scenario.events {
            try await carryOut(event)
            try await settle(after: event.description)
        }
        return ScenarioReport(stages: stages)
    }

    private func add(_ group: Scenario.HostGroup) {
        for _ in 0..<group.count {
            simulation.addHost(group.facts, upAfter: simulation.random.seconds(0...1))
        }
    }

    // MARK: Events

    private func carryOut(_ event: Scenario.Event) async throws {
        switch event {
        case .failZone(let zone): for number in hosts(in: zone) { try await fail(number) }
        case .restoreZone(let zone):
            for number in hosts(in: zone) where failedHosts.remove(number) != nil {
                try await simulation.crashHost(number, upAfter: 1)
            }
        case .drainZone(let zone): try await drain(hosts(in: zone))
        case .failHosts(let count):
            let taskCounts = (0..<simulation.hostCount).filter { !failedHosts.contains($0) }
                .map { ($0, simulation.host($0).tasks.values.count { $0.isRunning }) }
            for (number, _) in taskCounts.sorted(by: { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }).prefix(count) {
                try await fail(number)
            }
        case .addHosts(let group): add(group)
        case .setDesiredCount(let name, let count):
            for index in services.indices where services[index].name == name { services[index].desiredCount = count }
        }
    }

    private func hosts(in zone: String) -> [Int] {
        (0..<simulation.hostCount).filter { simulation.host($0).facts.availabilityZone == zone }
    }

    private func fail(_ number: Int) async throws {
        guard failedHosts.insert(number).inserted else { return }
        try await simulation.crashHost(number, upAfter: nil)
    }

    private func drain(_ numbers: [Int]) async throws {
        let arns = numbers.compactMap { simulation.host($0).containerInstanceArn }
        for start in stride(from: 0, to: arns.count, by: 10) {
            let some = Array(arns[start..<min(start + 10, arns.count)])
            _ = try await simulation.plane.call(
                ECS.UpdateContainerInstancesState.self, .init(containerInstances: some, status: .draining))
        }
    }

    // MARK: Services

    private func settle(after what: String) async throws {
        let end = simulation.clock.seconds + Self.stageSeconds
        while simulation.clock.seconds < end {
            for index in services.indices { try await keep(index) }
            try await simulation.run(until: simulation.clock.seconds + Self.pauseSeconds)
        }
        stages.append(stage(after: what))
    }

    /// Runs what a service misses, and stops what it has too much.
    private func keep(_ index: Int) async throws {
        let service = services[index]
        let tasks = kept(service)
        services[index].notPlaced = []
        for surplus in tasks.dropFirst(service.desiredCount) {
            _ = try await simulation.plane.call(ECS.StopTask.self, .init(task: surplus.id.description))
        }
        var missing = service.desiredCount - tasks.count
        while missing > 0 {
            let response = try await run(service, count: min(missing, Self.tasksPerRunTask))
            missing -= response.tasks?.count ?? 0
            let failures = response.failures ?? []
            if failures.isEmpty { continue }
            services[index].notPlaced = Self.reasons(failures)
            return
        }
    }

    /// Its tasks that run, or will, on hosts that are there and stay.
    private func kept(_ service: Service) -> [TaskRecord] {
        simulation.plane.state.peek { tables in
            var found: [TaskRecord] = []
            let selected = tables.tasks.select(.group(service.name), cluster: .default, desiredStatus: .running)
            selected.forEach(after: nil) { sequence in
                guard let task = tables.tasks[sequence: sequence],
                    let instance = tables.containerInstances[task.containerInstance], instance.agentConnected,
                    instance.status == .active
                else { return true }
                found.append(task)
                return true
            }
            return found
        }
    }

    private func run(_ service: Service, count: Int) async throws -> ECS.RunTaskResponse {
        var request = ECS.RunTaskRequest()
        request.taskDefinition = service.request.taskDefinition
        request.count = count
        request.group = service.name
        request.networkConfiguration = service.request.networkConfiguration
        request.capacityProviderStrategy = service.request.capacityProviderStrategy
        request.placementConstraints = service.request.placementConstraints
        request.placementStrategy =
            service.request.placementStrategy ?? [
                .init(field: "attribute:ecs.availability-zone", type: .spread),
                .init(field: "instanceId", type: .spread),
            ]
        do { return try await simulation.plane.call(ECS.RunTask.self, request) } catch {
            throw ScenarioError("service \(service.name): \(error.message)")
        }
    }

    private static func reasons(_ failures: [ECS.Failure]) -> [ScenarioReport.Reason] {
        var found: [ScenarioReport.Reason] = []
        for failure in failures {
            let reason = failure.reason ?? ""
            if let index = found.firstIndex(where: { $0.reason == reason }) {
                found[index].hosts += 1
            } else {
                found.append(.init(reason: reason, hosts: 1, nearest: failure.detail ?? ""))
            }
        }
        return found
    }

    // MARK: What became of it

    private func stage(after what: String) -> ScenarioReport.Stage {
        let up = (0..<simulation.hostCount).filter { simulation.host($0).isConnected }
        return ScenarioReport.Stage(
            after: what, hosts: up.count, services: services.map(describe), zones: zones(of: up))
    }

    private func describe(_ service: Service) -> ScenarioReport.Service {
        let running = kept(service).filter { $0.lastStatus == .running }
        var byZone: [String: Int] = [:]
        var byHost: [ContainerInstanceID: Int] = [:]
        for task in running {
            byHost[task.containerInstance, default: 0] += 1
            guard let number = simulation.host(of: task.containerInstance) else { continue }
            byZone[simulation.host(number).facts.availabilityZone, default: 0] += 1
        }
        return ScenarioReport.Service(
            serviceName: service.name, desiredCount: service.desiredCount, runningCount: running.count,
            byAvailabilityZone: byZone, mostOnOneHost: byHost.values.max() ?? 0, notPlaced: service.notPlaced)
    }

    private func zones(of numbers: [Int]) -> [ScenarioReport.Zone] {
        struct Sum {
            var hosts = 0, cpu = 0, freeCPU = 0, memory = 0, freeMemory = 0
        }
        var sums: [String: Sum] = [:]
        for number in numbers {
            let host = simulation.host(number)
            guard let text = host.containerInstanceArn.flatMap(ARN.init)?.resourcePath.last else { continue }
            let left = simulation.plane.state.peek { tables in
                tables.containerInstances[ContainerInstanceID(text)].flatMap { tables.remaining(of: $0) }
            }
            guard let left else { continue }
            var sum = sums[host.facts.availabilityZone] ?? Sum()
            sum.hosts += 1
            sum.cpu += host.facts.cpuUnits
            sum.freeCPU += left.cpuUnits
            sum.memory += host.facts.memoryMiB
            sum.freeMemory += left.memoryMiB
            sums[host.facts.availabilityZone] = sum
        }
        return sums.sorted { $0.key < $1.key }.map { zone, sum in
            ScenarioReport.Zone(
                availabilityZone: zone, hosts: sum.hosts,
                cpuReserved: Double(sum.cpu - sum.freeCPU) / Double(max(1, sum.cpu)),
                memoryReserved: Double(sum.memory - sum.freeMemory) / Double(max(1, sum.memory)))
        }
    }
}
