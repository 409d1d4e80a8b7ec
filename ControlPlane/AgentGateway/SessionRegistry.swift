import ControlPlaneState
import Synchronization

/// The streams that are open, one for each container instance at most.
final class SessionRegistry: Sendable {
    private let sessions = Mutex<[ContainerInstanceID: AgentSession]>([:])

    var count: Int { sessions.withLock { $0.count } }

    subscript(instance: ContainerInstanceID) -> AgentSession? { sessions.withLock { $0[instance] } }

    /// A newer stream of the same instance takes over: the agent opened it because the older one is dead to it.
    func add(_ session: AgentSession) {
        let older = sessions.withLock { $0.updateValue(session, forKey: session.instance) }
        older?.close(.replaced)
    }

    func remove(_ session: AgentSession) {
        sessions.withLock { sessions in
            if sessions[session.instance] === session { sessions[session.instance] = nil }
        }
    }

    var all: [AgentSession] { sessions.withLock { Array($0.values) } }
}
