import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Makes an ACTIVE service and starts its first deployment. The name of an ACTIVE service gives that service, if the
    /// request asks for what it is; the name of an INACTIVE one is free.
    ///
    /// - Source: API Reference, CreateService; ECS core rules, sections 3 and 5.
    func createService(_ input: ECS.CreateServiceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.CreateServiceResponse
    {
        let clusterName = try Reference.cluster(input.cluster)
        let id = ServiceID(cluster: clusterName, name: input.serviceName ?? "")
        try Names.check(id.name, is: "The name of a service")
        let token = try CreationToken.checked(input.clientToken) { () throws(AWSError) in
            var request = input
            request.clientToken = nil
            // A cluster's name, its ARN and no word at all can mean the same.
            request.cluster = clusterName.rawValue
            return try ShapeJSON.fingerprint(of: request)
        }
        let request = ServiceRequest(input)
        try ServiceSupport.check(request)
        let configuration = ServiceConfiguration(request)
        let tags = try Tags.checked(input.tags)
        let now = context.now()
        let service = try await context.transact { tx throws(AWSError) in
            let cluster = try tx.activeCluster(clusterName)
            if let token, let earlier = try tx.service(madeUnder: token, named: id) {
                return tx.describe(earlier, includeTags: true, context.arns)
            }
            var record = ServiceRecord(
                id: id, configuration: configuration, desiredCount: request.desiredCount ?? 0, tags: tags,
                createdAt: now, createdBy: caller.arn, creationToken: token)
            try ServiceRule.check(.init(configuration: configuration, request: request, isNew: true))
            var tasks: ServiceTasks?
            if configuration.deploymentController == .ecs {
                tasks = try ServiceTasks(request, current: nil, configuration: configuration, in: cluster, tx)
                record.configuration.tasks = tasks?.configuration
            }
            if request.availabilityZoneRebalancing == nil {
                record.configuration.rebalancesAvailabilityZones = record.configuration.obstacleToRebalancing == nil
            } else {
                try ServiceRule.check(.init(configuration: record.configuration, request: request, isNew: true))
            }
            if let existing = try tx.existing(record) {
                return tx.describe(existing, includeTags: true, context.arns)
            }
            tx.removeService(id)
            tx.put(record)
            if let tasks {
                tx.startDeployment(
                    of: record, tasks.configuration, images: tasks.images, random: context.random, now: now)
            }
            return tx.describe(record, includeTags: true, context.arns)
        }
        context.log.info("service created", ["service": id.description, "caller": caller.arn])
        return ECS.CreateServiceResponse(service: service)
    }
}

extension Tables {
    /// The service that an earlier request with the same token made, if it is this request's.
    ///
    /// - Throws: InvalidParameterException if the token was used for another request.
    fileprivate borrowing func service(
        madeUnder token: ServiceRecord.CreationToken, named id: ServiceID
    ) throws(AWSError) -> ServiceRecord? {
        guard let earlier = services.service(clientToken: token.clientToken, in: id.cluster).flatMap({ services[$0] })
        else { return nil }
        guard earlier.creationToken == token else {
            throw .invalidParameter("The clientToken was used before with other parameters.")
        }
        return earlier.status == .active ? earlier : nil
    }

    /// The service that has the name of a new one, if it is the same.
    ///
    /// - Throws: InvalidParameterException if the name is taken, or the cluster full.
    fileprivate borrowing func existing(_ new: ServiceRecord) throws(AWSError) -> ServiceRecord? {
        if let existing = services[new.id], existing.status != .inactive {
            guard existing.status == .active else {
                throw .invalidParameter("Unable to Start a service that is still Draining.")
            }
            guard existing.configuration == new.configuration, existing.desiredCount == new.desiredCount else {
                throw .invalidParameter("Creation of service was not idempotent.")
            }
            return existing
        }
        guard services.count(.active, in: new.id.cluster) < Limits.servicesPerCluster.value else {
            throw .client("There can be at most \(Limits.servicesPerCluster.value) services in a cluster.")
        }
        return nil
    }
}

/// The client tokens of what is made for a service.
enum CreationToken {
    /// - Parameter fingerprint: of the request without its token.
    /// - Throws: InvalidParameterException for a text that can be no token.
    static func checked(
        _ text: String?, _ fingerprint: () throws(AWSError) -> String
    ) throws(AWSError) -> ServiceRecord.CreationToken? {
        guard let text = text.given else { return nil }
        let limit = Limits.serviceClientTokenLength.value
        guard Names.isClientToken(text, limit: limit) else {
            throw .invalidParameter("clientToken must be 1 to \(limit) printable ASCII characters without spaces.")
        }
        return .init(clientToken: text, requestSHA256: try fingerprint())
    }
}
