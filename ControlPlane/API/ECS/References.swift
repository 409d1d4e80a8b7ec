import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

/// What requests name things by: short names or full ARNs.
///
/// - Source: ECS core rules, section 2, "Identifiers and ARNs".
enum Reference {
    /// A cluster's name or ARN; nil means `default`.
    static func cluster(_ text: String?) throws(AWSError) -> ClusterName {
        guard let text, !text.isEmpty else { return .default }
        guard text.hasPrefix("arn:") else {
            try Names.check(text, is: "The name of a cluster")
            return ClusterName(text)
        }
        guard let arn = ARN(text), arn.service == "ecs", arn.resourceType == "cluster", arn.resourcePath.count == 1,
            Names.isResourceName(arn.resourcePath[0])
        else { throw invalidARN(text) }
        return ClusterName(arn.resourcePath[0])
    }

    /// A container instance's id or ARN.
    static func containerInstance(_ text: String, in cluster: ClusterName) throws(AWSError) -> String {
        try id(text, type: "container-instance", in: cluster)
    }

    /// A task's id or ARN.
    static func task(_ text: String, in cluster: ClusterName) throws(AWSError) -> String {
        try id(text, type: "task", in: cluster)
    }

    /// A service's name or ARN. It need not be the name of one.
    static func service(_ text: String, in cluster: ClusterName) throws(AWSError) -> ServiceID {
        ServiceID(cluster: cluster, name: try id(text, type: "service", in: cluster))
    }

    /// What is in a service, by its ARN `TYPE/CLUSTER/SERVICE/ID`.
    static func partOfService(_ text: String, type: String) throws(AWSError) -> (service: ServiceID, id: String) {
        guard let arn = ARN(text), arn.service == "ecs", arn.resourceType == type, arn.resourcePath.count == 3,
            arn.resourcePath.allSatisfy({ !$0.isEmpty })
        else { throw invalidARN(text) }
        let path = arn.resourcePath
        return (ServiceID(cluster: ClusterName(path[0]), name: path[1]), path[2])
    }

    /// A task set's id or ARN. It need not be the id of one.
    ///
    /// - Throws: InvalidParameterException for an ARN of something else, or of a task set of another service.
    static func taskSet(_ text: String, of service: ServiceID) throws(AWSError) -> String {
        guard text.hasPrefix("arn:") else { return text }
        guard let arn = ARN(text), arn.service == "ecs", arn.resourceType == "task-set", arn.resourcePath.count == 4
        else { throw invalidARN(text) }
        let path = arn.resourcePath
        guard path[0] == service.cluster.rawValue, path[1] == service.name else {
            throw .invalidParameter("\(text.prefix(160)) is not of the service \(service.name.prefix(255)).")
        }
        return "\(path[2])/\(path[3])"
    }

    /// The last part of an ARN of this type, or the text itself. It need not be the id of anything.
    ///
    /// An ARN without the cluster's name is the format from before 2018, which stays readable.
    private static func id(_ text: String, type: String, in cluster: ClusterName) throws(AWSError) -> String {
        guard text.hasPrefix("arn:") else { return text }
        guard let arn = ARN(text), arn.service == "ecs", arn.resourceType == type else { throw invalidARN(text) }
        let path = arn.resourcePath
        guard (1...2).contains(path.count), let id = path.last else { throw invalidARN(text) }
        if path.count == 2, path[0] != cluster.rawValue {
            throw .invalidParameter("\(text.prefix(160)) is not in the cluster \(cluster).")
        }
        return id
    }

    /// `family`, `family:revision`, or the ARN of either.
    static func taskDefinition(_ text: String) throws(AWSError) -> (family: String, revision: Int?) {
        var name = text
        if text.hasPrefix("arn:") {
            guard let arn = ARN(text), arn.service == "ecs", arn.resourceType == "task-definition",
                arn.resourcePath.count == 1
            else { throw invalidARN(text) }
            name = arn.resourcePath[0]
        }
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard Names.isResourceName(parts[0]) else {
            throw .client("\"\(text.prefix(60))\" is not the name of a task definition.")
        }
        guard parts.count == 2 else { return (parts[0], nil) }
        guard let revision = Int(parts[1]), revision > 0, String(revision) == parts[1] else {
            throw .invalidParameter("Invalid revision number. Number: \(parts[1].prefix(60))")
        }
        return (parts[0], revision)
    }

    private static func invalidARN(_ text: String) -> AWSError {
        .invalidParameter("The ARN provided is invalid. \"\(text.prefix(160))\"")
    }
}

extension Tables {
    /// The cluster, if it is there and ACTIVE.
    borrowing func activeCluster(_ name: ClusterName) throws(AWSError) -> ClusterRecord {
        guard let cluster = clusters[name] else { throw .clusterNotFound }
        guard cluster.status == .active else { throw .clusterInactive }
        return cluster
    }

    /// The instance with this id in this cluster, INACTIVE ones included.
    borrowing func containerInstance(_ id: String, in cluster: ClusterName) -> ContainerInstanceRecord? {
        guard let instance = containerInstances[ContainerInstanceID(id)], instance.cluster == cluster else {
            return nil
        }
        return instance
    }

    /// The task with this id in this cluster.
    borrowing func task(_ id: String, in cluster: ClusterName) -> TaskRecord? {
        guard Names.isHexID(id), let taskID = TaskID(id), let task = tasks[taskID], task.cluster == cluster else {
            return nil
        }
        return task
    }

    /// The service, if it is there and ACTIVE.
    borrowing func activeService(_ id: ServiceID) throws(AWSError) -> ServiceRecord {
        guard let service = services[id] else { throw .serviceNotFound }
        guard service.status == .active else { throw .serviceNotActive }
        return service
    }

    /// The task definition to run: the latest ACTIVE revision of a family, or the revision named, if it is ACTIVE.
    borrowing func runnableTaskDefinition(_ text: String) throws(AWSError) -> TaskDefinitionRecord {
        let (family, revision) = try Reference.taskDefinition(text)
        guard let revision else {
            guard let latest = taskDefinitions.latestActive(of: family) else {
                throw .client("TaskDefinition not found.")
            }
            return latest
        }
        guard let record = taskDefinitions[TaskDefinitionID(family: family, revision: revision)] else {
            throw .client("TaskDefinition not found.")
        }
        guard record.status == .active else { throw .client("TaskDefinition is inactive") }
        return record
    }
}
