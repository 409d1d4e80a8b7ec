package import AgentProtocol
import ControlPlaneState
import Support

/// What one agent is told, in order: the whole of it at first, then whatever changes.
///
/// It sends nothing: ``AgentGateway/openStream(_:_:)`` writes its messages to a connection, and a simulation hands them
/// to an agent without one.
package struct AgentStream: Sendable {
    private let gateway: AgentGateway
    let session: AgentSession
    /// The last ``AssignmentMessage/sequence``.
    private var sequence = 0
    private var credentials: CredentialsMessage
    /// Whether the last message was ``StreamMessage/close(_:)``.
    package private(set) var isClosed = false

    init(gateway: AgentGateway, session: AgentSession) {
        self.gateway = gateway
        self.session = session
        credentials = CredentialsMessage(tasks: [])
    }

    /// The first messages. From here on the stream hears of changes, and ``end()`` has to be called.
    ///
    /// - Throws: ``StoreFailure`` if what it would tell cannot be made durable.
    package mutating func opening() async throws -> [StreamMessage] {
        let instance = session.instance
        // Registered before the first look at the state, so that nothing falls between the two.
        gateway.registry.add(session)
        let hello = gateway.hello(to: session)
        let (outcome, revision) = gateway.state.viewNow { tables in
            (gateway.network(of: instance, in: tables), gateway.assignments(of: instance, in: tables))
        }
        session.tell(all: revision)
        try await gateway.state.durable(revision)
        let (network, assignments) = outcome.get()
        credentials = gateway.roles.message(to: instance)
        sequence = 1
        return [
            .hello(hello), .network(network),
            // Before the assignments, so that containers find them from their first moment on.
            .credentials(credentials),
            .assignments(AssignmentMessage(sequence: sequence, isComplete: true, tasks: assignments)),
        ]
    }

    /// Waits until there is something to tell, and gives it.
    ///
    /// - Throws: ``StoreFailure`` if what it would tell cannot be made durable.
    mutating func next() async throws -> [Told] { try await messages(for: await session.nextWork()) }

    /// What there is to tell without waiting; empty if there is nothing.
    ///
    /// - Throws: ``StoreFailure`` if what it would tell cannot be made durable.
    package mutating func poll() async throws -> [StreamMessage] {
        guard let work = session.takeWork() else { return [] }
        return try await messages(for: work).map(\.message)
    }

    /// A message, and of its assignments what is written already.
    struct Told {
        var message: StreamMessage
        var shared: [SharedAssignmentText?] = []
    }

    /// Nobody listens any more.
    package func end() {
        if gateway.registry.remove(session) { gateway.streamEnded(session.instance) }
    }

    private mutating func messages(for work: AgentSession.Work) async throws -> [Told] {
        let instance = session.instance
        switch work {
        case .ping:
            // Roles' credentials are renewed where no change feed tells of it.
            let renewed = renewed(gateway.roles.message(to: instance))
            return renewed.isEmpty ? [Told(message: .ping)] : renewed
        case .changed(let tasks):
            sequence += 1
            let (message, shared) = gateway.message(sequence, tasks)
            let told = Told(message: .assignments(message), shared: shared)
            // Most hosts have no task with a role: then the state need not be asked.
            guard !credentials.tasks.isEmpty || message.tasks.contains(where: { $0.taskRoleArn != nil }) else {
                return [told]
            }
            return renewed(gateway.roles.message(to: instance)) + [told]
        case .network(let slices):
            let network = try await gateway.state.view { gateway.network(slices, of: instance, in: $0) }
            return [Told(message: .network(network))]
        case .close(let end):
            isClosed = true
            return [Told(message: .close(end.message))]
        }
    }

    /// Empty if there is no news.
    private mutating func renewed(_ fresh: CredentialsMessage) -> [Told] {
        guard fresh != credentials else { return [] }
        credentials = fresh
        return [Told(message: .credentials(fresh))]
    }
}

extension AgentSession.SessionEnd {
    fileprivate var message: SessionClose {
        switch self {
        case .replaced: SessionClose(reason: .replaced, message: "a newer stream of this container instance was opened")
        case .inactive: SessionClose(reason: .inactive, message: "this container instance was deregistered")
        case .goingAway: SessionClose(reason: .goingAway, message: "the control plane is stopping")
        }
    }
}
