/// Container instances by id, and those of each cluster in the order they registered.
package struct ContainerInstanceTable: Sendable {
    private var rows: [ContainerInstanceID: ContainerInstanceRecord] = [:]
    private var ids: [Int: ContainerInstanceID] = [:]
    /// ACTIVE and DRAINING ones by cluster.
    private var registered = SecondaryIndex<ClusterName, Int>()
    private var connected = OrderedSet<Int>()

    package subscript(id: ContainerInstanceID) -> ContainerInstanceRecord? { rows[id] }
    package subscript(sequence sequence: Int) -> ContainerInstanceRecord? { ids[sequence].flatMap { rows[$0] } }

    /// Sequence numbers of a cluster's instances that are not INACTIVE.
    package func registered(in cluster: ClusterName) -> OrderedSet<Int> { registered[cluster] ?? OrderedSet() }

    package func registeredCount(in cluster: ClusterName) -> Int { registered.count(cluster) }

    /// Those whose agent is connected, of all clusters: what the liveness controller looks after.
    package var connectedIDs: [ContainerInstanceID] {
        var result: [ContainerInstanceID] = []
        result.reserveCapacity(connected.count)
        connected.forEach(after: nil) { sequence in
            if let id = ids[sequence] { result.append(id) }
            return true
        }
        return result
    }

    mutating func replace(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        if let old {
            if old.status != .inactive { registered.remove(old.cluster, old.sequence) }
            connected.remove(old.sequence)
        }
        if let new {
            rows[new.id] = new
            ids[new.sequence] = new.id
            if new.status != .inactive {
                registered.insert(new.cluster, new.sequence)
                if new.agentConnected { connected.insert(new.sequence) }
            }
        } else if let old {
            rows[old.id] = nil
            ids[old.sequence] = nil
        }
    }
}
