import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Families in the order of their names, each with its revisions by number; DESC turns all of it round.
    ///
    /// - Source: API Reference, ListTaskDefinitions. `familyPrefix` is the whole name of one family here.
    func listTaskDefinitions(
        _ input: ECS.ListTaskDefinitionsRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListTaskDefinitionsResponse {
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "taskDefinitions")
        let walk = TaskDefinitionWalk(
            family: input.familyPrefix, isDescending: input.sort == .desc,
            after: try request.after.map(Self.taskDefinitionKey))
        let text = (input.status ?? .active).rawValue
        guard let status = TaskDefinitionRecord.Status(rawValue: text) else {
            throw .invalidParameter("status should be one of [ACTIVE,INACTIVE,DELETE_IN_PROGRESS].")
        }
        return try await context.view { tables throws(AWSError) in
            var ids = request.collector(of: TaskDefinitionID.self)
            walk.forEach(in: tables.taskDefinitions.revisions(status)) { ids.take($0) }
            let page = request.page(ids, key: \.description)
            return ECS.ListTaskDefinitionsResponse(
                nextToken: page.nextToken,
                taskDefinitionArns: page.items.map {
                    context.arns.taskDefinition(family: $0.family, revision: $0.revision)
                })
        }
    }

    private static func taskDefinitionKey(_ text: String) throws(AWSError) -> TaskDefinitionID {
        guard let id = TaskDefinitionID(text) else { throw .invalidParameter("Invalid token") }
        return id
    }

    /// ACTIVE families have an ACTIVE revision, INACTIVE ones have none. A family without any revision left is in
    /// neither, and comes back with its next one.
    ///
    /// - Source: API Reference, ListTaskDefinitionFamilies, where `familyPrefix` is a prefix; DeleteTaskDefinitions.
    func listTaskDefinitionFamilies(
        _ input: ECS.ListTaskDefinitionFamiliesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListTaskDefinitionFamiliesResponse {
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "families")
        let prefix = input.familyPrefix ?? ""
        let status: TaskDefinitionTable.FamilyStatus =
            switch input.status {
            case .active?: .active
            case .inactive?: .inactive
            default: .all
            }
        return try await context.view { tables throws(AWSError) in
            let families = tables.taskDefinitions.familyNames(status)
            var names = request.collector(of: String.self)
            func visit(_ name: String) -> Bool { name.hasPrefix(prefix) && names.take(name) }
            // Names with the prefix stand together, right after the prefix itself, which may be one of them.
            if request.after == nil, families.contains(prefix) { _ = visit(prefix) }
            let start = max(request.after ?? "", prefix)
            families.forEach(after: start.isEmpty ? nil : start, visit)
            let page = request.page(names) { $0 }
            return ECS.ListTaskDefinitionFamiliesResponse(families: page.items, nextToken: page.nextToken)
        }
    }
}

/// Walks revisions in ListTaskDefinitions' order, from any one of them on.
private struct TaskDefinitionWalk {
    /// Nil for all families.
    var family: String?
    var isDescending: Bool
    /// The last revision of the page before. It need not be there any more.
    var after: TaskDefinitionID?

    func forEach(in revisions: OrderedSet<TaskDefinitionID>, _ body: (TaskDefinitionID) -> Bool) {
        let visit: (TaskDefinitionID) -> Bool = { id in (family == nil || id.family == family) && body(id) }
        // A token of another family's list starts where this family would have.
        let start = family == nil || after?.family == family ? after : nil
        if isDescending {
            let end = family.map { TaskDefinitionID(family: $0, revision: .max) }
            revisions.forEachDescending(before: start ?? end, visit)
        } else {
            let beginning = family.map { TaskDefinitionID(family: $0, revision: 0) }
            revisions.forEach(after: start ?? beginning, visit)
        }
    }
}

extension TaskDefinitionID {
    /// The inverse of `description`; nil for text that no revision has.
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, Names.isResourceName(String(parts[0])), let revision = Int(parts[1]), revision > 0
        else { return nil }
        self.init(family: String(parts[0]), revision: revision)
    }
}
