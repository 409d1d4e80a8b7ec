package import FoundationEssentials

package enum Timestamps {
    /// `2026-01-31T12:34:56.789Z`.
    package static func iso8601(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().timeZone(separator: .omitted).time(includingFractionalSeconds: true))
    }

    /// Whole milliseconds: what the ECS API shows of a time, and so what is kept of one.
    package static func toMilliseconds(_ date: Date) -> Date {
        Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1000).rounded() / 1000)
    }
}
