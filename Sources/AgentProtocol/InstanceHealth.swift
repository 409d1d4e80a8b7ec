package import FoundationEssentials

/// Whether a host's container runtime answers.
///
/// - Source: API Reference, InstanceHealthCheckResult, of the type CONTAINER_RUNTIME.
package struct InstanceHealth: Codable, Sendable, Hashable {
    package enum Status: String, Codable, Sendable, Hashable {
        case ok = "OK"
        case impaired = "IMPAIRED"
    }

    package var status: Status
    /// What is wrong; nil if nothing is.
    package var reason: String?
    /// Since when it is so.
    package var since: Date

    package init(status: Status, reason: String? = nil, since: Date) {
        self.status = status
        self.reason = reason
        self.since = since
    }
}
