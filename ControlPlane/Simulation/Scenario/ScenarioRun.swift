import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import ServiceScheduler
import Support

/// Plays a ``Scenario`` through on a control plane with simulated hosts, and says how the cluster fared.
///
/// Services are real ones: made by CreateService, changed by UpdateService, and kept by the loop that keeps services. A
/// stage lasts from an event until every service is steady, or until nothing happens any more.
package final class ScenarioRun {
    private static let lookSeconds = 1.0
    private static let upSeconds = 5.0
    /// For how long nothing may happen before it is believed that nothing will: longer than a host's loss takes to be
    /// noticed and than a placement takes to be tried again.
    private static let quietSeconds = 90.0
    private static let stageSeconds = 1800.0
    /// Hosts that are to come back need as long to be there.
    private static let leastSeconds = 10.0

    private let scenario: Scenario
    private let simulation: Simulation
    private let watch: ScenarioWatch
    private var failedHosts: Set<Int> = []
    private var stages: [ScenarioReport.Stage] = []

    /// - Throws: ``ScenarioError`` for what the API refuses of the scenario.
    package static func report(on scenario: Scenario) async throws -> ScenarioReport {
        let run = try await ScenarioRun(scenario)
        defer { run.simulation.close() }
        return try await run.play()
    }

    private init(_ scenario: Scenario) async throws {
        self.scenario = scenario
        var settings = Simulation.Settings(seed: scenario.seed)
        settings.servicePauseSeconds = 0.05
        simulation = try await Simulation(settings)
        watch = ScenarioWatch(simulation, services: scenario.services.compactMap(\.serviceName))
    }

    private func play() async throws -> ScenarioReport {
        let watch = watch
        simulation.observe = { changes in watch.note(changes) }
        for group in scenario.hosts { add(group) }
        for definition in scenario.taskDefinitions {
            do { _ = try await simulation.plane.call(ECS.RegisterTaskDefinition.self, definition) } catch {
                throw ScenarioError("task definition \(definition.family ?? "?"): \(error.message)")
            }
        }
        try await simulation.run(until: Self.upSeconds)
        try await stage("start") { () async throws -> Double in
            for service in scenario.services {
                do throws(AWSError) { _ = try await simulation.plane.call(ECS.CreateService.self, service) } catch {
                    throw ScenarioError("service \(service.serviceName ?? "?"): \(error.message)")
                }
            }
            return 0
        }
        for event in scenario.events {
            try await stage(event.description) { try await carryOut(event) }
        }
        return ScenarioReport(stages: stages)
    }

    private func add(_ group: Scenario.HostGroup) {
        for _ in 0..<group.count {
            simulation.addHost(group.facts, upAfter: simulation.random.seconds(0...1))
        }
    }

    // MARK: Events

    /// - Returns: how long it takes until its consequences can be seen, in seconds.
    private func carryOut(_ event: Scenario.Event) async throws -> Double {
        switch event {
        case .failZone(let zone):
            for number in hosts(in: zone) { try await fail(number) }
            return Self.noticeSeconds
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
            return Self.noticeSeconds
        case .addHosts(let group): add(group)
        case .updateService(let request):
            do { _ = try await simulation.plane.call(ECS.UpdateService.self, request) } catch {
                throw ScenarioError("service \(request.service ?? "?"): \(error.message)")
            }
            return 0
        }
        return Self.leastSeconds
    }

    /// Until a host that says nothing counts as lost.
    private static let noticeSeconds = SimulatedControlPlane.scheduler.replaceAfterSeconds + 5

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

    // MARK: Stages

    private func stage(_ name: String, _ event: () async throws -> Double) async throws {
        let started = simulation.clock.seconds
        watch.begin()
        var leastSeconds = 0.0
        try await simulation.perform(name) { leastSeconds = try await event() }
        watch.look(at: watch.services)
        var wholeAt: Double?
        while true {
            try await simulation.run(until: simulation.clock.seconds + Self.lookSeconds)
            watch.lookAgain()
            let seconds = simulation.clock.seconds - started
            let isWhole = watch.areSteady && watch.haveAllTasks
            if !isWhole { wholeAt = nil } else if wholeAt == nil { wholeAt = seconds }
            if isWhole, seconds >= leastSeconds { break }
            if seconds - (watch.changedAt - started) >= Self.quietSeconds || seconds >= Self.stageSeconds { break }
        }
        try await stages.append(stage(after: name, wholeAfter: wholeAt))
    }

    private func stage(after what: String, wholeAfter: Double?) async throws -> ScenarioReport.Stage {
        let up = (0..<simulation.hostCount).filter { simulation.host($0).isConnected }
        var services: [ScenarioReport.Service] = []
        for request in scenario.services {
            var service = watch.describe(request.serviceName ?? "")
            if service.runningCount < service.desiredCount { service.notPlaced = try await reasons(request) }
            services.append(service)
        }
        return ScenarioReport.Stage(
            after: what, hosts: up.count, wholeAfterSeconds: wholeAfter, services: services, zones: zones(of: up))
    }

    /// Why another task of the service would find no host.
    private func reasons(_ service: ECS.CreateServiceRequest) async throws -> [ScenarioReport.Reason] {
        let configuration = simulation.plane.state.peek {
            $0.services[ServiceID(cluster: .default, name: service.serviceName ?? "")]?.configuration
        }
        guard let configuration, let tasks = configuration.tasks else { return [] }
        var request = ECS.RunTaskRequest()
        request.taskDefinition = "\(tasks.taskDefinition.family):\(tasks.taskDefinition.revision)"
        request.networkConfiguration = tasks.networkConfiguration
        request.capacityProviderStrategy = tasks.capacityProviderStrategy
        request.placementConstraints = configuration.placementConstraints
        let explanation: SimulatedControlPlane.PlacementExplanation
        do { explanation = try await simulation.plane.explainPlacement(request) } catch {
            throw ScenarioError("service \(service.serviceName ?? "?"): \(error.message)")
        }
        var reasons: [ScenarioReport.Reason] = []
        for part in explanation.parts where part.fitting == 0 {
            for removed in part.removed {
                let nearest = part.nearest.first { $0.reason == removed.reason }?.detail ?? ""
                reasons.append(.init(reason: removed.reason, hosts: removed.containerInstances, nearest: nearest))
            }
        }
        return reasons
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
