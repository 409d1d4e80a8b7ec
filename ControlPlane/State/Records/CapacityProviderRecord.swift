package import AWSModels
package import FoundationEssentials

/// A capacity provider that somebody made. An INACTIVE one stays describable; creating its name again makes a fresh one.
///
/// FARGATE and FARGATE_SPOT are always there and have no record (``reservedNames``).
package struct CapacityProviderRecord: StoredRecord {
    package static let kind = "capacityProvider"
    package static let version = 1
    package var storeKey: String { name }

    /// The providers that ECS itself has, in every account, always ACTIVE.
    package static let reservedNames = ["FARGATE", "FARGATE_SPOT"]

    package enum Status: String, Codable, Sendable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
    }

    package var name: String
    package var status: Status
    /// ECS's defaults filled in.
    package var autoScalingGroupProvider: ECS.AutoScalingGroupProvider
    /// How the last update or deletion went; nil if there was none.
    package var updateStatus: ECS.CapacityProviderUpdateStatus?
    package var updateStatusReason: String?
    package var createdAt: Date
    package var tags: [ECS.Tag]

    package init(
        name: String, autoScalingGroupProvider: ECS.AutoScalingGroupProvider, createdAt: Date, tags: [ECS.Tag]
    ) {
        self.name = name
        self.autoScalingGroupProvider = autoScalingGroupProvider
        self.createdAt = createdAt
        self.tags = tags
        status = .active
    }

    /// The group's name, whether the provider was given that or the group's ARN.
    package var autoScalingGroupName: String {
        let reference = autoScalingGroupProvider.autoScalingGroupArn ?? ""
        guard reference.hasPrefix("arn:"), let slash = reference.firstIndex(of: "/") else { return reference }
        return String(reference[reference.index(after: slash)...])
    }
}
