package import AgentProtocol

/// The key with which a host signs.
package struct SigningKey: Sendable, Hashable {
    package var accessKeyID: String
    package var secretAccessKey: String
    package var region: String

    package init(accessKeyID: String, secretAccessKey: String, region: String) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.region = region
    }

    /// The key that joining gave to the host.
    package init(_ reply: JoinReply) {
        self.init(accessKeyID: reply.accessKeyID, secretAccessKey: reply.secretAccessKey, region: reply.region)
    }

    /// For a control plane that looks at no signature.
    package static func unauthenticated(region: String) -> SigningKey {
        SigningKey(accessKeyID: "AKIDUNAUTHENTICATED0", secretAccessKey: "none", region: region)
    }
}

/// The way to the control plane, as the session sees it.
package protocol ControlPlaneConnection: Sendable {
    func join(_ request: JoinRequest) async throws(ControlPlaneError) -> JoinReply

    /// `RegisterContainerInstance`.
    ///
    /// - Returns: the container instance's ARN.
    func register(_ registration: InstanceRegistration, key: SigningKey) async throws(ControlPlaneError) -> String

    /// Opens the stream of assignments. What comes are pieces of its body, cut anywhere.
    func openStream(
        containerInstanceArn: String, sessionID: String, key: SigningKey
    ) async throws(ControlPlaneError) -> any AsyncSequence<[UInt8], any Error> & Sendable

    func send(_ batch: ReportBatch, key: SigningKey) async throws(ControlPlaneError) -> ReportReply

    /// Sends a ``SignOfLife`` to where the last stream comes from. Nobody knows whether it arrives.
    func send(sign datagram: [UInt8]) throws

    func secrets(_ request: SecretsRequest, key: SigningKey) async throws(ControlPlaneError) -> SecretsReply
}

/// Why the control plane did not do what it was asked.
package struct ControlPlaneError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// It cannot be reached, is overloaded, or broke: later may be better.
        case unavailable
        /// It knows neither this key nor this signature.
        case accessDenied
        /// It does not know this container instance (any more): register anew.
        case unknownInstance
        /// Anything else that it refused.
        case refused
    }

    package var code: Code
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
