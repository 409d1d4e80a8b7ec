import Dispatch
import Support
import Synchronization

/// Why a change could not be made durable. It happened in memory, was never acknowledged, and the process must end:
/// what it holds is no longer what the store holds.
package struct StoreFailure: Error, Sendable, CustomStringConvertible {
    package var description: String
}

/// Hands what transactions changed to the store, in order, and says when it is durable.
///
/// Group commit: while one batch is being flushed, everything that arrives queues up and is the next batch, so a
/// flush is paid once for all who wait. After a batch is durable its waiters go on and its changes go to the observers,
/// so that nobody outside ever sees what a crash could take back.
///
/// A failed flush is final: all waiters, present and future, get ``StoreFailure``.
final class CommitLog: Sendable {
    struct Entry: Sendable {
        var revision: Revision
        var changes: [Change]
    }

    private struct Waiter {
        var revision: Revision
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Queue {
        var pending: [Entry] = []
        var waiters: [Waiter] = []
        var durable: Revision
        var isFlushing = false
        var failure: StoreFailure?
        var failureWatchers: [AsyncStream<StoreFailure>.Continuation] = []
    }

    private let store: any Store
    private let log: Logger
    private let queue: Mutex<Queue>
    private let observers = Mutex<[any ChangeObserver]>([])
    /// Flushes block, so they run here and never on the cooperative pool.
    private let flusher = DispatchQueue(label: "stevedore.commit-log")

    init(store: any Store, revision: Revision, log: Logger) {
        self.store = store
        self.log = log
        queue = Mutex(Queue(durable: revision))
    }

    var failure: StoreFailure? { queue.withLock { $0.failure } }

    var durableRevision: Revision { queue.withLock { $0.durable } }

    func add(observer: any ChangeObserver) { observers.withLock { $0.append(observer) } }

    /// Lets go of the observers, which hold on to the state whose log this is.
    func removeObservers() { observers.withLock { $0 = [] } }

    /// Takes a transaction's changes. Called under the state's lock, which is what keeps revisions in order.
    func append(_ entry: Entry) {
        let mustStart = queue.withLock { queue in
            queue.pending.append(entry)
            defer { queue.isFlushing = true }
            return !queue.isFlushing
        }
        if mustStart { flusher.async { self.flushUntilEmpty() } }
    }

    /// Returns once everything up to `revision` is durable.
    func durable(_ revision: Revision) async throws(StoreFailure) {
        if queue.withLock({ $0.durable >= revision }) { return }
        do {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = queue.withLock { queue in
                    if queue.durable >= revision { return .success(()) }
                    if let failure = queue.failure { return .failure(failure) }
                    queue.waiters.append(Waiter(revision: revision, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } catch {
            throw (error as? StoreFailure) ?? StoreFailure(description: "\(error)")
        }
    }

    /// Returns when the store has failed; nil if the task is cancelled before.
    func untilFailure() async -> StoreFailure? {
        let (failures, continuation) = AsyncStream.makeStream(
            of: StoreFailure.self, bufferingPolicy: .bufferingOldest(1))
        let earlier = queue.withLock { queue in
            if queue.failure == nil { queue.failureWatchers.append(continuation) }
            return queue.failure
        }
        if let earlier { return earlier }
        return await failures.first { _ in true }
    }

    /// Blocks until everything that was appended is durable or has failed.
    func drain() { flusher.sync {} }

    private func flushUntilEmpty() {
        while let batch = takeBatch() {
            do {
                var mutations: [StoreMutation] = []
                for entry in batch {
                    for change in entry.changes {
                        if let mutation = try change.mutation() { mutations.append(mutation) }
                    }
                }
                let revision = batch[batch.count - 1].revision
                try store.commit(mutations, revision: revision)
                finish(revision)
                publish(batch)
            } catch {
                fail(StoreFailure(description: "the store cannot be written: \(error)"))
                return
            }
        }
    }

    private func takeBatch() -> [Entry]? {
        queue.withLock { queue in
            guard !queue.pending.isEmpty, queue.failure == nil else {
                queue.isFlushing = false
                return nil
            }
            let batch = queue.pending
            queue.pending = []
            return batch
        }
    }

    private func finish(_ revision: Revision) {
        let ready = queue.withLock { queue in
            queue.durable = revision
            let ready = queue.waiters.filter { $0.revision <= revision }
            queue.waiters.removeAll { $0.revision <= revision }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    private func publish(_ batch: [Entry]) {
        let observers = observers.withLock { $0 }
        guard !observers.isEmpty else { return }
        for entry in batch { for observer in observers { observer.changed(entry.changes, revision: entry.revision) } }
    }

    private func fail(_ failure: StoreFailure) {
        log.error("store failed", ["error": failure.description])
        let (waiters, watchers) = queue.withLock { queue in
            queue.failure = failure
            queue.pending = []
            defer {
                queue.waiters = []
                queue.failureWatchers = []
            }
            return (queue.waiters, queue.failureWatchers)
        }
        for waiter in waiters { waiter.continuation.resume(throwing: failure) }
        for watcher in watchers { watcher.yield(failure) }
    }
}

/// Someone who wants to know what changed, once it is durable, in order.
///
/// Called on the commit log's thread, which waits: note what is due, wake whoever does it, return.
package protocol ChangeObserver: AnyObject, Sendable {
    func changed(_ changes: [Change], revision: Revision)
}
