import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Gives container instances attributes, or other values to those they have: all of them, or none if one is wrong.
    ///
    /// - Source: API Reference, PutAttributes.
    func putAttributes(
        _ input: ECS.PutAttributesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.PutAttributesResponse {
        let changes = try AttributeChanges(input.attributes, cluster: input.cluster)
        let attributes = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(changes.cluster)
            var result: [ECS.Attribute] = []
            for change in changes.items {
                var record = try tx.target(of: change, in: changes.cluster)
                result.append(change.described(in: changes.cluster, value: change.attribute.value, context.arns))
                guard record.put(change.attribute) else { continue }
                guard AttributeRules.customCount(record.attributes) <= Limits.attributesPerInstance.value else {
                    throw AWSError(
                        ECS.Errors.attributeLimitExceededException,
                        "The container instance \(record.id) would have more than \(Limits.attributesPerInstance.value) "
                            + "custom attributes. Delete some first.")
                }
                tx.put(record)
            }
            return result
        }
        return ECS.PutAttributesResponse(attributes: attributes)
    }

    /// Takes attributes away by name. A value, if one is given, must be the attribute's for it to go. One that the target
    /// does not have is left out of the answer.
    ///
    /// - Source: API Reference, DeleteAttributes: name and target are enough.
    func deleteAttributes(
        _ input: ECS.DeleteAttributesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DeleteAttributesResponse {
        let changes = try AttributeChanges(input.attributes, cluster: input.cluster)
        let attributes = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(changes.cluster)
            var result: [ECS.Attribute] = []
            for change in changes.items {
                var record = try tx.target(of: change, in: changes.cluster)
                guard let removed = record.remove(change.attribute) else { continue }
                result.append(change.described(in: changes.cluster, value: removed.value, context.arns))
                tx.put(record)
            }
            return result
        }
        return ECS.DeleteAttributesResponse(attributes: attributes)
    }
}

/// The attributes of a PutAttributes or DeleteAttributes request, each checked and with its target.
private struct AttributeChanges: Sendable {
    struct Item: Sendable, Hashable {
        var attribute: ECS.Attribute
        var instanceID: String

        func described(in cluster: ClusterName, value: String?, _ arns: ARNFactory) -> ECS.Attribute {
            let arn = arns.containerInstance(cluster: cluster.rawValue, id: instanceID)
            return ECS.Attribute(name: attribute.name, targetId: arn, value: value)
        }
    }

    let cluster: ClusterName
    let items: [Item]

    init(_ attributes: [ECS.Attribute]?, cluster: String?) throws(AWSError) {
        self.cluster = try Reference.cluster(cluster)
        let attributes = attributes ?? []
        guard !attributes.isEmpty else { throw .invalidParameter("attributes can not be empty") }
        try Limits.attributesPerCall.check(attributes.count, of: "attributes")
        var items: [Item] = []
        var seen: Set<[String]> = []
        for attribute in attributes {
            let item = Item(
                attribute: try AttributeRules.checked(attribute),
                instanceID: try Self.instanceID(attribute, in: self.cluster))
            let name = item.attribute.name ?? ""
            guard AttributeRules.isCustom(name) else {
                throw .invalidParameter(
                    "The attribute \(name) cannot be changed: names that start with "
                        + "\(AttributeRules.reservedPrefixes.joined(separator: " or ")) are for what hosts say of themselves."
                )
            }
            guard seen.insert([item.instanceID, name]).inserted else {
                throw .invalidParameter("The attribute \(name) is given more than once for one target.")
            }
            items.append(item)
        }
        self.items = items
    }

    /// An id or an ARN; the one type of target there is need not be named.
    private static func instanceID(_ attribute: ECS.Attribute, in cluster: ClusterName) throws(AWSError) -> String {
        guard let target = attribute.targetId, !target.isEmpty else {
            throw .invalidParameter(
                "targetId can not be empty: give the id or ARN of a container instance for the attribute "
                    + "\(attribute.name ?? "").")
        }
        return try Reference.containerInstance(target, in: cluster)
    }
}

extension Tables {
    /// - Throws: TargetNotFoundException for an instance that is unknown or INACTIVE.
    fileprivate borrowing func target(
        of change: AttributeChanges.Item, in cluster: ClusterName
    ) throws(AWSError) -> ContainerInstanceRecord {
        guard let record = containerInstance(change.instanceID, in: cluster), record.status != .inactive else {
            throw AWSError(ECS.Errors.targetNotFoundException, "Could not find \(change.instanceID.prefix(60))")
        }
        return record
    }
}

extension ContainerInstanceRecord {
    /// - Returns: whether this changed anything.
    fileprivate mutating func put(_ attribute: ECS.Attribute) -> Bool {
        if let index = attributes.firstIndex(where: { $0.name == attribute.name }) {
            guard attributes[index].value != attribute.value else { return false }
            attributes[index].value = attribute.value
        } else {
            attributes.append(attribute)
        }
        version += 1
        return true
    }

    /// - Returns: the attribute that went, nil if there was none of this name (and value, where one is given).
    fileprivate mutating func remove(_ attribute: ECS.Attribute) -> ECS.Attribute? {
        guard let index = attributes.firstIndex(where: { $0.name == attribute.name }),
            attribute.value == nil || attribute.value == attributes[index].value
        else { return nil }
        version += 1
        return attributes.remove(at: index)
    }
}
