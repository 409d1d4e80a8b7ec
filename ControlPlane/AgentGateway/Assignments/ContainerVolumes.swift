import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// Mount points, and files that the environment comes from.
    mutating func takeVolumes(of container: ECS.ContainerDefinition) {}
}
