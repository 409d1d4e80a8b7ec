import FaultSimulation
import Testing

/// A fixed set of runs, and a few that nobody has seen; `Tests/simulate` makes many.
@Suite(.timeLimit(.minutes(10))) struct FaultRunTests {
    @Test(arguments: UInt64(1)...24) func nothingAcknowledgedIsLostAndNothingIsGivenTwice(seed: UInt64) async throws {
        let outcome = try await FaultRun(seed: seed).run()
        #expect(outcome.events > 100 && outcome.launched > 0)
    }

    /// The seed is in the test's name, and in the failure: `Tests/simulate --first SEED --seeds 1` replays it.
    @Test(arguments: (0..<8).map { _ in UInt64.random(in: 1_000...9_999_999) })
    func freshSeedsHoldToo(seed: UInt64) async throws {
        _ = try await FaultRun(seed: seed).run()
    }

    /// `Tests/simulate --scenario fleet` is the same with thirty times the hosts.
    @Test func aFleetIsSteadyAfterEachThingThatHappensToIt() async throws {
        let outcome = try await FleetRun(.small).run()
        #expect(outcome.stages.map(\.running) == Array(repeating: 1000, count: 5))
        // First deployments, the updates of all, and of the bad releases what was gone back to.
        #expect(outcome.completed == 100 + 100 + 10)
        #expect(outcome.failed == 10 && outcome.rolledBack == 10)
    }

    @Test func aSeedReplaysExactly() async throws {
        let first = try await FaultRun(seed: 77).run()
        let second = try await FaultRun(seed: 77).run()
        #expect(first == second)
    }
}
