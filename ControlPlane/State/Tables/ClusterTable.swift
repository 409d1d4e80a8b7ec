/// Clusters by name, INACTIVE ones included.
package struct ClusterTable: Sendable {
    private var rows: [ClusterName: ClusterRecord] = [:]
    /// Names of those that are not INACTIVE, in the order of ListClusters.
    package private(set) var listed = OrderedSet<String>()
    private var byCapacityProvider = SecondaryIndex<String, String>()
    private var byNamespace = SecondaryIndex<String, String>()

    package subscript(name: ClusterName) -> ClusterRecord? { rows[name] }

    /// Names of the clusters that are not INACTIVE and have this capacity provider.
    package func associated(withCapacityProvider name: String) -> OrderedSet<String> {
        byCapacityProvider[name] ?? OrderedSet()
    }

    /// Whether an ACTIVE cluster has this namespace, a name or an ARN, for its default.
    package func hasNamespace(_ namespace: String) -> Bool {
        byNamespace.count(namespace) > 0
    }

    mutating func replace(_ old: ClusterRecord?, _ new: ClusterRecord?) {
        if let old, old.status == .active {
            listed.remove(old.name.rawValue)
            if let namespace = old.serviceConnectNamespace { byNamespace.remove(namespace, old.name.rawValue) }
            for provider in old.capacityProviders ?? [] { byCapacityProvider.remove(provider, old.name.rawValue) }
        }
        if let new {
            rows[new.name] = new
            if new.status == .active {
                listed.insert(new.name.rawValue)
                if let namespace = new.serviceConnectNamespace { byNamespace.insert(namespace, new.name.rawValue) }
                for provider in new.capacityProviders ?? [] { byCapacityProvider.insert(provider, new.name.rawValue) }
            }
        } else if let old {
            rows[old.name] = nil
        }
    }
}
