import AgentProtocol
import ControlPlaneState

extension TaskAssignment {
    /// The interface of a task in network mode awsvpc.
    mutating func takeNetworkInterface(of task: TaskRecord) {}
}
