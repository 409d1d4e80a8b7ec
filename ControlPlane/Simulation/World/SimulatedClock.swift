package import FoundationEssentials
import Synchronization

/// Time that passes when the simulation says so.
package final class SimulatedClock: Sendable {
    /// Where simulated time begins: 2027-01-15T08:00:00Z.
    package static let beginning = Date(timeIntervalSince1970: 1_800_000_000)

    private let origin = ContinuousClock().now
    private let elapsed = Mutex(0.0)

    package init() {}

    /// Seconds since the beginning.
    package var seconds: Double { elapsed.withLock { $0 } }
    package var now: Date { Self.beginning.addingTimeInterval(seconds) }
    package var instant: ContinuousClock.Instant { origin.advanced(by: .seconds(seconds)) }

    /// Never back.
    func advance(to seconds: Double) { elapsed.withLock { $0 = max($0, seconds) } }
}
