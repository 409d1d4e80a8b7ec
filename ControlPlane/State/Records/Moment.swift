package import FoundationEssentials

/// A time to the millisecond, or none, in eight bytes: a record has seven of them, and there are millions of records.
package struct Moment: Hashable, Sendable {
    /// Since 1970.
    package var milliseconds: Int64

    private static let never = Int64.min

    package init(milliseconds: Int64?) { self.milliseconds = milliseconds ?? Self.never }

    package init(_ date: Date?) {
        milliseconds = date.flatMap { Int64(exactly: ($0.timeIntervalSince1970 * 1000).rounded()) } ?? Self.never
    }

    package static let none = Moment(milliseconds: nil)

    package var date: Date? {
        milliseconds == Self.never ? nil : Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    package var isNone: Bool { milliseconds == Self.never }
}
