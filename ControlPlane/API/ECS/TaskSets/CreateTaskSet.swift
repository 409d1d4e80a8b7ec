import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Makes an ACTIVE task set of a service whose deployments somebody else controls. Without a scale it has no tasks.
    ///
    /// - Source: API Reference, CreateTaskSet; AWS CLI examples, create-task-set, for the default of `scale`.
    func createTaskSet(_ input: ECS.CreateTaskSetRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.CreateTaskSetResponse
    {
        let clusterName = try Reference.cluster(input.cluster)
        let serviceID = try Reference.service(input.service ?? "", in: clusterName)
        let token = try CreationToken.checked(input.clientToken) { () throws(AWSError) in
            var request = input
            request.clientToken = nil
            request.cluster = clusterName.rawValue
            request.service = serviceID.name
            return try ShapeJSON.fingerprint(of: request)
        }
        let request = ServiceRequest(input)
        try ServiceSupport.check(request)
        let scale = try TaskSetScale.checked(input.scale ?? ECS.Scale(unit: .percent, value: 0))
        let tags = try Tags.checked(input.tags)
        let externalID = input.externalId.given
        if let externalID, externalID.unicodeScalars.count > Limits.externalIDLength.value {
            throw .invalidParameter("externalId can have at most \(Limits.externalIDLength.value) characters.")
        }
        let now = context.now()
        let taskSet = try await context.transact { tx throws(AWSError) in
            let cluster = try tx.activeCluster(clusterName)
            let service = try tx.serviceWithTaskSets(serviceID)
            let existing = tx.taskSets.taskSets(of: serviceID)
            if let token, let earlier = existing.first(where: { $0.creationToken?.clientToken == token.clientToken }) {
                guard earlier.creationToken == token else {
                    throw .invalidParameter("The clientToken was used before with other parameters.")
                }
                return tx.describe(earlier, of: service, includeTags: true, context.arns)
            }
            guard existing.count < Limits.taskSetsPerService.value else {
                throw AWSError(
                    ECS.Errors.limitExceededException,
                    "A service can have at most \(Limits.taskSetsPerService.value) task sets.")
            }
            let tasks = try ServiceTasks(
                request, current: nil, configuration: service.configuration, in: cluster, tx)
            let record = TaskSetRecord(
                id: tx.newDeploymentID(random: context.random), service: serviceID, sequence: tx.nextSequence(),
                tasks: tasks.configuration, scale: scale, externalID: externalID, tags: tags, createdAt: now,
                creationToken: token)
            tx.put(record)
            return tx.describe(record, of: service, includeTags: true, context.arns)
        }
        context.log.info(
            "task set created", ["service": serviceID.description, "taskSet": taskSet.id ?? "", "caller": caller.arn])
        return ECS.CreateTaskSetResponse(taskSet: taskSet)
    }
}

/// Which share of a service's desired count a task set is to have.
enum TaskSetScale {
    /// - Returns: percent.
    static func checked(_ scale: ECS.Scale?) throws(AWSError) -> Double {
        guard scale?.unit == nil || scale?.unit == .percent else {
            throw .invalidParameter("unit should be one of [PERCENT]")
        }
        guard let value = scale?.value, (0...100).contains(value) else {
            throw .invalidParameter("The value of scale must be a number from 0 to 100.")
        }
        return value
    }
}

extension Tables {
    /// The service, if it is ACTIVE and of task sets.
    borrowing func serviceWithTaskSets(_ id: ServiceID) throws(AWSError) -> ServiceRecord {
        let service = try activeService(id)
        guard service.configuration.deploymentController == .external else {
            throw .invalidParameter("Only services with an EXTERNAL deployment controller have task sets of one's own.")
        }
        return service
    }

    /// A task set of the service, by its id or ARN.
    borrowing func taskSet(_ text: String?, of service: ServiceID) throws(AWSError) -> TaskSetRecord {
        let id = DeploymentID(try Reference.taskSet(text ?? "", of: service))
        guard let taskSet = id.flatMap({ taskSets[$0] }), taskSet.service == service else { throw .taskSetNotFound }
        return taskSet
    }
}
