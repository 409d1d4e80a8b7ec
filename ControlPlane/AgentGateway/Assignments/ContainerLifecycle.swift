import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// Order, health checks, restarts.
    mutating func takeLifecycle(of container: ECS.ContainerDefinition) {}
}
