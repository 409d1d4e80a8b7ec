import ControlPlaneSimulation

/// What goes wrong: hosts and agents crash, zones fail, connections break, messages are lost, repeated and late, the
/// control plane is killed, its disk fails.
final class Faults {
    private let simulation: Simulation
    private var random: SimulationRandom
    /// Until it is healed.
    private var isActive = true

    init(_ simulation: Simulation, random: SimulationRandom) {
        self.simulation = simulation
        self.random = random
    }

    /// One thing that goes wrong.
    func strike() async throws {
        guard isActive, simulation.hostCount > 0 else { return }
        let number = Int.random(in: 0..<simulation.hostCount, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: try await simulation.restartAgent(number)
        case 25..<45: try await simulation.crashHost(number, upAfter: random.seconds(5...180))
        case 45..<70: partition(number, for: random.seconds(1...120))
        case 70..<75: try await failZone(of: number)
        case 75..<83: weather()
        case 83..<93: try await simulation.restartControlPlane()
        default: simulation.store.failNextCommit(MemoryStore.Fault.allCases.randomElement(using: &random) ?? .lost)
        }
    }

    /// From now on nothing goes wrong, and what was broken works again.
    func heal() {
        isActive = false
        simulation.network = SimulatedNetwork()
        for number in 0..<simulation.hostCount {
            simulation.setPartitioned(false, host: number)
            var calm = HostBehaviour()
            calm.clockSkewSeconds = simulation.host(number).behaviour.clockSkewSeconds
            simulation.setBehaviour(calm, of: number)
        }
    }

    private func partition(_ number: Int, for seconds: Double) {
        simulation.setPartitioned(true, host: number)
        simulation.schedule("partition ends", after: seconds) { simulation in
            simulation.setPartitioned(false, host: number)
        }
    }

    private func failZone(of number: Int) async throws {
        let zone = simulation.host(number).facts.availabilityZone
        let seconds = random.seconds(20...120)
        for other in 0..<simulation.hostCount where simulation.host(other).facts.availabilityZone == zone {
            try await simulation.crashHost(other, upAfter: seconds + random.seconds(0...20))
        }
    }

    private func weather() {
        var network = SimulatedNetwork()
        network.lossProbability = random.seconds(0...0.2)
        network.duplicateProbability = random.seconds(0...0.3)
        network.latencySeconds = 0.001...random.seconds(0.01...3)
        simulation.network = network
    }
}
