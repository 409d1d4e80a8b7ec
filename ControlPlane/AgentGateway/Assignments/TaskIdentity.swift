import AWSModels
import AgentProtocol
import ControlPlaneState
import Support

extension TaskAssignment {
    /// What the task is told of itself, and whose credentials it has.
    mutating func takeIdentity(of definition: ECS.TaskDefinition, _ task: TaskRecord, _ arns: ARNFactory) {
        launchType = LaunchType(rawValue: task.launchType.rawValue)
        group = task.group
        let pairs = task.tags.compactMap { tag in tag.key.map { ($0, tag.value ?? "") } }
        tags = pairs.isEmpty ? nil : Dictionary(pairs) { _, last in last }
        taskRoleArn = (task.overrides.taskRoleArn ?? definition.taskRoleArn).map(arns.role)
    }
}
