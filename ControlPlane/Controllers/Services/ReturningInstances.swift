import ControlPlaneState
import FoundationEssentials
import Synchronization

/// Since when the agents of instances are silent.
///
/// An agent that is heard again is believed to be there only when it had the time to report: what its tasks became while
/// it was away is not in the state before, and tasks that died would look alive.
final class ReturningInstances: Sendable {
    /// What is so at one instant.
    struct Silence {
        fileprivate let returning: [ContainerInstanceID: Return]
        fileprivate let timeoutSeconds: Double
        /// When it is otherwise though nothing happens.
        let nextChange: Date?

        /// Nil for an instance whose agent is there.
        func date(_ instance: ContainerInstanceRecord) -> Date? {
            if !instance.agentConnected { return instance.connectivityAt.addingTimeInterval(-timeoutSeconds) }
            return returning[instance.id]?.lastHeardAt
        }
    }

    fileprivate struct Return {
        var lastHeardAt: Date
        var until: Date
    }

    private let timeoutSeconds: Double
    private let returnSeconds: Double
    private let returning = Mutex<[ContainerInstanceID: Return]>([:])

    init(_ settings: ServiceController.Settings) {
        timeoutSeconds = settings.agentTimeoutSeconds
        returnSeconds = settings.returnSeconds
    }

    func note(_ old: ContainerInstanceRecord, _ new: ContainerInstanceRecord) {
        guard old.agentConnected != new.agentConnected else { return }
        let value =
            new.agentConnected
            ? Return(
                lastHeardAt: old.connectivityAt.addingTimeInterval(-timeoutSeconds),
                until: new.connectivityAt.addingTimeInterval(returnSeconds)) : nil
        returning.withLock { $0[new.id] = value }
    }

    func silence(at now: Date) -> Silence {
        returning.withLock { returning in
            if !returning.isEmpty { returning = returning.filter { now < $0.value.until } }
            return Silence(
                returning: returning, timeoutSeconds: timeoutSeconds,
                nextChange: returning.values.map(\.until).min())
        }
    }
}
