package import FoundationEssentials

/// What is written of services, and what is read of one as a whole.
extension Tables {
    package mutating func put(_ record: ServiceRecord) { apply(.service(services[record.id], record)) }

    package mutating func put(_ record: DeploymentRecord) { apply(.deployment(deployments[record.id], record)) }

    package mutating func put(_ record: TaskSetRecord) { apply(.taskSet(taskSets[record.id], record)) }

    package mutating func put(_ record: ServiceRevisionRecord) {
        apply(.serviceRevision(serviceHistory[record.id], record))
    }

    package mutating func put(_ record: ServiceDeploymentRecord) {
        apply(.serviceDeployment(serviceHistory[record.id], record))
    }

    package mutating func put(_ record: ServiceSchedulingRecord) {
        apply(.serviceScheduling(services.scheduling(of: record.service), record))
    }

    /// Takes a deployment out of its service, which has none of its tasks left.
    package mutating func removeDeployment(_ id: DeploymentID) {
        if let old = deployments[id] { apply(.deployment(old, nil)) }
    }

    /// Takes a task set out of its service, which has none of its tasks left.
    package mutating func removeTaskSet(_ id: DeploymentID) {
        if let old = taskSets[id] { apply(.taskSet(old, nil)) }
    }

    /// Says something in the service's events, of which only the last are kept.
    ///
    /// - Parameter id: a UUID.
    package mutating func addEvent(_ message: String, of service: ServiceID, id: String, now: Date) {
        let record = ServiceEventRecord(
            service: service, sequence: nextSequence(), id: CompactText(id), createdAt: Moment(now), message: message)
        apply(.serviceEvent(nil, record))
        let events = serviceEvents.events(of: service)
        for old in events.dropLast(ServiceEventTable.limit) { apply(.serviceEvent(old, nil)) }
    }

    /// Forgets a service and all that was of it.
    package mutating func removeService(_ id: ServiceID) {
        for deployment in deployments.deployments(of: id) { apply(.deployment(deployment, nil)) }
        for taskSet in taskSets.taskSets(of: id) { apply(.taskSet(taskSet, nil)) }
        for event in serviceEvents.events(of: id) { apply(.serviceEvent(event, nil)) }
        var history: [ServiceDeploymentRecord] = []
        serviceHistory.deployments(of: id).forEach(after: nil) { sequence in
            if let record = serviceHistory[sequence: sequence] { history.append(record) }
            return true
        }
        for record in history { apply(.serviceDeployment(record, nil)) }
        for revision in serviceHistory.revisions(of: id).sorted(by: { $0.number < $1.number }) {
            if let record = serviceHistory[revision] { apply(.serviceRevision(record, nil)) }
        }
        if let record = services.scheduling(of: id) { apply(.serviceScheduling(record, nil)) }
        if let record = services[id] { apply(.service(record, nil)) }
    }

    /// Forgets service deployments that were over before a date, and the revisions that nothing needs any more.
    ///
    /// - Returns: how many service deployments; at most `limit`.
    package mutating func removeServiceDeployments(finishedBefore date: Date, limit: Int) -> Int {
        let old = serviceHistory.deployments(finishedBefore: date, limit: limit)
        for record in old {
            apply(.serviceDeployment(record, nil))
            for revision in record.sourceRevisions.map(\.id) + [record.targetRevision.id] where !isNeeded(revision) {
                if let revision = serviceHistory[revision] { apply(.serviceRevision(revision, nil)) }
            }
        }
        return old.count
    }

    private func isNeeded(_ id: ServiceRevisionID) -> Bool {
        guard let revision = serviceHistory[id] else { return false }
        return serviceHistory.isTarget(id) || services[revision.service]?.completed?.revision == id
            || deployments.deployments(of: revision.service).contains { $0.revision == id }
    }

    // MARK: Reading

    /// The service that a deployment or task set is of; nil for one that is over.
    package func service(of deployment: DeploymentID) -> ServiceID? {
        deployments[deployment]?.service ?? taskSets[deployment]?.service
    }

    /// The service that started a task and still has its deployment or task set.
    package func service(of task: TaskRecord) -> ServiceID? { task.launch.deployment.flatMap { service(of: $0) } }

    /// How many tasks of the service there are, over its deployments and task sets.
    package func taskCounts(of service: ServiceID) -> ServiceTaskIndex.Counts {
        let ids = deployments.deployments(of: service).map(\.id) + taskSets.taskSets(of: service).map(\.id)
        return ids.reduce(ServiceTaskIndex.Counts()) { $0 + tasks.ofServices.counts(of: $1) }
    }
}
