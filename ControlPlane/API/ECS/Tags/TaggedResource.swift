import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

/// What can have tags, as its ARN names it. It need not be there.
///
/// - Source: API Reference, TagResource `resourceArn`; ECS core rules, section 2, "Identifiers and ARNs".
enum TaggedResource: Sendable, Hashable {
    case cluster(ClusterName)
    case taskDefinition(TaskDefinitionID)
    case task(String, cluster: ClusterName)
    case containerInstance(String, cluster: ClusterName)
    case capacityProvider(String)
    case service(String, cluster: ClusterName)
    case taskSet(String, service: String, cluster: ClusterName)
    case daemon(String, cluster: ClusterName)

    /// - Throws: InvalidParameterException for what is no ARN, or one of something that has no tags, or of another
    ///   partition, region or account; and for the format of before 2018, which has no cluster in it.
    init(arn text: String, _ arns: ARNFactory) throws(AWSError) {
        guard let arn = ARN(text), arn.service == "ecs" else { throw Self.invalid(text) }
        guard arns.owns(arn) else {
            throw .invalidParameter(
                "The ARN provided is invalid. \"\(text.prefix(160))\" is not of partition \(arns.partition), region "
                    + "\(arns.region), account \(arns.accountID).")
        }
        let path = arn.resourcePath
        guard path.allSatisfy({ !$0.isEmpty }) else { throw Self.invalid(text) }
        if path.count == 1, ["service", "task", "container-instance"].contains(arn.resourceType) {
            throw .invalidParameter("Long arn format must be used for tagging operations")
        }
        guard let resource = Self.parse(arn.resourceType, path) else { throw Self.invalid(text) }
        self = resource
    }

    private static func parse(_ type: String, _ path: [String]) -> TaggedResource? {
        switch (type, path.count) {
        case ("cluster", 1): .cluster(ClusterName(path[0]))
        case ("task-definition", 1): taskDefinition(path[0])
        case ("task", 2): .task(path[1], cluster: ClusterName(path[0]))
        case ("container-instance", 2): .containerInstance(path[1], cluster: ClusterName(path[0]))
        case ("capacity-provider", 1): .capacityProvider(path[0])
        case ("service", 2): .service(path[1], cluster: ClusterName(path[0]))
        case ("task-set", 4): .taskSet("\(path[2])/\(path[3])", service: path[1], cluster: ClusterName(path[0]))
        case ("daemon", 2): .daemon(path[1], cluster: ClusterName(path[0]))
        default: nil
        }
    }

    /// Tags are of a revision, so it must be named.
    private static func taskDefinition(_ name: String) -> TaggedResource? {
        guard let (family, named) = try? Reference.taskDefinition(name), let revision = named else { return nil }
        return .taskDefinition(TaskDefinitionID(family: family, revision: revision))
    }

    private static func invalid(_ text: String) -> AWSError {
        .invalidParameter("The ARN provided is invalid. \"\(text.prefix(160))\" names nothing that can have tags.")
    }

    /// The cluster that the resource is in, or is.
    var cluster: ClusterName? {
        switch self {
        case .cluster(let cluster), .task(_, let cluster), .containerInstance(_, let cluster), .service(_, let cluster),
            .taskSet(_, _, let cluster), .daemon(_, let cluster):
            cluster
        case .taskDefinition, .capacityProvider: nil
        }
    }

    /// In the words of the API Reference.
    var kind: String {
        switch self {
        case .cluster: "cluster"
        case .taskDefinition: "task definition"
        case .task: "task"
        case .containerInstance: "container instance"
        case .capacityProvider: "capacity provider"
        case .service: "service"
        case .taskSet: "task set"
        case .daemon: "daemon"
        }
    }
}

extension Tables {
    /// The resource's tags; nil if it is not there.
    ///
    /// - Throws: ClusterNotFoundException if there is no such cluster; InvalidParameterException for the tags of an
    ///   INACTIVE one. What is left of an INACTIVE cluster, its tasks and instances, can still be read.
    borrowing func tags(of resource: TaggedResource) throws(AWSError) -> [ECS.Tag]? {
        if let name = resource.cluster, clusters[name] == nil { throw .clusterNotFound }
        switch resource {
        case .cluster(let name):
            try checkTagsWritable(of: resource)
            return clusters[name]?.tags
        case .taskDefinition(let id): return taskDefinitions[id]?.tags
        case .task(let id, let cluster): return task(id, in: cluster)?.tags
        case .containerInstance(let id, let cluster): return containerInstance(id, in: cluster)?.tags
        case .capacityProvider(let name): return capacityProviders[name]?.tags
        case .service(let name, let cluster):
            // The tags of a service are deleted with it.
            let record = services[ServiceID(cluster: cluster, name: name)]
            return record?.status == .inactive ? nil : record?.tags
        case .taskSet(let id, let service, let cluster):
            return taskSet(id, of: ServiceID(cluster: cluster, name: service))?.tags
        case .daemon: return nil
        }
    }

    /// - Throws: InvalidParameterException if the resource's cluster is INACTIVE.
    borrowing func checkTagsWritable(of resource: TaggedResource) throws(AWSError) {
        guard let name = resource.cluster, clusters[name]?.status == .inactive else { return }
        throw .invalidParameter("The specified cluster is inactive. Specify an active cluster and try again.")
    }

    /// Gives the resource, which must be there, other tags.
    mutating func setTags(_ tags: [ECS.Tag], of resource: TaggedResource) {
        switch resource {
        case .cluster(let name):
            guard var record = clusters[name] else { return }
            record.tags = tags
            put(record)
        case .taskDefinition(let id):
            guard var record = taskDefinitions[id] else { return }
            record.tags = tags
            put(record)
        case .task(let id, let cluster):
            guard var record = task(id, in: cluster) else { return }
            record.tags = tags
            put(record)
        case .containerInstance(let id, let cluster):
            guard var record = containerInstance(id, in: cluster) else { return }
            record.tags = tags
            put(record)
        case .capacityProvider(let name):
            guard var record = capacityProviders[name] else { return }
            record.tags = tags
            put(record)
        case .service(let name, let cluster):
            guard var record = services[ServiceID(cluster: cluster, name: name)] else { return }
            record.tags = tags
            put(record)
        case .taskSet(let id, let service, let cluster):
            guard var record = taskSet(id, of: ServiceID(cluster: cluster, name: service)) else { return }
            record.tags = tags
            put(record)
        case .daemon: break
        }
    }

    private borrowing func taskSet(_ id: String, of service: ServiceID) -> TaskSetRecord? {
        guard let record = DeploymentID(id).flatMap({ taskSets[$0] }), record.service == service else { return nil }
        return record
    }
}
