import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// One item for each attribute of each instance that is not INACTIVE: instances in the order of registration, and the
    /// attributes of each by name.
    ///
    /// - Source: API Reference, ListAttributes.
    func listAttributes(
        _ input: ECS.ListAttributesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListAttributesResponse {
        let cluster = try Reference.cluster(input.cluster)
        guard input.targetType == .containerInstance else {
            throw .invalidParameter("targetType must be container-instance")
        }
        let name = input.attributeName.flatMap { $0.isEmpty ? nil : $0 }
        let value = input.attributeValue.flatMap { $0.isEmpty ? nil : $0 }
        guard value == nil || name != nil else {
            throw .invalidParameter("attributeValue needs an attributeName to go with it.")
        }
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "attributes")
        let after = try request.after.map { text throws(AWSError) in try ListedAttribute(token: text) }
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var page = FilteredPage<ListedAttribute>(request)
            if let name {
                let instances = tables.containerInstances.registered(in: cluster, withAttribute: name)
                instances.forEach(after: after?.sequence) { sequence in
                    page.look(at: ListedAttribute(sequence: sequence, name: name)) { _ in
                        value == nil || tables.containerInstances[sequence: sequence]?.attribute(name) == value
                    }
                }
            } else {
                let instances = tables.containerInstances.registered(in: cluster)
                // The page before may have ended among the attributes of an instance.
                instances.forEach(after: after.map { $0.sequence - 1 }) { sequence in
                    let names = tables.containerInstances[sequence: sequence]?.attributes.compactMap(\.name) ?? []
                    for name in names.sorted() {
                        let key = ListedAttribute(sequence: sequence, name: name)
                        if let after, key <= after { continue }
                        guard page.look(at: key, { _ in true }) else { return false }
                    }
                    return true
                }
            }
            return ECS.ListAttributesResponse(
                attributes: page.items.compactMap { tables.describe($0, cluster, context.arns) },
                nextToken: page.next.map { request.token(after: $0.token) })
        }
    }
}

/// An attribute's place in the list.
private struct ListedAttribute: Sendable, Comparable {
    var sequence: Int
    var name: String

    init(sequence: Int, name: String) {
        self.sequence = sequence
        self.name = name
    }

    init(token: String) throws(AWSError) {
        let parts = token.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let sequence = Int(parts[0]), sequence > 0 else {
            throw .invalidParameter("Invalid token")
        }
        self.init(sequence: sequence, name: String(parts[1]))
    }

    var token: String { "\(sequence) \(name)" }

    static func < (left: Self, right: Self) -> Bool {
        left.sequence == right.sequence ? left.name < right.name : left.sequence < right.sequence
    }
}

extension Tables {
    fileprivate borrowing func describe(
        _ key: ListedAttribute, _ cluster: ClusterName, _ arns: ARNFactory
    ) -> ECS.Attribute? {
        guard let instance = containerInstances[sequence: key.sequence],
            let attribute = instance.attributes.first(where: { $0.name == key.name })
        else { return nil }
        let arn = arns.containerInstance(cluster: cluster.rawValue, id: instance.id.rawValue)
        return ECS.Attribute(name: attribute.name, targetId: arn, value: attribute.value)
    }
}
