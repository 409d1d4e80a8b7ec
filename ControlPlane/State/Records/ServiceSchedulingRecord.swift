package import FoundationEssentials
import ServiceScheduler

/// What its scheduler remembers of a service as a whole: apart from the service's own record, which is large.
package struct ServiceSchedulingRecord: StoredRecord, Hashable {
    package static let kind = "serviceScheduling"
    package static let version = 1
    package var storeKey: String { service.description }

    /// A problem that was told of and still is, so that it is not told again.
    package struct Notice: Codable, Sendable, Hashable {
        /// The scheduler's word for the kind of problem.
        package var kind: String
        /// What has to change for it to be told again.
        package var cause: String
        package var toldAt: Date

        package init(kind: String, cause: String, toldAt: Date) {
            self.kind = kind
            self.cause = cause
            self.toldAt = toldAt
        }
    }

    package var service: ServiceID
    /// Of a DAEMON service: how many container instances are to have a task.
    package var desiredCount = 0
    package var notices: [Notice] = []
    /// How many tasks were started to balance the service over zones, for as many to be stopped elsewhere; nil when none
    /// is being moved.
    package var rebalancing: Int?

    package init(service: ServiceID) { self.service = service }

    /// Whether the service had reached a steady state when it was last planned.
    package var isSteady: Bool { notices.contains { $0.kind == ServiceScheduler.Notice.Kind.steadyState.rawValue } }
}
