package import FoundationEssentials

/// Where the credentials of tasks' roles come from. The control plane hands them on and keeps them nowhere.
package protocol RoleCredentialsProvider: Sendable {
    /// The credentials that tasks of this role have now; nil if there are none, or they have expired.
    ///
    /// - Parameter role: a role's name or ARN.
    func credentials(ofRole role: String, at now: Date) -> RoleCredentials?
}

/// Its description holds none of its values.
package struct RoleCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package var accessKeyID: String
    package var secretAccessKey: String
    /// Empty for a key that needs none.
    package var sessionToken: String
    /// Nil for a key that does not expire by itself.
    package var expiration: Date?

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String = "", expiration: Date? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    package var description: String { "credentials" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Knows no role: a control plane without a source of credentials.
package struct NoRoleCredentials: RoleCredentialsProvider {
    package init() {}

    package func credentials(ofRole role: String, at now: Date) -> RoleCredentials? { nil }
}
