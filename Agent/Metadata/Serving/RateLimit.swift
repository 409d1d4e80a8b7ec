import Synchronization

/// Lets so many requests a second through, and for a moment more: a token bucket.
package final class RateLimit: Sendable {
    /// ECS_TASK_METADATA_RPS_LIMIT: the steady rate and the burst.
    package struct Rate: Sendable, Hashable {
        package var perSecond: Int
        package var burst: Int

        package init(perSecond: Int, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }

        /// `40,60`; nil for what is no such pair.
        package init?(_ text: String) {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
                Int($0.filter { $0 != " " })
            }
            guard parts.count == 2, let perSecond = parts[0], let burst = parts[1], perSecond >= 0, burst >= perSecond
            else { return nil }
            self.init(perSecond: perSecond, burst: burst)
        }

        var isUnlimited: Bool { perSecond == 0 }
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private let rate: Rate
    private let bucket: Mutex<Bucket>

    package init(_ rate: Rate, now: ContinuousClock.Instant = .now) {
        self.rate = rate
        bucket = Mutex(Bucket(tokens: Double(rate.burst), filledAt: now))
    }

    /// Whether one more request may pass now.
    func admit(at now: ContinuousClock.Instant = .now) -> Bool {
        guard !rate.isUnlimited else { return true }
        return bucket.withLock { bucket in
            let elapsed = bucket.filledAt.duration(to: now) / .seconds(1)
            bucket.tokens = min(Double(rate.burst), bucket.tokens + max(0, elapsed) * Double(rate.perSecond))
            bucket.filledAt = now
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
    }
}
