import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// In the order asked, each once.
    ///
    /// - Source: API Reference, DescribeServiceDeployments.
    func describeServiceDeployments(
        _ input: ECS.DescribeServiceDeploymentsRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DescribeServiceDeploymentsResponse {
        let parts = try Reference.partsOfServices(
            input.serviceDeploymentArns, type: "service-deployment", field: "serviceDeploymentArns")
        return try await context.view { tables throws(AWSError) in
            var response = ECS.DescribeServiceDeploymentsResponse(failures: [], serviceDeployments: [])
            for (service, id) in parts {
                let id = ServiceDeploymentID(id)
                if let record = tables.serviceHistory[id], record.service == service {
                    response.serviceDeployments?.append(tables.describe(record, context.arns))
                } else {
                    response.failures?.append(
                        ECS.Failure(arn: context.arns.serviceDeployment(id, of: service), reason: "MISSING"))
                }
            }
            return response
        }
    }

    /// The newest first.
    ///
    /// A page looks at no more than ``Limits/lookedAtPerCall``: with a filter it may be short, or empty, and have a
    /// token.
    ///
    /// - Source: API Reference, ListServiceDeployments.
    func listServiceDeployments(
        _ input: ECS.ListServiceDeploymentsRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListServiceDeploymentsResponse {
        let cluster = try Reference.cluster(input.cluster)
        let id = try Reference.service(input.service ?? "", in: cluster)
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "serviceDeployments",
            standard: Limits.serviceDeploymentsPageByDefault.value)
        let before = try request.afterSequence()
        let statuses = input.status.given.map { Set($0.map(\.rawValue)) }
        let from = input.createdAt?.after
        let to = input.createdAt?.before
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            guard tables.services[id] != nil else { throw .serviceNotFound }
            let history = tables.serviceHistory
            var sequences = request.collector(of: Int.self)
            var looks = 0
            var last: Int?
            history.deployments(of: id).forEachDescending(before: before) { sequence in
                if looks == Limits.lookedAtPerCall.value {
                    if let last { sequences.end(after: last) }
                    return false
                }
                looks += 1
                last = sequence
                guard let record = history[sequence: sequence], from.map({ record.createdAt > $0 }) ?? true,
                    to.map({ record.createdAt < $0 }) ?? true, statuses?.contains(record.status.rawValue) ?? true
                else { return true }
                return sequences.take(sequence)
            }
            let page = request.page(sequences) { String($0) }
            return ECS.ListServiceDeploymentsResponse(
                nextToken: page.nextToken,
                serviceDeployments: page.items.compactMap { history[sequence: $0]?.brief(context.arns) })
        }
    }

    /// - Source: API Reference, DescribeServiceRevisions.
    func describeServiceRevisions(
        _ input: ECS.DescribeServiceRevisionsRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DescribeServiceRevisionsResponse {
        let parts = try Reference.partsOfServices(
            input.serviceRevisionArns, type: "service-revision", field: "serviceRevisionArns")
        return try await context.view { tables throws(AWSError) in
            var response = ECS.DescribeServiceRevisionsResponse(failures: [], serviceRevisions: [])
            for (service, text) in parts {
                let record = ServiceNumber(text).flatMap { tables.serviceHistory[ServiceRevisionID($0)] }
                if let record, record.service == service {
                    response.serviceRevisions?.append(tables.describe(record, context.arns))
                } else {
                    let arn = context.arns.serviceRevision(
                        cluster: service.cluster.rawValue, service: service.name, id: text)
                    response.failures?.append(ECS.Failure(arn: arn, reason: "MISSING"))
                }
            }
            return response
        }
    }
}

extension Reference {
    /// What a request names by ARNs, each once, in the order of their first mention.
    ///
    /// - Throws: InvalidParameterException if there are none, or too many, or one is of something else.
    fileprivate static func partsOfServices(
        _ arns: [String]?, type: String, field: String
    ) throws(AWSError) -> [(service: ServiceID, id: String)] {
        guard let arns = arns.given else { throw .invalidParameter("\(field) can not be empty.") }
        try Limits.serviceDeploymentsPerDescribe.check(arns.count, of: field)
        var seen: Set<String> = []
        var parts: [(service: ServiceID, id: String)] = []
        for arn in arns where seen.insert(arn).inserted { parts.append(try partOfService(arn, type: type)) }
        return parts
    }
}
