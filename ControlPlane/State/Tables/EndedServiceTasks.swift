/// The tasks of services that are STOPPED, and that their scheduler has not taken note of yet: it looks at each once.
///
/// Found out from the tasks and kept nowhere. After a start these are the tasks that were STOPPED after their deployment
/// was last written: whatever the scheduler learns from a task that it has to know later, it writes to the deployment in
/// the transaction in which it takes note of the task. What it learns nothing from may come twice.
package struct EndedServiceTasks: Sendable {
    private var byDeployment: [DeploymentID: OrderedSet<Int>] = [:]

    /// Sequence numbers.
    package func tasks(of deployment: DeploymentID) -> OrderedSet<Int> { byDeployment[deployment] ?? OrderedSet() }

    mutating func insert(_ sequence: Int, of deployment: DeploymentID) {
        byDeployment[deployment, default: OrderedSet()].insert(sequence)
    }

    mutating func remove(_ sequence: Int, of deployment: DeploymentID) {
        byDeployment[deployment]?.remove(sequence)
        if byDeployment[deployment]?.isEmpty == true { byDeployment[deployment] = nil }
    }

    mutating func removeAll(of deployment: DeploymentID) { byDeployment[deployment] = nil }
}

extension Tables {
    /// The scheduler has taken note of every task of the deployment that is STOPPED. Not undone if the transaction fails.
    package mutating func noteEndedTasks(of deployment: DeploymentID) { endedServiceTasks.removeAll(of: deployment) }

    mutating func indexEnd(_ old: TaskRecord?, _ new: TaskRecord?) {
        let wasStopped = old?.lastStatus == .stopped
        let isStopped = new?.lastStatus == .stopped
        guard wasStopped != isStopped, let deployment = (new ?? old)?.launch.deployment else { return }
        if let new, isStopped {
            guard let writtenAt = deployments[deployment]?.updatedAt ?? taskSets[deployment]?.updatedAt else { return }
            // Without an old one it is loaded.
            if old == nil, new.stoppedAt.map({ $0 <= writtenAt }) ?? true { return }
            endedServiceTasks.insert(new.sequence, of: deployment)
        } else if let old {
            endedServiceTasks.remove(old.sequence, of: deployment)
        }
    }
}
