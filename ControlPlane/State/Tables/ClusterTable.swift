/// Clusters by name, INACTIVE ones included.
package struct ClusterTable: Sendable {
    private var rows: [ClusterName: ClusterRecord] = [:]
    /// Names of those that are not INACTIVE, in the order of ListClusters.
    package private(set) var listed = OrderedSet<String>()

    package subscript(name: ClusterName) -> ClusterRecord? { rows[name] }

    mutating func replace(_ old: ClusterRecord?, _ new: ClusterRecord?) {
        if let old, old.status == .active { listed.remove(old.name.rawValue) }
        if let new {
            rows[new.name] = new
            if new.status == .active { listed.insert(new.name.rawValue) }
        } else if let old {
            rows[old.name] = nil
        }
    }
}
