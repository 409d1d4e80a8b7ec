package import FoundationEssentials

/// Services by name, INACTIVE ones included, with the lists and counts that operations ask for.
package struct ServiceTable: Sendable {
    /// What ListServices can select by, each within a cluster.
    package enum Filter: Hashable, Sendable {
        case all
        /// By the API's name: one that no service can have selects nothing. Services with a capacity provider strategy
        /// have no launch type.
        case launchType(String)
        case schedulingStrategy(ServiceConfiguration.SchedulingStrategy)
    }

    private struct Selector: Hashable {
        var cluster: ClusterName
        var filter: Filter
    }

    private struct CountKey: Hashable {
        var cluster: ClusterName
        var status: ServiceRecord.Status
        var launchType: TaskRecord.LaunchType
    }

    private struct TokenKey: Hashable {
        var cluster: ClusterName
        var clientToken: String
    }

    /// An INACTIVE service's place in the queue of those to be forgotten.
    private struct EndedKey: Comparable, Hashable, Sendable {
        var endedAt: Date
        var id: ServiceID

        static func < (left: Self, right: Self) -> Bool {
            left.endedAt == right.endedAt ? left.id < right.id : left.endedAt < right.endedAt
        }
    }

    private var rows: [ServiceID: ServiceRecord] = [:]
    private var scheduling: [ServiceID: ServiceSchedulingRecord] = [:]
    /// Names of the ACTIVE ones.
    private var listed = SecondaryIndex<Selector, String>()
    private var counts: [CountKey: Int] = [:]
    /// Of those that are not INACTIVE.
    private var byClientToken: [TokenKey: ServiceID] = [:]
    private var ended = OrderedSet<EndedKey>()

    package subscript(id: ServiceID) -> ServiceRecord? { rows[id] }

    /// What the scheduler remembers of it; nothing at first.
    package func scheduling(of id: ServiceID) -> ServiceSchedulingRecord? { scheduling[id] }

    /// How many tasks it should have, whoever said so.
    package func desiredCount(of service: ServiceRecord) -> Int {
        service.configuration.schedulingStrategy == .daemon
            ? scheduling[service.id]?.desiredCount ?? 0 : service.desiredCount
    }

    /// Names of the cluster's ACTIVE services that the filter selects, in their order.
    package func list(_ filter: Filter, in cluster: ClusterName) -> OrderedSet<String> {
        listed[Selector(cluster: cluster, filter: filter)] ?? OrderedSet()
    }

    /// - Parameter launchType: nil for all of them.
    package func count(
        _ status: ServiceRecord.Status, in cluster: ClusterName, _ launchType: TaskRecord.LaunchType? = nil
    ) -> Int {
        let launchTypes = launchType.map { [$0] } ?? TaskRecord.LaunchType.allCases
        return launchTypes.reduce(0) {
            $0 + counts[CountKey(cluster: cluster, status: status, launchType: $1), default: 0]
        }
    }

    /// The service of the cluster, not INACTIVE, that was made under this client token.
    package func service(clientToken: String, in cluster: ClusterName) -> ServiceID? {
        byClientToken[TokenKey(cluster: cluster, clientToken: clientToken)]
    }

    /// Every service that is not INACTIVE: for a scheduler that starts.
    package var unended: [ServiceID] { rows.values.lazy.filter { $0.status != .inactive }.map(\.id).sorted() }

    /// INACTIVE ones, the earliest first.
    package func inactive(endedBefore date: Date, limit: Int) -> [ServiceID] {
        var found: [ServiceID] = []
        ended.forEach(after: nil) { key in
            guard found.count < limit, key.endedAt < date else { return false }
            found.append(key.id)
            return true
        }
        return found
    }

    mutating func replace(_ old: ServiceRecord?, _ new: ServiceRecord?) {
        if let old { unlist(old) }
        if let new {
            list(new)
            rows[new.id] = new
        } else if let old {
            rows[old.id] = nil
        }
    }

    mutating func replace(_ old: ServiceSchedulingRecord?, _ new: ServiceSchedulingRecord?) {
        if let old, new == nil { scheduling[old.service] = nil }
        if let new { scheduling[new.service] = new }
    }

    private mutating func list(_ record: ServiceRecord) {
        count(record, by: 1)
        if record.status == .active {
            for selector in Self.selectors(record) { listed.insert(selector, record.id.name) }
        }
        if record.status == .inactive {
            if let endedAt = record.endedAt { ended.insert(EndedKey(endedAt: endedAt, id: record.id)) }
        } else if let token = record.creationToken {
            byClientToken[TokenKey(cluster: record.id.cluster, clientToken: token.clientToken)] = record.id
        }
    }

    private mutating func unlist(_ record: ServiceRecord) {
        count(record, by: -1)
        if record.status == .active {
            for selector in Self.selectors(record) { listed.remove(selector, record.id.name) }
        }
        if record.status == .inactive {
            if let endedAt = record.endedAt { ended.remove(EndedKey(endedAt: endedAt, id: record.id)) }
        } else if let token = record.creationToken {
            byClientToken[TokenKey(cluster: record.id.cluster, clientToken: token.clientToken)] = nil
        }
    }

    private mutating func count(_ record: ServiceRecord, by difference: Int) {
        let key = CountKey(cluster: record.id.cluster, status: record.status, launchType: record.launchType)
        let count = counts[key, default: 0] + difference
        counts[key] = count == 0 ? nil : count
    }

    private static func selectors(_ record: ServiceRecord) -> [Selector] {
        var filters: [Filter] = [.all, .schedulingStrategy(record.configuration.schedulingStrategy)]
        if let launchType = record.configuration.tasks?.launchType { filters.append(.launchType(launchType.rawValue)) }
        return filters.map { Selector(cluster: record.id.cluster, filter: $0) }
    }
}
