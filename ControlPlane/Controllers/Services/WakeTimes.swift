import ControlPlaneState
import FoundationEssentials

/// When each service is to be looked at again although nothing happened; the earliest first.
struct WakeTimes: Sendable {
    private struct Key: Comparable, Hashable, Sendable {
        var date: Date
        var service: ServiceID

        static func < (left: Self, right: Self) -> Bool {
            left.date == right.date ? left.service < right.service : left.date < right.date
        }
    }

    private var order = OrderedSet<Key>()
    private var dates: [ServiceID: Date] = [:]

    var next: Date? { order.first?.date }

    /// - Parameter date: nil for never.
    mutating func set(_ date: Date?, for service: ServiceID) {
        guard dates[service] != date else { return }
        if let old = dates[service] { order.remove(Key(date: old, service: service)) }
        dates[service] = date
        if let date { order.insert(Key(date: date, service: service)) }
    }

    /// Takes those whose time has come.
    mutating func take(until now: Date) -> [ServiceID] {
        var due: [ServiceID] = []
        while let first = order.first, first.date <= now {
            due.append(first.service)
            set(nil, for: first.service)
        }
        return due
    }
}
