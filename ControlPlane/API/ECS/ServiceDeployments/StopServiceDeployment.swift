import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Gives up a deployment that is under way: ROLLBACK goes back to what was completed last, and lets one go on that
    /// does so already; ABORT leaves things as they are, and no more tasks are started.
    ///
    /// - Throws: ServiceDeploymentNotFoundException; ConflictException for one that is over; InvalidParameterException
    ///   where there is nothing to go back to.
    /// - Source: API Reference, StopServiceDeployment, which says nothing of ABORT but the name; Developer Guide,
    ///   "Stopping Amazon ECS service deployments".
    func stopServiceDeployment(
        _ input: ECS.StopServiceDeploymentRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.StopServiceDeploymentResponse {
        let (service, text) = try Reference.partOfService(
            input.serviceDeploymentArn ?? "", type: "service-deployment")
        let id = ServiceDeploymentID(text)
        let isAbort = input.stopType == .abort
        let now = context.now()
        try await context.transact { tx throws(AWSError) in
            guard let record = tx.serviceHistory[id], record.service == service else {
                throw AWSError(
                    ECS.Errors.serviceDeploymentNotFoundException, "The specified service deployment was not found.")
            }
            guard !record.status.isFinished, let primary = tx.deployments.primary(of: service),
                primary.serviceDeployment == id
            else {
                throw AWSError(
                    ECS.Errors.conflictException,
                    "The service deployment cannot be stopped: its status is \(record.status.rawValue).")
            }
            if isAbort {
                tx.failDeployment(primary.id, reason: "ECS deployment stopped by user.", now: now)
                return
            }
            if record.status == .rollbackInProgress { return }
            let target = tx.services[service]?.completed
            guard let target,
                tx.rollBackDeployment(
                    primary.id, failure: "ECS deployment stopped by user",
                    reason: "Service deployment stopped by user.",
                    random: context.random, now: now) != nil
            else {
                throw .invalidParameter(
                    "The service deployment cannot be rolled back: no earlier deployment of the service was completed. "
                        + "Use the stop type ABORT.")
            }
            tx.addEvent(
                "(service \(service.name)) rolling back to deployment \(target.id).", of: service,
                id: context.random.uuid(), now: now)
        }
        context.log.info(
            "service deployment stopped",
            ["service": service.description, "serviceDeployment": text, "caller": caller.arn])
        return ECS.StopServiceDeploymentResponse(serviceDeploymentArn: context.arns.serviceDeployment(id, of: service))
    }
}
