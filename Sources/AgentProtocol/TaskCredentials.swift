package import FoundationEssentials

/// The credentials of the roles that a host's tasks have, all of them each time.
///
/// They stand apart from the assignments, since those are written down: an agent keeps these in memory alone.
package struct CredentialsMessage: Codable, Sendable, Hashable {
    package var tasks: [TaskCredentials]

    package init(tasks: [TaskCredentials]) {
        self.tasks = tasks
    }
}

/// The credentials of one task's role. Its description names the role and no value, so that no log can.
package struct TaskCredentials: Codable, Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package var taskArn: String
    package var roleArn: String
    package var accessKeyID: String
    package var secretAccessKey: String
    /// Empty for a key that needs none.
    package var sessionToken: String
    /// Nil for a key that does not expire by itself.
    package var expiration: Date?

    package init(
        taskArn: String, roleArn: String, accessKeyID: String, secretAccessKey: String, sessionToken: String = "",
        expiration: Date? = nil
    ) {
        self.taskArn = taskArn
        self.roleArn = roleArn
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    package var description: String { "credentials of \(roleArn) for \(taskArn)" }
    package var customMirror: Mirror { Mirror(self, children: ["taskArn": taskArn, "roleArn": roleArn]) }
}
