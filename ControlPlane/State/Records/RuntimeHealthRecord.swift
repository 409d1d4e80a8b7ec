package import FoundationEssentials

/// What a host said of its container runtime.
package struct RuntimeHealthRecord: Codable, Sendable, Hashable {
    package var isImpaired: Bool
    package var reason: String?
    /// By the host's clock.
    package var changedAt: Date
    package var updatedAt: Date

    package init(isImpaired: Bool, reason: String?, changedAt: Date, updatedAt: Date) {
        self.isImpaired = isImpaired
        self.reason = reason
        self.changedAt = changedAt
        self.updatedAt = updatedAt
    }

    /// Whether nothing is different but when it was said.
    package func says(sameAs other: RuntimeHealthRecord?) -> Bool {
        isImpaired == other?.isImpaired && reason == other?.reason && changedAt == other?.changedAt
    }
}
