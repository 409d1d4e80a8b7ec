package import FoundationEssentials
package import Placement

/// A key that signs requests, and whom it speaks for.
package struct AccessKeyRecord: StoredRecord {
    package static let kind = "accessKey"
    package static let version = 1
    package var storeKey: String { accessKeyID }

    package enum Principal: Codable, Sendable, Hashable {
        /// May do everything.
        case root
        /// A person or a program: may do what the policy of the ``UserRecord`` of this name says.
        case user(name: String)
        /// An agent: may register one container instance in this cluster, and then speak for that one alone.
        case agent(cluster: ClusterName, containerInstance: ContainerInstanceID?)
    }

    package var accessKeyID: String
    package var secretAccessKey: String
    package var principal: Principal
    package var createdAt: Date
    /// Since when it is refused; nil for a key that is not.
    package var disabledAt: Date?

    package init(
        accessKeyID: String, secretAccessKey: String, principal: Principal, createdAt: Date, disabledAt: Date? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.principal = principal
        self.createdAt = createdAt
        self.disabledAt = disabledAt
    }
}

/// Whom access keys of people and programs speak for. It is there as long as it has a key.
package struct UserRecord: StoredRecord {
    package static let kind = "user"
    package static let version = 1
    package var storeKey: String { name }

    /// Unique, whatever the case of its letters.
    package var name: String
    /// The policy document as it was given; nil for a user who may do nothing.
    package var policy: String?
    package var createdAt: Date

    package init(name: String, policy: String? = nil, createdAt: Date) {
        self.name = name
        self.policy = policy
        self.createdAt = createdAt
    }
}

/// What lets hosts join. Only a hash of the token is kept.
package struct JoinTokenRecord: StoredRecord {
    package static let kind = "joinToken"
    package static let version = 1
    package var storeKey: String { tokenSHA256 }

    /// Lowercase hexadecimal.
    package var tokenSHA256: String
    package var createdAt: Date

    package init(tokenSHA256: String, createdAt: Date) {
        self.tokenSHA256 = tokenSHA256
        self.createdAt = createdAt
    }
}

/// What a RunTask with a client token did, so that its repetition does nothing more.
///
/// - Source: API Reference, RunTask `clientToken`; ECS Developer Guide, "Idempotency".
package struct RunTaskTokenRecord: StoredRecord {
    package static let kind = "runTaskToken"
    package static let version = 1
    package var storeKey: String { Self.storeKey(cluster: cluster, clientToken: clientToken) }

    package static func storeKey(cluster: ClusterName, clientToken: String) -> String { "\(cluster)/\(clientToken)" }

    package var cluster: ClusterName
    package var clientToken: String
    /// Of the request without its token, so that another request under the same token is noticed.
    package var requestSHA256: String
    package var taskIDs: [TaskID]
    package var createdAt: Date

    package init(cluster: ClusterName, clientToken: String, requestSHA256: String, taskIDs: [TaskID], createdAt: Date) {
        self.cluster = cluster
        self.clientToken = clientToken
        self.requestSHA256 = requestSHA256
        self.taskIDs = taskIDs
        self.createdAt = createdAt
    }
}
