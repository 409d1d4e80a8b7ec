import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Support

extension ECSService {
    /// Changes what the request says. Another task definition, network or capacity provider strategy, or force, starts a
    /// deployment; everything else holds from now on.
    ///
    /// - Source: API Reference, UpdateService; ECS scheduling rules, 4.1.
    func updateService(_ input: ECS.UpdateServiceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.UpdateServiceResponse
    {
        let clusterName = try Reference.cluster(input.cluster)
        let id = try Reference.service(input.service ?? "", in: clusterName)
        let request = ServiceRequest(input)
        try ServiceSupport.check(request)
        let now = context.now()
        let service = try await context.transact { tx throws(AWSError) in
            let record = try update(id, request, now: now, in: &tx)
            return tx.describe(record, includeTags: true, context.arns)
        }
        context.log.info("service updated", ["service": id.description, "caller": caller.arn])
        return ECS.UpdateServiceResponse(service: service)
    }

    /// - Returns: the service as the request leaves it.
    func update(
        _ id: ServiceID, _ request: ServiceRequest, now: Date, in tx: inout Tables
    ) throws(AWSError) -> ServiceRecord {
        let cluster = try tx.activeCluster(id.cluster)
        let current = try tx.activeService(id)
        var record = current
        record.configuration.apply(request)
        try ServiceRule.check(.init(configuration: record.configuration, request: request, isNew: false))
        if record.configuration.schedulingStrategy == .replica {
            record.desiredCount = request.desiredCount ?? record.desiredCount
        }
        let tasks = try tx.changedTasks(request, of: current, record.configuration, in: cluster)
        if let tasks { record.configuration.tasks = tasks.configuration }
        let startsDeployment = request.forceNewDeployment || record.configuration.tasks != current.configuration.tasks
        if record != current { tx.put(record) }
        if startsDeployment, let tasks {
            tx.startDeployment(of: record, tasks.configuration, images: tasks.images, random: context.random, now: now)
        } else if record.desiredCount != current.desiredCount, var primary = tx.deployments.primary(of: id) {
            primary.desiredCount = record.desiredCount
            primary.updatedAt = now
            tx.put(primary)
        }
        return record
    }
}

extension Tables {
    /// How the service is to start tasks from now on, checked; nil if the request says nothing that bears on it.
    ///
    /// What goes on as it was is not checked again: the task definition may be INACTIVE by now.
    fileprivate borrowing func changedTasks(
        _ request: ServiceRequest, of current: ServiceRecord, _ configuration: ServiceConfiguration,
        in cluster: ClusterRecord
    ) throws(AWSError) -> ServiceTasks? {
        guard let before = current.configuration.tasks, configuration.deploymentController == .ecs else { return nil }
        let isAsked =
            request.forceNewDeployment || request.taskDefinition != nil || request.networkConfiguration != nil
            || request.capacityProviderStrategy != nil || request.platformVersion != nil
            || configuration.placementConstraints != current.configuration.placementConstraints
            || configuration.placementStrategy != current.configuration.placementStrategy
            || configuration.enableExecuteCommand != current.configuration.enableExecuteCommand
        guard isAsked else { return nil }
        let tasks = try ServiceTasks(request, current: before, configuration: configuration, in: cluster, self)
        let after = tasks.configuration
        guard request.forceNewDeployment || after.capacityProviderStrategy == before.capacityProviderStrategy else {
            throw .invalidParameter(
                "When switching from launch type to capacity provider strategy on an existing service, or making a "
                    + "change to a capacity provider strategy on a service that is already using one, you must force a "
                    + "new deployment.")
        }
        return tasks
    }
}
