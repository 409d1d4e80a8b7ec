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
        let after = try request.after.map(Self.taskDefinitionKey)
        guard let status = TaskDefinitionRecord.Status(rawValue: (input.status ?? .active).rawValue) else {
            throw .notSupportedYet("The status \(input.status?.rawValue ?? "")")
        }
        let isDescending = input.sort == .desc
        return try await context.view { tables throws(AWSError) in
            let walk = TaskDefinitionWalk(
                family: input.familyPrefix, status: status, isDescending: isDescending, after: after)
            var ids = request.collector(of: TaskDefinitionID.self)
            walk.forEach(in: tables.taskDefinitions) { ids.take($0) }
            let page = request.page(ids, key: \.description)
            return ECS.ListTaskDefinitionsResponse(
                nextToken: page.nextToken,
                taskDefinitionArns: page.items.map {
                    context.arns.taskDefinition(family: $0.family, revision: $0.revision)
                })
        }
    }

    private static func taskDefinitionKey(_ text: String) throws(AWSError) -> TaskDefinitionID {
        let (family, revision) = try Reference.taskDefinition(text)
        guard let revision else { throw .invalidParameter("Invalid token") }
        return TaskDefinitionID(family: family, revision: revision)
    }

    /// ACTIVE families have an ACTIVE revision, INACTIVE ones have none.
    ///
    /// - Source: API Reference, ListTaskDefinitionFamilies. `familyPrefix` is a prefix here.
    func listTaskDefinitionFamilies(
        _ input: ECS.ListTaskDefinitionFamiliesRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListTaskDefinitionFamiliesResponse {
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "families")
        let prefix = input.familyPrefix ?? ""
        let status = input.status ?? .all
        return try await context.view { tables throws(AWSError) in
            let families = tables.taskDefinitions
            var names = request.collector(of: String.self)
            func visit(_ name: String) -> Bool {
                guard name.hasPrefix(prefix) else { return false }
                let isListed = status == .all || (families.latestActive(of: name) != nil) == (status == .active)
                return isListed ? names.take(name) : true
            }
            // Names with the prefix stand together, right after the prefix itself, which may be one of them.
            let start = max(request.after ?? "", prefix)
            if request.after == nil, families.familyNames.contains(prefix) { _ = visit(prefix) }
            families.familyNames.forEach(after: start.isEmpty ? nil : start, visit)
            let page = request.page(names) { $0 }
            return ECS.ListTaskDefinitionFamiliesResponse(families: page.items, nextToken: page.nextToken)
        }
    }
}

/// Walks task definitions in ListTaskDefinitions' order, from any one of them on.
private struct TaskDefinitionWalk {
    var family: String?
    var status: TaskDefinitionRecord.Status
    var isDescending: Bool
    var after: TaskDefinitionID?

    func forEach(in table: TaskDefinitionTable, _ body: (TaskDefinitionID) -> Bool) {
        if let family {
            _ = revisions(of: family, in: table, body)
            return
        }
        if let after, !revisions(of: after.family, in: table, body) { return }
        let visit: (String) -> Bool = { revisions(of: $0, in: table, body) }
        if isDescending {
            table.familyNames.forEachDescending(before: after?.family, visit)
        } else {
            table.familyNames.forEach(after: after?.family, visit)
        }
    }

    /// False if `body` wants no more.
    private func revisions(of family: String, in table: TaskDefinitionTable, _ body: (TaskDefinitionID) -> Bool) -> Bool
    {
        var goesOn = true
        let bound = after?.family == family ? after?.revision : nil
        let visit: (Int) -> Bool = { revision in
            goesOn = body(TaskDefinitionID(family: family, revision: revision))
            return goesOn
        }
        let set = table.revisions(of: family, status)
        if isDescending { set.forEachDescending(before: bound, visit) } else { set.forEach(after: bound, visit) }
        return goesOn
    }
}
