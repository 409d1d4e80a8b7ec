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
    /// Whether what became of the tasks while the agent was not running is known by now, and among the reports.
    func hasCompared() async -> Bool
    func acknowledge(_ reports: [OutgoingReport], unknownTaskArns: [String]) async
    /// Nil if it is not known yet.
    func instanceHealth() async -> InstanceHealth?
    /// Raised when there are reports to send, the health is another, or it is known what became of the tasks.
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
