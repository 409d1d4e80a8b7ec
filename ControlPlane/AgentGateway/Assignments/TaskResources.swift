import AWSModels
import AgentProtocol
import ControlPlaneState

extension TaskAssignment {
    /// Volumes, and what limits and joins the task's containers as a whole.
    mutating func takeResources(of definition: ECS.TaskDefinition, _ task: TaskRecord) {}
}
