package import AWSModels
package import FoundationEssentials

/// A cluster. An INACTIVE one stays describable; creating its name again makes it a fresh ACTIVE one.
package struct ClusterRecord: StoredRecord {
    package static let kind = "cluster"
    package static let version = 1
    package var storeKey: String { name.rawValue }

    package enum Status: String, Codable, Sendable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
    }

    package var name: ClusterName
    package var status: Status
    package var createdAt: Date
    package var tags: [ECS.Tag]
    // Optional, since the records of earlier versions lack them.
    /// Nil means ECS's own defaults.
    package var settings: [ECS.ClusterSetting]?
    package var configuration: ECS.ClusterConfiguration?
    /// The default namespace of Service Connect: a name or an ARN, as it was given.
    package var serviceConnectNamespace: String?
    /// Names of the capacity providers that are associated with the cluster.
    package var capacityProviders: [String]?
    package var defaultCapacityProviderStrategy: [ECS.CapacityProviderStrategyItem]?

    package init(name: ClusterName, status: Status = .active, createdAt: Date, tags: [ECS.Tag] = []) {
        self.name = name
        self.status = status
        self.createdAt = createdAt
        self.tags = tags
    }
}
