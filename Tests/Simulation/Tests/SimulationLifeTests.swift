import ControlPlaneSimulation
import ControlPlaneState
import FaultSimulation
import Testing

@Suite struct SimulationLifeTests {
    /// Runs of many seeds are one process: what a run leaves behind adds up.
    @Test func nothingIsLeftOfASimulationThatWasClosed() async throws {
        weak var state: ClusterState?
        weak var watcher: Watcher?
        try await {
            let simulation = try await Simulation(.init(seed: 1))
            defer { simulation.close() }
            let newWatcher = Watcher(simulation)
            simulation.observe = { _ in newWatcher.count += 1 }
            simulation.observeRestart = { newWatcher.count += 1 }
            simulation.schedule("later", after: 1000) { _ in newWatcher.count += 1 }
            simulation.addHost(
                SimulatedHostFacts(availabilityZone: "a", cpuUnits: 1024, memoryMiB: 1024, gpuIDs: [], attributes: [:]))
            try await simulation.run(until: 10)
            state = simulation.plane.state
            try await simulation.restartControlPlane()
            #expect(state == nil, "of the life before the restart, either")
            try await simulation.run(until: 20)
            state = simulation.plane.state
            watcher = newWatcher
            #expect(newWatcher.count > 0 && simulation.host(0).isConnected)
        }()
        #expect(state == nil)
        #expect(watcher == nil)
    }

    private final class Watcher {
        let simulation: Simulation
        var count = 0

        init(_ simulation: Simulation) { self.simulation = simulation }
    }
}
