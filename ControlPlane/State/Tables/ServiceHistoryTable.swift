package import FoundationEssentials

/// Service revisions, and the service deployments that were to bring them about.
package struct ServiceHistoryTable: Sendable {
    /// A finished service deployment's place in the queue of those to be forgotten.
    private struct FinishedKey: Comparable, Hashable, Sendable {
        var finishedAt: Date
        var sequence: Int

        static func < (left: Self, right: Self) -> Bool {
            left.finishedAt == right.finishedAt
                ? left.sequence < right.sequence : left.finishedAt < right.finishedAt
        }
    }

    private var revisions: [ServiceRevisionID: ServiceRevisionRecord] = [:]
    private var revisionsByService: [ServiceID: Set<ServiceRevisionID>] = [:]
    private var deployments: [ServiceDeploymentID: ServiceDeploymentRecord] = [:]
    private var bySequence: [Int: ServiceDeploymentID] = [:]
    private var byService = SecondaryIndex<ServiceID, Int>()
    /// How many service deployments have the revision for a target: one, or none any more.
    private var targets: [ServiceRevisionID: Int] = [:]
    private var finished = OrderedSet<FinishedKey>()

    package subscript(id: ServiceRevisionID) -> ServiceRevisionRecord? { revisions[id] }
    package subscript(id: ServiceDeploymentID) -> ServiceDeploymentRecord? { deployments[id] }
    package subscript(sequence sequence: Int) -> ServiceDeploymentRecord? {
        bySequence[sequence].flatMap { deployments[$0] }
    }

    /// In no particular order.
    package func revisions(of service: ServiceID) -> Set<ServiceRevisionID> { revisionsByService[service] ?? [] }

    /// Sequence numbers of the service's deployments, the newest last.
    package func deployments(of service: ServiceID) -> OrderedSet<Int> { byService[service] ?? OrderedSet() }

    /// Whether a service deployment that is kept was made for the revision.
    package func isTarget(_ revision: ServiceRevisionID) -> Bool { targets[revision] != nil }

    /// The earliest first.
    package func deployments(finishedBefore date: Date, limit: Int) -> [ServiceDeploymentRecord] {
        var found: [ServiceDeploymentRecord] = []
        finished.forEach(after: nil) { key in
            guard found.count < limit, key.finishedAt < date else { return false }
            if let record = self[sequence: key.sequence] { found.append(record) }
            return true
        }
        return found
    }

    mutating func replace(_ old: ServiceRevisionRecord?, _ new: ServiceRevisionRecord?) {
        if let old {
            revisions[old.id] = nil
            revisionsByService[old.service]?.remove(old.id)
            if revisionsByService[old.service]?.isEmpty == true { revisionsByService[old.service] = nil }
        }
        if let new {
            revisions[new.id] = new
            revisionsByService[new.service, default: []].insert(new.id)
        }
    }

    mutating func replace(_ old: ServiceDeploymentRecord?, _ new: ServiceDeploymentRecord?) {
        if let old {
            deployments[old.id] = nil
            bySequence[old.sequence] = nil
            byService.remove(old.service, old.sequence)
            count(old.targetRevision.id, by: -1)
            if let key = Self.finishedKey(old) { finished.remove(key) }
        }
        if let new {
            deployments[new.id] = new
            bySequence[new.sequence] = new.id
            byService.insert(new.service, new.sequence)
            count(new.targetRevision.id, by: 1)
            if let key = Self.finishedKey(new) { finished.insert(key) }
        }
    }

    private mutating func count(_ revision: ServiceRevisionID, by difference: Int) {
        let count = targets[revision, default: 0] + difference
        targets[revision] = count == 0 ? nil : count
    }

    private static func finishedKey(_ record: ServiceDeploymentRecord) -> FinishedKey? {
        record.finishedAt.map { FinishedKey(finishedAt: $0, sequence: record.sequence) }
    }
}
