import ControlPlaneSimulation
import ControlPlaneState
import Placement

/// One run: a cluster of some hosts, clients and faults for a while, then peace, and everything must agree.
package struct FaultRun: Sendable {
    /// What a run was like.
    package struct Outcome: Sendable, Hashable {
        package var hosts: Int
        package var events: Int
        package var launched: Int
        package var checks: Int
        package var services = ServiceFigures()
        /// Of the whole course of events.
        package var digest: UInt64
    }

    /// Deployments that came to an end, by which.
    package struct ServiceFigures: Sendable, Hashable {
        package var deployed = 0
        package var completed = 0
        package var failed = 0
        package var rolledBack = 0

        package init() {}

        package static func + (left: Self, right: Self) -> Self {
            var sum = left
            sum.deployed += right.deployed
            sum.completed += right.completed
            sum.failed += right.failed
            sum.rolledBack += right.rolledBack
            return sum
        }
    }

    /// Why a run ended early, and how far it had come.
    package struct Failure: Error, CustomStringConvertible {
        package var seed: UInt64
        package var seconds: Double
        package var events: Int
        package var reason: String

        package var description: String {
            "seed \(seed), at \(seconds) s, after \(events) events: \(reason)"
        }
    }

    package let seed: UInt64
    private let hosts: ClosedRange<Int>
    private let troubleSeconds: Double
    /// Long enough for the longest time-out, back-off and stop.
    private let peaceSeconds = 180.0
    /// Of peace, until every service must be as it should be, or say why it is not.
    private let convergenceSeconds = 900.0

    /// - Parameters:
    ///   - hosts: how many, drawn by the seed.
    ///   - troubleSeconds: of simulated time, for clients and faults.
    package init(seed: UInt64, hosts: ClosedRange<Int> = 2...24, troubleSeconds: Double = 300) {
        self.seed = seed
        self.hosts = hosts
        self.troubleSeconds = troubleSeconds
    }

    /// - Throws: ``Failure``.
    package func run() async throws -> Outcome {
        let simulation = try await Simulation(.init(seed: seed))
        defer { simulation.close() }
        do {
            return try await run(simulation)
        } catch {
            throw Failure(
                seed: seed, seconds: simulation.clock.seconds, events: simulation.eventCount, reason: "\(error)")
        }
    }

    private func run(_ simulation: Simulation) async throws -> Outcome {
        var random = SimulationRandom(seed: seed ^ 0x5EED)
        let invariants = Invariants(simulation)
        let promises = ServiceInvariants(simulation)
        simulation.observe = { changes in
            try invariants.check(changes)
            try promises.check(changes)
        }
        simulation.observeRestart = { try invariants.checkAfterRestart() }
        addHosts(to: simulation, &random)
        let clients = Clients(simulation, invariants, random: random.fork())
        let deployers = ServiceClients(simulation, random: random.fork())
        let faults = Faults(simulation, random: random.fork())
        try await clients.register()
        try await deployers.register()
        try await simulation.run(until: 20)
        let end = 20 + troubleSeconds
        every(random.seconds(0.5...4), of: simulation, until: end, "client") { try await clients.act() }
        every(random.seconds(2...20), of: simulation, until: end, "deployer") { try await deployers.act() }
        every(random.seconds(3...40), of: simulation, until: end, "fault") { try await faults.strike() }
        try await simulation.run(until: end)
        faults.heal()
        try await simulation.run(until: end + peaceSeconds)
        try invariants.checkAcknowledged()
        try await checkAgreement(simulation, invariants)
        try await clients.describeAll()
        try await converge(simulation, promises, deployers)
        var figures = ServiceFigures()
        figures.deployed = deployers.deployed
        figures.completed = promises.completed
        figures.failed = promises.failed
        figures.rolledBack = promises.rolledBack
        return Outcome(
            hosts: simulation.hostCount, events: simulation.eventCount, launched: clients.launched,
            checks: invariants.checks + promises.checks,
            services: figures, digest: simulation.digest)
    }

    private func checkAgreement(_ simulation: Simulation, _ invariants: Invariants) async throws {
        let before = invariants.disagreements()
        guard !before.isEmpty else { return }
        try await simulation.run(until: simulation.clock.seconds + 20)
        if let lasting = invariants.disagreements().first(where: { before[$0.key] != nil }) {
            throw Invariants.Violation(description: lasting.value)
        }
    }

    /// Every service comes to what it should be, or says why it cannot.
    private func converge(
        _ simulation: Simulation, _ promises: ServiceInvariants, _ deployers: ServiceClients
    ) async throws {
        let end = simulation.clock.seconds + convergenceSeconds
        while true {
            try await deployers.withdrawBadReleases()
            try await simulation.run(until: simulation.clock.seconds + 20)
            let unsettled = promises.unsettled()
            if unsettled.isEmpty { return }
            guard simulation.clock.seconds < end else {
                let first = unsettled.min { $0.key < $1.key }
                throw Invariants.Violation(description: first?.value ?? "")
            }
        }
    }

    private func addHosts(to simulation: Simulation, _ random: inout SimulationRandom) {
        for _ in 0..<Int.random(in: hosts, using: &random) {
            let zone = "us-east-1\(["a", "b", "c"].randomElement(using: &random) ?? "a")"
            let size = Int.random(in: 1...4, using: &random)
            var behaviour = HostBehaviour()
            behaviour.failedStartProbability = random.happens(0.2) ? 0.1 : 0
            if random.happens(0.5) { behaviour.lifetimeSeconds = 5...200 }
            if random.happens(0.3) { behaviour.portConflictProbability = 0.2 }
            if random.happens(0.3) { behaviour.clockSkewSeconds = random.seconds(-3600...3600) }
            simulation.addHost(
                SimulatedHostFacts(
                    availabilityZone: zone, cpuUnits: 1024 * size, memoryMiB: 2048 * size,
                    gpuIDs: random.happens(0.2) ? ["GPU-0", "GPU-1"] : [],
                    attributes: (random.happens(0.3) ? ["colour": "red"] : [:]).merging(
                        random.happens(0.3) ? ServiceClients.autoScalingGroup : [:]
                    ) { first, _ in first }),
                behaviour: behaviour, upAfter: random.seconds(0...15))
        }
    }

    /// At random intervals of this length on average.
    private func every(
        _ seconds: Double, of simulation: Simulation, until end: Double, _ name: String,
        _ body: @escaping () async throws -> Void
    ) {
        let pause = simulation.random.seconds(0...(2 * seconds))
        guard simulation.clock.seconds + pause < end else { return }
        simulation.schedule(name, after: pause) { simulation in
            try await body()
            every(seconds, of: simulation, until: end, name, body)
        }
    }
}
