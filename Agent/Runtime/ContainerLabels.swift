import Support

/// The labels of a container: ECS's own, on which log shippers and monitors rely, and one of ours.
///
/// - Source: Amazon ECS agent, as documented under "Amazon ECS container agent" labels; spec/ecs-runtime.md section 3.
package enum ContainerLabels {
    package static let cluster = "com.amazonaws.ecs.cluster"
    package static let containerName = "com.amazonaws.ecs.container-name"
    package static let taskArn = "com.amazonaws.ecs.task-arn"
    package static let family = "com.amazonaws.ecs.task-definition-family"
    package static let revision = "com.amazonaws.ecs.task-definition-version"
    /// The identity of the agent's data directory, so that two agents on one runtime leave each other's alone.
    package static let agent = "stevedore.agent"

    /// All labels of a container; a task definition's own cannot replace these.
    package static func all(
        agentID: String, cluster: String, taskArn: String, family: String, revision: Int, containerName: String,
        own: [String: String]
    ) -> [String: String] {
        own.merging([
            agent: agentID, self.cluster: cluster, self.taskArn: taskArn, self.family: family,
            self.revision: String(revision), self.containerName: containerName,
        ]) { _, ours in ours }
    }
}

/// The name of a container in the runtime: `ecs-FAMILY-REVISION-NAME-` and 20 hexadecimal digits.
///
/// The same task and container always give the same name, so that a start which is asked for again after a crash meets
/// the container that the first one made.
package enum ContainerName {
    package static func make(family: String, revision: Int, container: String, taskArn: String) -> String {
        let readable = "ecs-\(allowed(family))-\(revision)-\(allowed(container))-"
        return readable + FoldedDigits.of(taskArn + "\0" + container, count: 20)
    }

    private static func allowed(_ text: String) -> String {
        String(
            decoding: text.utf8.filter {
                $0 == 0x2D || $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0)
            }, as: UTF8.self)
    }
}
