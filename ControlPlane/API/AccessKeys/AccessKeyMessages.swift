/// What `stevedore-controlplane access-key` asks of the control plane that runs.
package enum AccessKeyRequest: Codable, Sendable, Hashable {
    case create(name: String, policy: String?)
    case list
    case setEnabled(accessKeyID: String, Bool)
    /// - keepOld: whether the key that there was goes on working.
    case rotate(accessKeyID: String, keepOld: Bool)
    case delete(accessKeyID: String)
    case policy(accessKeyID: String)
    case setPolicy(accessKeyID: String, policy: String)
}

/// The answer; which of it is there depends on the request.
package struct AccessKeyReply: Codable, Sendable, Hashable {
    package struct Key: Codable, Sendable, Hashable {
        package var accessKeyID: String
        package var name: String
        package var isEnabled: Bool
        package var hasPolicy: Bool
        /// Seconds since 1970.
        package var createdAt: Double
    }

    /// Said once, and never again.
    package struct Secret: Codable, Sendable, Hashable {
        package var name: String
        package var accessKeyID: String
        package var secretAccessKey: String
        package var region: String
    }

    package var keys: [Key]?
    package var secret: Secret?
    package var policy: String?
    /// Why nothing was done.
    package var refusal: String?

    package init(
        keys: [Key]? = nil, secret: Secret? = nil, policy: String? = nil, refusal: String? = nil
    ) {
        self.keys = keys
        self.secret = secret
        self.policy = policy
        self.refusal = refusal
    }
}
