/// What a container of a task needs of secrets, for one start or one pull of it.
///
/// It names no secret: which ones a container may have is said by its task definition, which the control plane has.
///
/// - Source: Developer Guide, "Pass sensitive data to an Amazon ECS container"; spec/ecs-runtime.md section 2.1.
package struct SecretsRequest: Codable, Sendable, Hashable {
    /// What the values are for.
    package enum Use: String, Codable, Sendable, Hashable {
        /// ``ContainerSpecification/secrets``.
        case environment
        /// ``ContainerSpecification/repositoryCredentials``.
        case registry
        /// ``LogConfiguration/secretOptions``.
        case logDriver
    }

    package var protocolVersion: Int
    package var containerInstanceArn: String
    package var taskArn: String
    package var containerName: String
    package var use: Use

    package init(
        protocolVersion: Int = AgentProtocolVersion.current, containerInstanceArn: String, taskArn: String,
        containerName: String, use: Use
    ) {
        self.protocolVersion = protocolVersion
        self.containerInstanceArn = containerInstanceArn
        self.taskArn = taskArn
        self.containerName = containerName
        self.use = use
    }
}

/// What the secrets say. It is kept in memory, for as long as a start takes, and goes into no log and no journal.
package struct SecretsReply: Codable, Sendable, Hashable {
    /// By where each is kept: a secret's `valueFrom`, or the `credentialsParameter`.
    package var values: [String: String]

    package init(values: [String: String]) {
        self.values = values
    }
}
