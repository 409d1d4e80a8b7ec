/// What a host sends to become known: a token that lets it join, and the cluster it wants to join.
package struct JoinRequest: Codable, Sendable, Hashable {
    package var joinToken: String
    package var cluster: String

    package init(joinToken: String, cluster: String) {
        self.joinToken = joinToken
        self.cluster = cluster
    }
}

/// The host's own key. It is good for registering one container instance, and from then on for that instance alone.
package struct JoinReply: Codable, Sendable, Hashable {
    package var accessKeyID: String
    package var secretAccessKey: String
    /// The region to sign for.
    package var region: String

    package init(accessKeyID: String, secretAccessKey: String, region: String) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.region = region
    }
}
