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

    /// - Returns: whether the instance has no stream any more.
    func remove(_ session: AgentSession) -> Bool {
        sessions.withLock { sessions in
            guard sessions[session.instance] === session else { return false }
            sessions[session.instance] = nil
            return true
        }
    }

    var all: [AgentSession] { sessions.withLock { Array($0.values) } }
}
