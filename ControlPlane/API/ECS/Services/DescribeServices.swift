import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// In the order asked, each service once. INACTIVE ones are described until they expire.
    ///
    /// - Source: API Reference, DescribeServices.
    func describeServices(_ input: ECS.DescribeServicesRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DescribeServicesResponse
    {
        let cluster = try Reference.cluster(input.cluster)
        guard let references = input.services.given else { throw .invalidParameter("Services cannot be empty.") }
        try Limits.servicesPerDescribe.check(references.count, of: "services")
        var ids: [ServiceID] = []
        for reference in references {
            let id = try Reference.service(reference, in: cluster)
            if !ids.contains(id) { ids.append(id) }
        }
        let includeTags = input.include?.contains(.tags) == true
        return try await context.view { [ids] tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var response = ECS.DescribeServicesResponse(failures: [], services: [])
            for id in ids {
                if let record = tables.services[id] {
                    response.services?.append(tables.describe(record, includeTags: includeTags, context.arns))
                } else {
                    response.failures?.append(ECS.Failure(arn: context.arns.service(id), reason: "MISSING"))
                }
            }
            return response
        }
    }
}
