import AWSModels
import ControlPlaneSimulation
import ControlPlaneState
import Foundation
import ServiceScheduler

/// A large cluster through what a large cluster goes through, with nothing else going wrong: all its services start, are
/// all updated, lose a zone, get it back, and some get a release that is bad.
package struct FleetRun: Sendable {
    package struct Size: Sendable {
        package var hosts: Int
        package var services: Int
        package var tasksPerService: Int
        /// How many services get the bad release.
        package var badReleases: Int

        package init(hosts: Int, services: Int, tasksPerService: Int, badReleases: Int) {
            self.hosts = hosts
            self.services = services
            self.tasksPerService = tasksPerService
            self.badReleases = badReleases
        }

        /// What the control plane is made for.
        package static let large = Size(hosts: 2000, services: 2000, tasksPerService: 50, badReleases: 100)
        package static let small = Size(hosts: 60, services: 100, tasksPerService: 10, badReleases: 10)
    }

    /// From an event until every service was steady again.
    package struct Stage: Sendable, CustomStringConvertible {
        package var name: String
        /// How long it took.
        package var simulatedSeconds: Double
        package var realSeconds: Double
        package var events: Int
        package var running: Int

        package var description: String {
            let simulated = (simulatedSeconds * 10).rounded() / 10
            let real = (realSeconds * 10).rounded() / 10
            return "\(name): steady after \(simulated) s, \(running) tasks run; \(events) events in \(real) s"
        }
    }

    package struct Outcome: Sendable {
        package var stages: [Stage]
        package var completed: Int
        package var failed: Int
        package var rolledBack: Int
        package var digest: UInt64
    }

    /// Simulated seconds from one look at the services to the next.
    private static let lookSeconds = 1.0
    private static let convergenceSeconds = 1200.0
    private static let zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    private static let percentages = [(100, 200), (50, 100), (75, 125), (100, 150)]

    private let size: Size
    private let seed: UInt64
    private let told: @Sendable (Stage) -> Void

    /// - Parameter told: of each stage when it is over.
    package init(_ size: Size, seed: UInt64 = 1, told: @escaping @Sendable (Stage) -> Void = { _ in }) {
        self.size = size
        self.seed = seed
        self.told = told
    }

    /// - Throws: ``FaultRun/Failure`` for a promise that was broken, or a service that was not steady in time.
    package func run() async throws -> Outcome {
        var settings = Simulation.Settings(seed: seed)
        settings.servicePauseSeconds = 0.25
        let simulation = try await Simulation(settings)
        defer { simulation.close() }
        do { return try await run(simulation) } catch {
            throw FaultRun.Failure(
                seed: seed, seconds: simulation.clock.seconds, events: simulation.eventCount, reason: "\(error)")
        }
    }

    private func run(_ simulation: Simulation) async throws -> Outcome {
        let invariants = Invariants(simulation)
        let promises = ServiceInvariants(simulation)
        simulation.observe = { changes in
            try invariants.check(changes)
            try promises.check(changes)
        }
        addHosts(to: simulation)
        try await simulation.run(until: 15)
        try await register("app:1", to: simulation)
        try await register("app:2", to: simulation)
        try await register("app:\(SimulatedProgram.failsToStart.rawValue)", to: simulation)

        let lost = (0..<size.hosts).filter { simulation.host($0).facts.availabilityZone == Self.zones.last }
        var stages: [Stage] = []
        func stage(_ name: String, least seconds: Double = 0, _ event: () async throws -> Void) async throws {
            let stage = try await self.stage(name, least: seconds, simulation, promises, event)
            stages.append(stage)
            told(stage)
        }
        try await stage("start of \(size.services) services") {
            for number in 0..<size.services { try await create(number, in: simulation) }
        }
        try await stage("rolling deployment of all services") {
            for number in 0..<size.services { try await update(number, to: 2, in: simulation) }
        }
        // Until a lost host is missed, and until it is back, all looks well.
        let unnoticed = SimulatedControlPlane.scheduler.replaceAfterSeconds + 5
        try await stage("loss of a zone of \(lost.count) hosts", least: unnoticed) {
            for host in lost { try await simulation.crashHost(host, upAfter: nil) }
        }
        try await stage("return of the zone", least: 15) {
            for host in lost { try await simulation.crashHost(host, upAfter: 1) }
        }
        try await stage("bad release of \(size.badReleases) services") {
            for number in 0..<size.badReleases { try await update(number, to: 3, in: simulation) }
        }
        return Outcome(
            stages: stages, completed: promises.completed, failed: promises.failed, rolledBack: promises.rolledBack,
            digest: simulation.digest)
    }

    // MARK: Stages

    private func stage(
        _ name: String, least: Double, _ simulation: Simulation, _ promises: ServiceInvariants,
        _ event: () async throws -> Void
    ) async throws -> Stage {
        let started = (simulation.clock.seconds, ContinuousClock().now, simulation.eventCount)
        try await simulation.perform(name) { try await event() }
        while true {
            try await simulation.run(until: simulation.clock.seconds + Self.lookSeconds)
            let seconds = simulation.clock.seconds - started.0
            if seconds >= least, unsteady(in: simulation, limit: 1).isEmpty { break }
            guard seconds < Self.convergenceSeconds else {
                let problems = promises.unsettled().values.sorted()
                throw Invariants.Violation(
                    description: "after the \(name) \(unsteady(in: simulation, limit: .max).count) services are not "
                        + "steady: \(problems.first ?? "they say why")")
            }
        }
        if let problem = promises.unsettled().values.min() { throw Invariants.Violation(description: problem) }
        // What hosts run, that is, and not what is said of them.
        let running = (0..<simulation.hostCount).reduce(0) { sum, number in
            sum + (simulation.host(number).isUp ? simulation.host(number).tasks.values.count { $0.isRunning } : 0)
        }
        guard running >= size.services * size.tasksPerService else {
            throw Invariants.Violation(description: "after the \(name) only \(running) tasks run")
        }
        let elapsed = ContinuousClock().now - started.1
        return Stage(
            name: name, simulatedSeconds: simulation.clock.seconds - started.0,
            realSeconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18,
            events: simulation.eventCount - started.2, running: running)
    }

    private func unsteady(in simulation: Simulation, limit: Int) -> [ServiceID] {
        simulation.plane.state.peek { tables in
            var found: [ServiceID] = []
            for number in 0..<size.services where found.count < limit {
                let id = ServiceID(cluster: .default, name: name(number))
                if tables.services.scheduling(of: id)?.isSteady != true { found.append(id) }
            }
            return found
        }
    }

    // MARK: Hosts and services

    private func addHosts(to simulation: Simulation) {
        for number in 0..<size.hosts {
            simulation.addHost(
                SimulatedHostFacts(
                    availabilityZone: Self.zones[number % Self.zones.count], cpuUnits: 8192, memoryMiB: 32768),
                upAfter: simulation.random.seconds(0...5))
        }
    }

    private func register(_ image: String, to simulation: Simulation) async throws {
        var container = ECS.ContainerDefinition()
        container.name = "app"
        container.image = image
        container.cpu = 32
        container.memory = 128
        container.portMappings = [.init(containerPort: 80)]
        var request = ECS.RegisterTaskDefinitionRequest()
        request.family = "app"
        request.containerDefinitions = [container]
        _ = try await simulation.plane.call(ECS.RegisterTaskDefinition.self, request)
    }

    private func name(_ number: Int) -> String { "service-\(number)" }

    private func create(_ number: Int, in simulation: Simulation) async throws {
        let (least, most) = Self.percentages[number % Self.percentages.count]
        var configuration = ECS.DeploymentConfiguration()
        configuration.minimumHealthyPercent = least
        configuration.maximumPercent = most
        configuration.deploymentCircuitBreaker = .init(enable: true, rollback: true)
        var request = ECS.CreateServiceRequest()
        request.serviceName = name(number)
        request.taskDefinition = "app:1"
        request.desiredCount = size.tasksPerService
        request.deploymentConfiguration = configuration
        _ = try await simulation.plane.call(ECS.CreateService.self, request)
    }

    private func update(_ number: Int, to revision: Int, in simulation: Simulation) async throws {
        _ = try await simulation.plane.call(
            ECS.UpdateService.self, .init(service: name(number), taskDefinition: "app:\(revision)"))
    }
}
