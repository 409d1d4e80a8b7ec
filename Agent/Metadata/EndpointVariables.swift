package import AgentEngine
package import AgentProtocol
import AgentRuntime

/// Tells a container where it finds what is its own. A variable is set only where something answers.
///
/// - Source: spec/ecs-runtime.md section 5. As in ECS, these win over a definition's own.
package struct EndpointVariables: LaunchContributor {
    /// What a host has whose tasks reach their endpoints, as ECS names it after `com.amazonaws.ecs.capability.`.
    package static let features = ["task-iam-role", "task-iam-role-network-host"]

    private let identity: EndpointIdentity
    private let isReachable: @Sendable () -> Bool

    /// - Parameter isReachable: whether tasks can reach their endpoints on this host.
    package init(identity: EndpointIdentity, isReachable: @escaping @Sendable () -> Bool) {
        self.identity = identity
        self.isReachable = isReachable
    }

    package func contribution(
        to container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> LaunchContribution {
        var contribution = LaunchContribution()
        func set(_ name: String, _ value: String) {
            contribution.overrides.append(.init(name: name, value: value))
        }
        if let launchType = task.launchType { set("AWS_EXECUTION_ENV", "AWS_ECS_\(launchType.rawValue)") }
        // Without a network there is no way to the address.
        guard task.networkMode != .none, container.settings?.disableNetworking != true, isReachable() else {
            return contribution
        }
        let base = "http://\(EndpointAddress.address)"
        let id = identity.containerID(task: task.taskArn, container: container.name)
        set("ECS_CONTAINER_METADATA_URI", "\(base)/v3/\(id)")
        set("ECS_CONTAINER_METADATA_URI_V4", "\(base)/v4/\(id)")
        if task.taskRoleArn != nil {
            let credentials = identity.credentialsID(task: task.taskArn)
            set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/\(credentials)")
        }
        return contribution
    }
}
