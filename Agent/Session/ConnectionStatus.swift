package import FoundationEssentials
import Synchronization

/// How the session stands, for whoever asks.
package final class ConnectionStatus: Sendable {
    package struct Snapshot: Sendable, Hashable {
        package var isConnected = false
        /// Since when it is or is not.
        package var since: Date
        package var problem: String?
        package var containerInstanceArn: String?
    }

    private let state: Mutex<Snapshot>
    private let now: @Sendable () -> Date

    package init(now: @escaping @Sendable () -> Date = { Date() }) {
        self.now = now
        state = Mutex(Snapshot(since: now()))
    }

    package var snapshot: Snapshot { state.withLock { $0 } }

    func registered(_ containerInstanceArn: String) {
        state.withLock { $0.containerInstanceArn = containerInstanceArn }
    }

    func connected() { change(to: true, nil) }

    func disconnected(_ problem: String) { change(to: false, problem) }

    private func change(to isConnected: Bool, _ problem: String?) {
        let date = now()
        state.withLock { state in
            if state.isConnected != isConnected { state.since = date }
            state.isConnected = isConnected
            state.problem = problem
        }
    }
}
