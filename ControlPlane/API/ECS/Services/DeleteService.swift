import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// The service is DRAINING: its tasks are stopped, and when none is to go on it is INACTIVE, which a service without
    /// tasks is at once, though the answer still says DRAINING. One that is DRAINING already is given back as it is.
    ///
    /// - Throws: InvalidParameterException for a service that is to have tasks, unless forced.
    /// - Source: API Reference, DeleteService.
    func deleteService(_ input: ECS.DeleteServiceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.DeleteServiceResponse
    {
        let clusterName = try Reference.cluster(input.cluster)
        let id = try Reference.service(input.service ?? "", in: clusterName)
        let isForced = input.force == true
        let now = context.now()
        let service = try await context.transact { tx throws(AWSError) in
            _ = try tx.activeCluster(clusterName)
            guard var record = tx.services[id], record.status != .inactive else { throw .serviceNotFound }
            if record.status == .active {
                // A DAEMON's is 0: it cannot be scaled down.
                guard isForced || record.desiredCount == 0 else {
                    throw .invalidParameter("The service cannot be stopped while it is scaled above 0.")
                }
                record.status = .draining
                record.desiredCount = 0
                tx.put(record)
                if var scheduling = tx.services.scheduling(of: id), scheduling.desiredCount > 0 {
                    scheduling.desiredCount = 0
                    tx.put(scheduling)
                }
                for var deployment in tx.deployments.deployments(of: id) where deployment.desiredCount > 0 {
                    deployment.desiredCount = 0
                    deployment.updatedAt = now
                    tx.put(deployment)
                }
                for var taskSet in tx.taskSets.taskSets(of: id) where taskSet.status != .draining {
                    taskSet.status = .draining
                    taskSet.updatedAt = now
                    tx.put(taskSet)
                }
            }
            let described = tx.describe(record, includeTags: true, context.arns)
            tx.endServiceIfDrained(id, now: now)
            return described
        }
        context.log.info("service deleted", ["service": id.description, "caller": caller.arn])
        return ECS.DeleteServiceResponse(service: service)
    }
}
