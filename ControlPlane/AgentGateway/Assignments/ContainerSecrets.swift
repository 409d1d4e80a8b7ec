import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// Where its secrets are kept.
    mutating func takeSecrets(of container: ECS.ContainerDefinition) {}
}
