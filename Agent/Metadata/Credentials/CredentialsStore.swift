package import AgentProtocol
import Synchronization

/// The credentials of the tasks' roles, as the control plane said last: in memory alone, and kept while it is away.
package final class CredentialsStore: Sendable {
    private struct State {
        var byID: [String: TaskCredentials] = [:]
    }

    private let identity: EndpointIdentity
    private let state = Mutex(State())

    package init(identity: EndpointIdentity) {
        self.identity = identity
    }

    /// Takes the place of everything before.
    package func take(_ message: CredentialsMessage) {
        let byID = Dictionary(message.tasks.map { (identity.credentialsID(task: $0.taskArn), $0) }) { _, last in last }
        state.withLock { $0.byID = byID }
    }

    subscript(id: String) -> TaskCredentials? { state.withLock { $0.byID[id] } }
}
