import AWSModels
import AgentProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

/// What one host is told of the roles of its tasks.
struct TaskRoles: Sendable {
    let provider: any RoleCredentialsProvider
    let arns: ARNFactory
    let state: ClusterState
    let now: @Sendable () -> Date

    /// The credentials of all tasks of an instance, as they are now. It neither waits nor needs the store, since pings
    /// depend on it.
    func message(to instance: ContainerInstanceID) -> CredentialsMessage {
        message(for: state.peek { tasks(on: instance, in: $0) })
    }

    /// The ARN and the role of each task of an instance that has one.
    func tasks(on instance: ContainerInstanceID, in tables: borrowing Tables) -> [(arn: String, role: String)] {
        var tasks: [(arn: String, role: String)] = []
        tables.tasksWithRole(on: instance).forEach(after: nil) { sequence in
            if let task = tables.tasks[sequence: sequence], let role = tables.taskRole(of: task) {
                tasks.append((arns.task(cluster: task.cluster.rawValue, id: task.id.description), arns.role(role)))
            }
            return true
        }
        return tasks
    }

    /// The credentials of these tasks, as they are now.
    func message(for tasks: [(arn: String, role: String)]) -> CredentialsMessage {
        if tasks.isEmpty { return CredentialsMessage(tasks: []) }
        let now = now()
        return CredentialsMessage(
            tasks: tasks.compactMap { task in
                provider.credentials(ofRole: task.role, at: now).map {
                    TaskCredentials(
                        taskArn: task.arn, roleArn: task.role, accessKeyID: $0.accessKeyID,
                        secretAccessKey: $0.secretAccessKey, sessionToken: $0.sessionToken, expiration: $0.expiration)
                }
            })
    }
}
