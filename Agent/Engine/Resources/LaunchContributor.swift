package import AgentProtocol
package import AgentRuntime

/// Something that is found out for each start of a container, and written down nowhere: the values of secrets, what
/// environment files say, where the container finds its metadata.
package protocol LaunchContributor: Sendable {
    /// Ends early when the calling task is cancelled, with an error.
    func contribution(
        to container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> LaunchContribution
}

/// What goes into a launch beside its container definition.
package struct LaunchContribution: Sendable, Hashable {
    /// Variables that the definition's own `environment` wins over.
    package var defaults: [ContainerLaunch.Variable] = []
    /// Variables that win over the definition's own.
    package var overrides: [ContainerLaunch.Variable] = []
    /// Options of the container's log driver that nobody else may see.
    package var secretLogOptions: [String: String] = [:]

    package init() {}

    /// Takes in what another contributor found: of what both have, the later one's wins.
    mutating func merge(_ other: LaunchContribution) {
        defaults += other.defaults
        overrides += other.overrides
        secretLogOptions.merge(other.secretLogOptions) { _, new in new }
    }
}

extension ContainerLaunch {
    mutating func apply(_ contribution: LaunchContribution) {
        environment = contribution.defaults + environment + contribution.overrides
        secretLogOptions.merge(contribution.secretLogOptions) { _, new in new }
    }
}
