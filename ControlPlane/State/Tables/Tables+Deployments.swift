package import FoundationEssentials
import ServiceScheduler
package import Support

/// What happens to deployments: the same steps for the API and for the scheduler.
extension Tables {
    /// Starts a deployment of the service: a new revision, a new service deployment, and a new PRIMARY deployment, which
    /// supersedes the one before. The caller has put the service with what it is to be now.
    ///
    /// - Parameter images: of the task definition.
    /// - Source: ECS scheduling rules, 4.1.
    @discardableResult
    package mutating func startDeployment(
        of service: ServiceRecord, _ tasks: TaskConfiguration, images: [ServiceRevisionRecord.Image],
        random: RandomSource, now: Date
    ) -> DeploymentRecord {
        var random = random
        let sources = deployments.deployments(of: service.id)
        supersede(sources, now: now)
        let revision = ServiceRevisionRecord(
            id: newRevisionID(&random), service: service.id, tasks: tasks, images: images, createdAt: now)
        var id = ServiceDeploymentID(random: &random)
        while serviceHistory[id] != nil { id = ServiceDeploymentID(random: &random) }
        let deployment = DeploymentRecord(
            id: newDeploymentID(random: random), service: service.id, sequence: nextSequence(), revision: revision.id,
            tasks: tasks, serviceDeployment: id, desiredCount: services.desiredCount(of: service),
            isCircuitBreakerEnabled: service.configuration.isCircuitBreakerEnabled, createdAt: now)
        put(revision)
        put(
            ServiceDeploymentRecord(
                id: id, service: service.id, sequence: nextSequence(), deployment: deployment.id,
                sourceRevisions: sources.map(\.revision).uniqued().map { .init(id: $0) },
                targetRevision: .init(id: revision.id), configuration: service.configuration, createdAt: now))
        put(deployment)
        return deployment
    }

    /// The PRIMARY deployment is ACTIVE from now on; if it was not over, its service deployment is now.
    private mutating func supersede(_ sources: [DeploymentRecord], now: Date) {
        for var source in sources where source.status == .primary {
            stop(source.serviceDeployment, "A newer deployment of the service took its place.", of: source, now: now)
            source.status = .active
            source.updatedAt = now
            put(source)
        }
    }

    /// The deployment has brought the service to a steady state.
    package mutating func completeDeployment(_ id: DeploymentID, now: Date) {
        guard var deployment = deployments[id] else { return }
        deployment.rolloutState = .completed
        deployment.rolloutStateReason = "ECS deployment \(id) completed."
        deployment.updatedAt = now
        if deployment.scheduling.circuitBreaker.status == .monitoring {
            deployment.scheduling.circuitBreaker.status = .complete
        }
        put(deployment)
        if var service = services[deployment.service] {
            service.completed = .init(deployment)
            put(service)
        }
        guard var history = serviceHistory[deployment.serviceDeployment], !history.status.isFinished else { return }
        let isRollback = history.status == .rollbackInProgress
        finish(&history, isRollback ? .rollbackSuccessful : .successful, nil, of: deployment, now: now)
        put(history)
    }

    /// The deployment is given up, and nothing takes its place: no more of its tasks are started.
    package mutating func failDeployment(_ id: DeploymentID, reason: String, now: Date) {
        guard var deployment = deployments[id] else { return }
        deployment.rolloutState = .failed
        deployment.rolloutStateReason = reason
        deployment.updatedAt = now
        put(deployment)
        stop(deployment.serviceDeployment, reason, of: deployment, now: now)
    }

    /// Whether the deployment goes back to an earlier one: it is not rolled back itself.
    package func isRollback(_ deployment: DeploymentRecord) -> Bool {
        serviceHistory[deployment.serviceDeployment].map { $0.deployment != deployment.id } ?? false
    }

    /// Gives the PRIMARY deployment up, and goes back to the one that was completed last: it is PRIMARY again with the
    /// tasks that it still has, or, if it has none left, there is a new one of its revision.
    ///
    /// - Parameters:
    ///   - failure: why it is given up, as the API's `rolloutStateReason` says it; the deployment that is gone back to is
    ///     added.
    ///   - reason: why, as the service deployment says it.
    /// - Returns: nil, and nothing is done, if there is nothing to go back to, or it is over or a rollback itself.
    /// - Source: ECS scheduling rules, 4.2.
    @discardableResult
    package mutating func rollBackDeployment(
        _ id: DeploymentID, failure: String, reason: String, random: RandomSource, now: Date
    ) -> DeploymentRecord? {
        guard var failed = deployments[id], failed.status == .primary, var service = services[failed.service],
            let completed = service.completed, completed.id != id, let target = serviceHistory[completed.revision],
            var history = serviceHistory[failed.serviceDeployment], history.status == .inProgress
        else { return nil }
        failed.rolloutState = .failed
        failed.rolloutStateReason = "\(failure): rolling back to deploymentId \(completed.id)."
        failed.status = .active
        failed.updatedAt = now
        put(failed)
        service.configuration.tasks = target.tasks
        put(service)
        let kept = deployments[completed.id]
        var deployment = DeploymentRecord(
            id: kept?.id ?? newDeploymentID(random: random), service: service.id, sequence: nextSequence(),
            revision: target.id, tasks: target.tasks, serviceDeployment: history.id,
            desiredCount: services.desiredCount(of: service),
            isCircuitBreakerEnabled: service.configuration.isCircuitBreakerEnabled,
            createdAt: kept?.createdAt ?? now)
        deployment.updatedAt = now
        put(deployment)
        history.status = .rollbackInProgress
        history.statusReason = reason
        history.circuitBreaker = circuitBreaker(of: failed, history)
        history.rollback = .init(reason: reason, startedAt: now, revision: target.id)
        history.updatedAt = now
        put(history)
        return deployment
    }

