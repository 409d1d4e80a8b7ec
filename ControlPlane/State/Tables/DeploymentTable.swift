/// The deployments of services that are ACTIVE or DRAINING.
package struct DeploymentTable: Sendable {
    private var rows: [DeploymentID: DeploymentRecord] = [:]
    /// The newest last.
    private var byService: [ServiceID: [DeploymentID]] = [:]

    package subscript(id: DeploymentID) -> DeploymentRecord? { rows[id] }

    /// The newest, which is the PRIMARY one, first.
    package func deployments(of service: ServiceID) -> [DeploymentRecord] {
        (byService[service] ?? []).reversed().compactMap { rows[$0] }
    }

    package func primary(of service: ServiceID) -> DeploymentRecord? {
        byService[service]?.last.flatMap { rows[$0] }
    }

    mutating func replace(_ old: DeploymentRecord?, _ new: DeploymentRecord?) {
        if let old, new == nil {
            rows[old.id] = nil
            byService[old.service]?.removeAll { $0 == old.id }
            if byService[old.service]?.isEmpty == true { byService[old.service] = nil }
        }
        guard let new else { return }
        rows[new.id] = new
        // One that is gone back to is the newest again.
        if let old, old.sequence != new.sequence { byService[old.service]?.removeAll { $0 == old.id } }
        if old?.sequence != new.sequence {
            byService[new.service, default: []].insert(sorted: new.id) { rows[$0]?.sequence ?? 0 }
        }
    }
}

/// The task sets of services that are ACTIVE or DRAINING.
package struct TaskSetTable: Sendable {
    private var rows: [DeploymentID: TaskSetRecord] = [:]
    /// The newest last.
    private var byService: [ServiceID: [DeploymentID]] = [:]

    package subscript(id: DeploymentID) -> TaskSetRecord? { rows[id] }

    /// In the order they were made.
    package func taskSets(of service: ServiceID) -> [TaskSetRecord] {
        (byService[service] ?? []).compactMap { rows[$0] }
    }

    mutating func replace(_ old: TaskSetRecord?, _ new: TaskSetRecord?) {
        if let old, new == nil {
            rows[old.id] = nil
            byService[old.service]?.removeAll { $0 == old.id }
            if byService[old.service]?.isEmpty == true { byService[old.service] = nil }
        }
        guard let new else { return }
        rows[new.id] = new
        if old == nil { byService[new.service, default: []].insert(sorted: new.id) { rows[$0]?.sequence ?? 0 } }
    }
}

/// What services said: at most ``limit`` events each.
package struct ServiceEventTable: Sendable {
    /// - Source: ECS core rules, section 4, "service events".
    package static let limit = 100

    private var byService: [ServiceID: [ServiceEventRecord]] = [:]

    /// The newest last.
    package func events(of service: ServiceID) -> [ServiceEventRecord] { byService[service] ?? [] }

    mutating func replace(_ old: ServiceEventRecord?, _ new: ServiceEventRecord?) {
        if let old {
            byService[old.service]?.removeAll { $0.sequence == old.sequence }
            if byService[old.service]?.isEmpty == true { byService[old.service] = nil }
        }
        guard var new else { return }
        // All of a service's events share the texts of its name.
        new.service = byService[new.service]?.first?.service ?? new.service
        byService[new.service, default: []].insert(sorted: new, by: \.sequence)
    }
}

extension Array {
    /// Into its place, which is the end but while a store is loaded or a transaction undone.
    fileprivate mutating func insert(sorted element: Element, by order: (Element) -> Int) {
        let key = order(element)
        var index = endIndex
        while index > startIndex, order(self[index - 1]) > key { index -= 1 }
        insert(element, at: index)
    }
}
