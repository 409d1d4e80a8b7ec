import AWSModels

/// What else a record of a service needs to be there.
enum ServiceReference: Hashable, Sendable {
    case taskDefinition(TaskDefinitionID)
    case capacityProvider(String, ClusterName)

    /// What it takes to start tasks.
    fileprivate static func of(_ tasks: TaskConfiguration?, in cluster: ClusterName) -> [ServiceReference] {
        guard let tasks else { return [] }
        return [.taskDefinition(tasks.taskDefinition)]
            + (tasks.capacityProviderStrategy ?? []).map { .capacityProvider($0.capacityProvider ?? "", cluster) }
    }
}

extension ServiceRecord {
    /// None of an INACTIVE service, which starts nothing.
    var references: [ServiceReference] {
        guard status != .inactive else { return [] }
        return ServiceReference.of(configuration.tasks, in: id.cluster)
            + (completed.map { [.taskDefinition($0.taskDefinition)] } ?? [])
    }
}

extension DeploymentRecord {
    var references: [ServiceReference] { ServiceReference.of(tasks, in: service.cluster) }
}

extension TaskSetRecord {
    var references: [ServiceReference] { ServiceReference.of(tasks, in: service.cluster) }
}

/// How many records of services need a thing.
struct ServiceReferences: Sendable {
    private var counts: [ServiceReference: Int] = [:]

    func count(_ reference: ServiceReference) -> Int { counts[reference, default: 0] }

    mutating func replace(_ old: [ServiceReference]?, _ new: [ServiceReference]?) {
        for reference in old ?? [] { count(reference, by: -1) }
        for reference in new ?? [] { count(reference, by: 1) }
    }

    private mutating func count(_ reference: ServiceReference, by difference: Int) {
        let count = counts[reference, default: 0] + difference
        counts[reference] = count == 0 ? nil : count
    }
}
