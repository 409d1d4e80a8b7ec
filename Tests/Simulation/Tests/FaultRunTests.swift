import FaultSimulation
import Testing

/// A few runs; `Tests/simulate` makes many.
@Suite(.timeLimit(.minutes(5))) struct FaultRunTests {
    @Test(arguments: UInt64(1)...12) func nothingAcknowledgedIsLostAndNothingIsGivenTwice(seed: UInt64) async throws {
        let outcome = try await FaultRun(seed: seed).run()
        #expect(outcome.events > 100)
    }

    @Test func aSeedReplaysExactly() async throws {
        let first = try await FaultRun(seed: 77).run()
        let second = try await FaultRun(seed: 77).run()
        #expect(first == second)
    }
}
