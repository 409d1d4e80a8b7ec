import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// The providers named, or all that are ACTIVE, FARGATE and FARGATE_SPOT among them; with `cluster`, those that are
    /// associated with it. A page of named ones has the failures of its own names.
    ///
    /// - Source: API Reference, DescribeCapacityProviders.
    func describeCapacityProviders(
        _ input: ECS.DescribeCapacityProvidersRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DescribeCapacityProvidersResponse {
        let references = input.capacityProviders ?? []
        try Limits.describedPerCall.check(references.count, of: "capacityProviders")
        var named: [String] = []
        for reference in references {
            let name = try Reference.capacityProvider(reference)
            if !named.contains(name) { named.append(name) }
        }
        let cluster = try input.cluster.map { text throws(AWSError) in try Reference.cluster(text) }
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken,
            scope: named.isEmpty ? "capacityProviders" : "namedCapacityProviders", limit: Limits.capacityProviderPage)
        let position = named.isEmpty ? nil : try request.afterSequence()
        let includeTags = input.include?.contains(.tags) == true
        return try await context.view { [named] tables throws(AWSError) in
            let associated = try cluster.map { name throws(AWSError) in
                try tables.activeCluster(name).capacityProviders ?? []
            }
            let page =
                named.isEmpty
                ? Self.page(request, of: tables.capacityProviders, associated: associated)
                : Self.page(request, of: named, after: position)
            var response = ECS.DescribeCapacityProvidersResponse(
                capacityProviders: [], failures: [], nextToken: page.nextToken)
            for name in page.items {
                let isWanted = associated?.contains(name) ?? true
                if isWanted,
                    let provider = tables.describeCapacityProvider(name, includeTags: includeTags, context.arns)
                {
                    response.capacityProviders?.append(provider)
                } else {
                    response.failures?.append(
                        ECS.Failure(arn: context.arns.capacityProvider(name), reason: "MISSING"))
                }
            }
            return response
        }
    }

    /// A page of names that the request gives: the token holds a position in its list.
    private static func page(_ request: PageRequest, of names: [String], after position: Int?) -> Page<String> {
        var collected = request.collector(of: Int.self)
        for index in names.indices where index > position ?? -1 && !collected.take(index) { break }
        let page = request.page(collected) { String($0) }
        return Page(items: page.items.map { names[$0] }, nextToken: page.nextToken)
    }

    /// A page of all ACTIVE providers, or of a cluster's, by name.
    private static func page(
        _ request: PageRequest, of providers: CapacityProviderTable, associated: [String]?
    ) -> Page<String> {
        var collected = request.collector(of: String.self)
        if let associated {
            for name in associated.sorted() where name > request.after ?? "" && !collected.take(name) { break }
        } else {
            providers.listed.forEach(after: request.after) { collected.take($0) }
        }
        return request.page(collected) { $0 }
    }
}
