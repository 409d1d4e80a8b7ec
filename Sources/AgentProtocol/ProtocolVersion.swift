/// The version of the conversation between an agent and its control plane, and where it takes place.
///
/// Both sides send the version they speak. A control plane serves `current` and the one before it, so that hosts and
/// manager can be upgraded in either order.
package enum AgentProtocolVersion {
    package static let current = 1
    package static let supported: ClosedRange<Int> = 1...1
}

/// The paths of the agent's conversation, on the control plane's one port.
///
/// Every request but `join` is signed (SigV4, service `ecs`) with the key that joining gave to the host.
package enum AgentPath {
    /// `POST` a ``JoinRequest``, get a ``JoinReply``. The only unsigned request: the join token is the credential.
    package static let join = "/stevedore/v1/agent/join"
    /// `GET` with the query members of ``StreamQuery``: an endless body of one ``StreamMessage`` a line (NDJSON).
    package static let stream = "/stevedore/v1/agent/stream"
    /// `POST` a ``ReportBatch``, get a ``ReportReply``.
    package static let reports = "/stevedore/v1/agent/reports"
    /// `POST` a ``SecretsRequest``, get a ``SecretsReply``.
    package static let secrets = "/stevedore/v1/agent/secrets"
}

/// The names of the query members that open a stream.
package enum StreamQuery {
    package static let containerInstanceArn = "containerInstanceArn"
    package static let protocolVersion = "protocolVersion"
    /// An identifier that the agent makes for each connection; the newest stream of an instance replaces the others.
    package static let sessionID = "sessionId"
    /// The IPv4 address that leads to the tasks of this host.
    package static let hostAddress = "hostAddress"
}
