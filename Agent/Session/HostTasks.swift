package import AgentJournal
package import AgentProtocol
package import Support

/// The tasks of this host, as the session sees them: the engine.
package protocol HostTasks: Sendable {
    /// Returns when the assignments are in the journal.
    func apply(_ message: AssignmentMessage) async throws
    /// A new session: everything that is not over is to be reported anew.
    func sessionStarted() async
    func pendingReports(limit: Int) async -> [OutgoingReport]
    func acknowledge(_ reports: [OutgoingReport], unknownTaskArns: [String]) async
    /// Nil if it is not known yet.
    func instanceHealth() async -> InstanceHealth?
    /// Raised when there are reports to send, or the health is another.
    var reportsDue: Signal { get }
}

/// Where the tasks of other hosts are, as the session hears of it.
package protocol PeerNetwork: Sendable {
    func apply(_ message: NetworkMessage) async
}

/// Where the host's registration is remembered: the journal.
package protocol RegistrationStore: Sendable {
    func registration() async throws -> HostRegistration
    func setRegistration(_ registration: HostRegistration) async throws
}

extension Journal: RegistrationStore {}
