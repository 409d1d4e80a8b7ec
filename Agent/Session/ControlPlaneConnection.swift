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

    init(_ reply: JoinReply) {
        self.init(accessKeyID: reply.accessKeyID, secretAccessKey: reply.secretAccessKey, region: reply.region)
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
