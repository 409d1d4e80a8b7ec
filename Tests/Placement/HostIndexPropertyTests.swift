import Placement
import Testing

/// Random histories, in which the index and the dumb reference must agree at every step.
@Suite struct HostIndexPropertyTests {
    /// Few hosts make conflicts common; many reach the trees' upper levels and groups on more hosts than a list holds.
    static let hostCounts = [2, 6, 10, 3, 20, 5, 14, 4, 70]

    @Test(arguments: 0..<250)
    func agreesWithReference(seed: Int) {
        let hostCount = seed % 50 == 49 ? 200 : Self.hostCounts[seed % Self.hostCounts.count]
        var history = RandomHistory(seed: UInt64(seed), hostLimit: hostCount, zoneCount: 1 + seed % 4)
        // Most hosts at once, else a large cluster would never fill.
        for _ in 0..<hostCount { history.upsertHost() }
        let steps = hostCount > 70 ? 45 : 100
        for step in 0..<steps {
            history.step()
            if step % 50 == 0 { history.compareAll() }
            if history.disagreed { break }
        }
        history.compareAll()
    }
}