    /// The DRAINING service is INACTIVE, if none of its tasks is to go on: those that are stopping need it no more.
    ///
    /// - Returns: whether it is.
    /// - Source: API Reference, DeleteService.
    @discardableResult
    package mutating func endServiceIfDrained(_ id: ServiceID, now: Date) -> Bool {
        guard var service = services[id], service.status == .draining else { return false }
        let counts = taskCounts(of: id)
        guard counts.pending == 0, counts.running == 0 else { return false }
        for deployment in deployments.deployments(of: id) {
            stop(deployment.serviceDeployment, "The service was deleted.", of: deployment, now: now)
            removeDeployment(deployment.id)
        }
        for taskSet in taskSets.taskSets(of: id) { removeTaskSet(taskSet.id) }
        if let scheduling = services.scheduling(of: id) { apply(.serviceScheduling(scheduling, nil)) }
        service.status = .inactive
        service.endedAt = now
        put(service)
        return true
    }

    /// - Returns: one that no deployment or task set has.
    package mutating func newDeploymentID(random: RandomSource) -> DeploymentID {
        var random = random
        while true {
            let id = DeploymentID(ServiceNumber(random: &random))
            if deployments[id] == nil, taskSets[id] == nil, tasks.ofServices.counts(of: id).isEmpty { return id }
        }
    }

    private func newRevisionID(_ random: inout RandomSource) -> ServiceRevisionID {
        while true {
            let id = ServiceRevisionID(ServiceNumber(random: &random))
            if serviceHistory[id] == nil { return id }
        }
    }

    /// How many tasks of a revision there are, over the deployments of its service that have it.
    package func revisionCounts(
        _ revision: ServiceRevisionID, of service: ServiceID
    ) -> ServiceDeploymentRecord.Revision.FinalCounts {
        deployments.deployments(of: service).reduce(into: .init(requested: 0, running: 0, pending: 0)) {
            sum, deployment in
            guard deployment.revision == revision else { return }
            let counts = tasks.ofServices.counts(of: deployment.id)
            sum.requested += deployment.desiredCount
            sum.running += counts.running
            sum.pending += counts.pending
        }
    }

    private func circuitBreaker(
        of deployment: DeploymentRecord, _ history: ServiceDeploymentRecord
    ) -> ServiceDeploymentRecord.CircuitBreaker? {
        guard history.isCircuitBreakerEnabled else { return nil }
        let state = deployment.scheduling.circuitBreaker
        return .init(
            status: state.status == .monitoring ? .complete : state.status, failureCount: state.failureCount,
            threshold: CircuitBreaker.threshold(desiredCount: deployment.desiredCount))
    }

    /// Ends a service deployment that has not reached its target, if it has not ended.
    private mutating func stop(
        _ id: ServiceDeploymentID, _ reason: String, of deployment: DeploymentRecord, now: Date
    ) {
        guard var history = serviceHistory[id], !history.status.isFinished else { return }
        let isRollback = history.status == .rollbackInProgress
        finish(&history, isRollback ? .rollbackFailed : .stopped, reason, of: deployment, now: now)
        history.stoppedAt = now
        put(history)
    }

    private func finish(
        _ history: inout ServiceDeploymentRecord, _ status: ServiceDeploymentRecord.Status, _ reason: String?,
        of deployment: DeploymentRecord, now: Date
    ) {
        history.status = status
        history.statusReason = reason ?? history.statusReason
        history.finishedAt = now
        history.updatedAt = now
        history.circuitBreaker = history.circuitBreaker ?? circuitBreaker(of: deployment, history)
        history.targetRevision.finalCounts = revisionCounts(history.targetRevision.id, of: history.service)
        for index in history.sourceRevisions.indices {
            history.sourceRevisions[index].finalCounts = revisionCounts(
                history.sourceRevisions[index].id, of: history.service)
        }
    }
}

extension Array where Element: Hashable {
    /// Each once, where it was first.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
