import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// INACTIVE clusters are described like others.
    ///
    /// - Source: API Reference, DescribeClusters.
    func describeClusters(_ input: ECS.DescribeClustersRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DescribeClustersResponse
    {
        let references = input.clusters.flatMap { $0.isEmpty ? nil : $0 } ?? [ClusterName.default.rawValue]
        try Limits.describedPerCall.check(references.count, of: "clusters")
        var names: [ClusterName] = []
        for reference in references { names.append(try Reference.cluster(reference)) }
        let include = Set(input.include ?? [])
        return try await context.view { tables throws(AWSError) in
            var clusters: [ECS.Cluster] = []
            var failures: [ECS.Failure] = []
            for name in names {
                if let record = tables.clusters[name] {
                    clusters.append(tables.describe(record, include: include, context.arns))
                } else {
                    failures.append(ECS.Failure(arn: context.arns.cluster(name.rawValue), reason: "MISSING"))
                }
            }
            return ECS.DescribeClustersResponse(clusters: clusters, failures: failures)
        }
    }

    /// - Source: API Reference, ListClusters.
    func listClusters(_ input: ECS.ListClustersRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.ListClustersResponse
    {
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "clusters")
        return try await context.view { tables throws(AWSError) in
            var names = request.collector(of: String.self)
            tables.clusters.listed.forEach(after: request.after) { names.take($0) }
            let page = request.page(names) { $0 }
            return ECS.ListClustersResponse(
                clusterArns: page.items.map { context.arns.cluster($0) }, nextToken: page.nextToken)
        }
    }
}
