import AWSModels
package import FoundationEssentials

/// Container instances by id, those of each cluster in the order they registered, and by what lists select them.
package struct ContainerInstanceTable: Sendable {
    private struct AttributeKey: Hashable {
        var cluster: ClusterName
        var name: String
    }

    private struct MachineKey: Hashable {
        var cluster: ClusterName
        var ec2InstanceID: String
    }

    private struct InactiveKey: Comparable {
        var deregisteredAt: Date
        var sequence: Int

        static func < (left: Self, right: Self) -> Bool {
            left.deregisteredAt == right.deregisteredAt
                ? left.sequence < right.sequence : left.deregisteredAt < right.deregisteredAt
        }
    }

    private var rows: [ContainerInstanceID: ContainerInstanceRecord] = [:]
    private var ids: [Int: ContainerInstanceID] = [:]
    /// ACTIVE and DRAINING ones by cluster. So are the two indices that follow.
    private var registeredByCluster = SecondaryIndex<ClusterName, Int>()
    private var attributed = SecondaryIndex<AttributeKey, Int>()
    private var machines = SecondaryIndex<MachineKey, Int>()
    private var connected = OrderedSet<Int>()
    /// How many ACTIVE ones there are in each Availability Zone.
    private var activeZones: [ClusterName: [String: Int]] = [:]
    /// INACTIVE ones, the first to be deregistered first.
    private var inactive = OrderedSet<InactiveKey>()

    package subscript(id: ContainerInstanceID) -> ContainerInstanceRecord? { rows[id] }
    package subscript(sequence sequence: Int) -> ContainerInstanceRecord? { ids[sequence].flatMap { rows[$0] } }

    /// Those of all clusters that are not INACTIVE, in no order.
    var registered: some Sequence<ContainerInstanceRecord> { rows.values.lazy.filter { $0.status != .inactive } }

    /// Sequence numbers of a cluster's instances that are not INACTIVE.
    package func registered(in cluster: ClusterName) -> OrderedSet<Int> { registeredByCluster[cluster] ?? OrderedSet() }

    package func registeredCount(in cluster: ClusterName) -> Int { registeredByCluster.count(cluster) }

    /// Sequence numbers of a cluster's instances that are not INACTIVE and have an attribute of this name.
    package func registered(in cluster: ClusterName, withAttribute name: String) -> OrderedSet<Int> {
        attributed[AttributeKey(cluster: cluster, name: name)] ?? OrderedSet()
    }

    /// The machine's instance that is not INACTIVE; the one that registered last, if there are several.
    package func registered(in cluster: ClusterName, ec2InstanceID: String) -> ContainerInstanceRecord? {
        machines[MachineKey(cluster: cluster, ec2InstanceID: ec2InstanceID)]?.last.flatMap { self[sequence: $0] }
    }

    /// The Availability Zones of a cluster that have an ACTIVE instance, in their order.
    package func activeZones(of cluster: ClusterName) -> [String] { (activeZones[cluster] ?? [:]).keys.sorted() }

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

    /// At most `limit` instances that were deregistered before `date`, the first first.
    package func inactive(deregisteredBefore date: Date, limit: Int) -> [ContainerInstanceID] {
        var found: [ContainerInstanceID] = []
        inactive.forEach(after: nil) { key in
            guard key.deregisteredAt < date, found.count < limit else { return false }
            if let id = ids[key.sequence] { found.append(id) }
            return true
        }
        return found
    }

    mutating func replace(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        let before = old.flatMap { $0.status == .inactive ? nil : $0 }
        let after = new.flatMap { $0.status == .inactive ? nil : $0 }
        index(before, after)
        countZone(before, after)
        if let old {
            connected.remove(old.sequence)
            if let key = Self.inactiveKey(old) { inactive.remove(key) }
        }
        if let new {
            rows[new.id] = new
            ids[new.sequence] = new.id
            if let after, after.agentConnected { connected.insert(after.sequence) }
            if let key = Self.inactiveKey(new) { inactive.insert(key) }
        } else if let old {
            rows[old.id] = nil
            ids[old.sequence] = nil
        }
    }

    /// A host's connection comes and goes far more often than its attributes change, so these are compared first.
    private mutating func index(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        if old?.cluster != new?.cluster {
            if let old { registeredByCluster.remove(old.cluster, old.sequence) }
            if let new { registeredByCluster.insert(new.cluster, new.sequence) }
        }
        if old?.cluster != new?.cluster || old?.attributes != new?.attributes {
            if let old { for key in Self.attributeKeys(old) { attributed.remove(key, old.sequence) } }
            if let new { for key in Self.attributeKeys(new) { attributed.insert(key, new.sequence) } }
        }
        let oldMachine = old.flatMap(Self.machineKey)
        let newMachine = new.flatMap(Self.machineKey)
        if oldMachine != newMachine {
            if let old, let oldMachine { machines.remove(oldMachine, old.sequence) }
            if let new, let newMachine { machines.insert(newMachine, new.sequence) }
        }
    }

    private mutating func countZone(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        let before = old.flatMap { $0.status == .active ? $0.availabilityZone : nil }
        let after = new.flatMap { $0.status == .active ? $0.availabilityZone : nil }
        guard before != after || old?.cluster != new?.cluster else { return }
        if let before, let old {
            let count = (activeZones[old.cluster]?[before] ?? 0) - 1
            activeZones[old.cluster]?[before] = count > 0 ? count : nil
            if activeZones[old.cluster]?.isEmpty == true { activeZones[old.cluster] = nil }
        }
        if let after, let new { activeZones[new.cluster, default: [:]][after, default: 0] += 1 }
    }

    private static func attributeKeys(_ record: ContainerInstanceRecord) -> [AttributeKey] {
        record.attributes.compactMap { $0.name }.map { AttributeKey(cluster: record.cluster, name: $0) }
    }

    private static func inactiveKey(_ record: ContainerInstanceRecord) -> InactiveKey? {
        guard record.status == .inactive else { return nil }
        return InactiveKey(deregisteredAt: record.deregisteredAt ?? record.registeredAt, sequence: record.sequence)
    }

    private static func machineKey(_ record: ContainerInstanceRecord) -> MachineKey? {
        record.ec2InstanceID.map { MachineKey(cluster: record.cluster, ec2InstanceID: $0) }
    }
}
