import AgentProtocol
import ControlPlaneState
import Placement
import Support
import Synchronization

/// What one connected agent has yet to be told: tasks that changed since it was last told of them, as they are by now.
///
/// One entry a task, so that it is bounded by the tasks of one host however slow the agent reads. Whoever changes something notes
/// it and wakes; the session's own task takes what is there.
final class AgentSession: Sendable {
    /// Why the session's task woke.
    enum Work: Sendable {
        case changed([TaskRecord])
        /// Slices of the VPC that came, went, or moved.
        case network(Set<IPv4Network>)
        /// Nothing changed for a while: show that the connection is alive.
        case ping
        case close(SessionEnd)
    }

    enum SessionEnd: Sendable {
        case replaced, inactive, goingAway
    }

    private struct Inbox {
        var dirty: [TaskID: (task: TaskRecord, revision: Revision)] = [:]
        /// What the agent was told of as a whole: older news is none.
        var told: Revision = -1
        var slices: Set<IPv4Network> = []
        var isPingDue = false
        var end: SessionEnd?
        var waiter: CheckedContinuation<Void, Never>?

        var hasWork: Bool { !dirty.isEmpty || !slices.isEmpty || isPingDue || end != nil }
    }

    let instance: ContainerInstanceID
    let id: String
    /// Made of the id, so that what is done for all sessions can be spread over time.
    let number: Int
    /// Of each ``SignOfLife``; nil if none is listened for.
    let signKey: String?
    private let inbox = Mutex(Inbox())
    private let lastBatch = Atomic(0)
    private let lastSign = Atomic<UInt64>(0)

    init(instance: ContainerInstanceID, id: String, signKey: String?) {
        self.instance = instance
        self.id = id
        self.signKey = signKey
        number = id.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
    }

    /// Whether this batch is newer than those that came before. An agent sends them one by one, and what it gave up on
    /// again in the next: so one that was held up somewhere and is overtaken tells nothing but what was.
    func admits(batch: Int) -> Bool {
        let (last, _) = lastBatch.max(batch, ordering: .relaxed)
        return batch >= last
    }

    /// Whether this sign of life is this session's own, and newer than those that came before: one that someone kept
    /// and sends again shows nothing.
    func admits(_ sign: SignOfLife) -> Bool {
        guard let signKey, sign.isSigned(with: signKey) else { return false }
        return sign.number > lastSign.max(sign.number, ordering: .relaxed).oldValue
    }

    /// - Parameter revision: the one that made the task what it is.
    func note(_ task: TaskRecord, _ revision: Revision) {
        change { if revision > $0.told { $0.dirty[task.id] = (task, revision) } }
    }

    /// The agent is about to hear of all its tasks as they were at this revision.
    func tell(all revision: Revision) {
        inbox.withLock { inbox in
            inbox.told = revision
            inbox.dirty = inbox.dirty.filter { $0.value.revision > revision }
        }
    }

    func note(_ slice: IPv4Network) { change { $0.slices.insert(slice) } }

    func ping() { change { $0.isPingDue = true } }

    func close(_ end: SessionEnd) { change { $0.end = $0.end ?? end } }

    /// Waits until there is something to do. A cancelled session is told to close.
    func nextWork() async -> Work {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = inbox.withLock { inbox in
                    if inbox.hasWork { return true }
                    inbox.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            close(.goingAway)
        }
        return take()
    }

    /// What there is to do now; nil if there is nothing.
    func takeWork() -> Work? { inbox.withLock { $0.hasWork } ? take() : nil }

    /// Only the session's own task takes.
    private func take() -> Work {
        inbox.withLock { inbox in
            if let end = inbox.end { return .close(end) }
            inbox.isPingDue = false
            // Routes before tasks that may want to use them.
            if !inbox.slices.isEmpty {
                defer { inbox.slices = [] }
                return .network(inbox.slices)
            }
            guard !inbox.dirty.isEmpty else { return .ping }
            defer { inbox.dirty = [:] }
            return .changed(inbox.dirty.values.map(\.task).sorted { $0.id < $1.id })
        }
    }

    private func change(_ body: (inout Inbox) -> Void) {
        let waiter = inbox.withLock { inbox in
            body(&inbox)
            defer { inbox.waiter = nil }
            return inbox.waiter
        }
        waiter?.resume()
    }
}
