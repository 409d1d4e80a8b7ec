import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// What the runtime is told as it is.
    mutating func takeSettings(of container: ECS.ContainerDefinition) {}
}
