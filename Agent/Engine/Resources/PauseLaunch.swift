package import AgentJournal
package import AgentProtocol
package import AgentRuntime

extension TaskAssignment {
    /// A pause container of this task, without a network and within the task's cgroup.
    ///
    /// - Parameter name: one of ``PauseContainer``.
    package func pauseLaunch(_ name: String, agentID: String, _ resources: TaskResources) -> ContainerLaunch {
        var launch = ContainerLaunch(
            name: runtimeName(ofContainer: name), image: PauseImage.reference,
            labels: ContainerLabels.all(
                agentID: agentID, cluster: cluster, taskArn: taskArn, family: family, revision: revision,
                containerName: name, own: [:]),
            network: .none)
        launch.cgroupParent = resources.cgroupParent
        return launch
    }
}
