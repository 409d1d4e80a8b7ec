import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneState
import Support

/// What the requests of ECS's operations are about: a method for each, by the operation's name.
///
/// Names are read here as the operations themselves read them, and ARNs are made anew: what a policy sees is what is
/// then done.
///
/// - Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container
///   Service".
struct ECSAccess: Sendable {
    let state: ClusterState
    let arns: ARNFactory

    /// A resource, whose tags are those that it has now.
    func of(_ resource: TaggedResource, action: String? = nil) -> AccessSubject {
        of(resource, arn: resource.arn(arns), action: action)
    }

    /// - Parameter arn: what stands for the resource where that is not its own.
    func of(_ resource: TaggedResource, arn: String, action: String? = nil) -> AccessSubject {
        let state = state
        return AccessSubject(arn, action: action) {
            state.peek { tables in (try? tables.tags(of: resource)) ?? [] }
        }
    }

    /// With the key `ecs:cluster`, unless it is the cluster itself.
    func of(_ resource: TaggedResource, in cluster: ClusterName) -> AccessSubject {
        of(resource).with(.cluster, arns.cluster(cluster.rawValue))
    }

    /// For an action that is about no resource.
    func ofNothing() -> AccessSubject { AccessSubject() }

    func of(cluster text: String?) throws(AWSError) -> AccessSubject {
        of(.cluster(try Reference.cluster(text)))
    }

    /// Each, or all of the cluster if none is named.
    func of(tasks texts: [String]?, in cluster: String?) throws(AWSError) -> [AccessSubject] {
        let cluster = try Reference.cluster(cluster)
        var subjects: [AccessSubject] = []
        for text in texts.given ?? ["*"] {
            subjects.append(of(.task(try Reference.task(text, in: cluster), cluster: cluster), in: cluster))
        }
        return subjects
    }

    /// Each, or all of the cluster if none is named.
    func of(containerInstances texts: [String]?, in cluster: String?) throws(AWSError) -> [AccessSubject] {
        let cluster = try Reference.cluster(cluster)
        var subjects: [AccessSubject] = []
        for text in texts.given ?? ["*"] {
            let id = try Reference.containerInstance(text, in: cluster)
            subjects.append(of(.containerInstance(id, cluster: cluster), in: cluster))
        }
        return subjects
    }

    func of(service text: String?, in cluster: String?) throws(AWSError) -> AccessSubject {
        let id = try Reference.service(text ?? "", in: try Reference.cluster(cluster))
        return of(.service(id.name, cluster: id.cluster), in: id.cluster)
    }

    func capacityProviderARNs(_ texts: [String]) throws(AWSError) -> [String] {
        var found: [String] = []
        for text in texts { found.append(arns.capacityProvider(try Reference.capacityProvider(text))) }
        return found
    }

    func capacityProviderARNs(_ items: [ECS.CapacityProviderStrategyItem]?) throws(AWSError) -> [String] {
        try capacityProviderARNs((items ?? []).compactMap(\.capacityProvider))
    }

    /// To make something with tags is to tag it.
    ///
    /// - Source: ECS Developer Guide, "Grant permission to tag resources on creation".
    func tagging(_ resource: String, _ tags: [ECS.Tag]?, by operation: String) -> [AccessSubject] {
        guard let tags = tags.given else { return [] }
        return [
            AccessSubject(resource, action: PolicyVocabulary.tagResource).with(tags: tags)
                .with(.createAction, operation)
        ]
    }

    /// To have tasks run with a role, one must be allowed to give it to them.
    ///
    /// - Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    func passing(_ roles: [String?], to service: String = "ecs-tasks.amazonaws.com") -> [AccessSubject] {
        var seen: Set<String> = []
        return roles.compactMap { $0.given }.filter { seen.insert($0).inserted }.map {
            AccessSubject(arns.role($0), action: PolicyVocabulary.passRole).with(.passedToService, service)
        }
    }
}

extension TaggedResource {
    func arn(_ arns: ARNFactory) -> String {
        switch self {
        case .cluster(let name): arns.cluster(name.rawValue)
        case .taskDefinition(let id): arns.taskDefinition(family: id.family, revision: id.revision)
        case .task(let id, let cluster): arns.task(cluster: cluster.rawValue, id: id)
        case .containerInstance(let id, let cluster): arns.containerInstance(cluster: cluster.rawValue, id: id)
        case .capacityProvider(let name): arns.capacityProvider(name)
        case .service(let name, let cluster): arns.service(cluster: cluster.rawValue, name: name)
        case .taskSet(let id, let service, let cluster):
            arns.taskSet(cluster: cluster.rawValue, service: service, id: id)
        case .daemon(let name, let cluster): arns.beginning(ofResource: "daemon") + "\(cluster)/\(name)"
        }
    }
}
