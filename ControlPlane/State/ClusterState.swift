package import Support
import Synchronization

/// The control plane's state and its one writer.
///
/// A change is one synchronous transaction under one lock: it sees all that came before, changes tables and indices
/// together, and becomes a revision; if it throws, nothing has happened. Reads take the same lock for as long as their
/// closure runs, so keep closures short and never proportional to a table.
///
/// Durable before acknowledged: ``transact(_:)`` and ``view(_:)`` return only when what they did or saw survives a
/// crash. Their synchronous cousins (``transactNow(_:)``, ``viewNow(_:)``) leave that to the caller.
package final class ClusterState: Sendable {
    private struct Core: ~Copyable {
        var tables = Tables()
        var revision: Revision
    }

    private let core: Mutex<Core>
    private let commitLog: CommitLog
    private let store: any Store

    /// Loads everything the store has.
    ///
    /// - Throws: ``StoreError`` that says which record cannot be read, or what is wrong with the store.
    package init(store: any Store, log: Logger) throws {
        var core = Core(revision: 0)
        let loading = StoreLoading()
        core.revision = try store.load { row in try loading.take(row) }
        let loaded = try loading.finish()
        core.tables.load(loaded)
        try OldTasks.migrate(loaded.old, in: store, revision: core.revision)
        let revision = core.revision
        self.core = Mutex(core)
        self.store = store
        commitLog = CommitLog(store: store, revision: revision, log: log)
    }

    /// Why nothing can be written any more; nil while all is well.
    package var failure: StoreFailure? { commitLog.failure }

    /// Returns when nothing can be written any more; nil if the task is cancelled before.
    package func untilFailure() async -> StoreFailure? { await commitLog.untilFailure() }

    /// From now on `observer` hears of every change, once it is durable.
    package func add(observer: any ChangeObserver) { commitLog.add(observer: observer) }

    /// Runs a transaction and returns what it returned, when that is durable.
    ///
    /// - Throws: what `body` throws, wrapped in ``TransactionError``: then nothing was changed. Or the store's failure.
    package func transact<Result: Sendable, Failure: Error>(
        _ body: (inout Tables) throws(Failure) -> Result
    ) async throws(TransactionError<Failure>) -> Result {
        try await settle(run(body))
    }

    /// Reads, and returns what was read when all of it is durable.
    package func view<Result: Sendable, Failure: Error>(
        _ body: (borrowing Tables) throws(Failure) -> Result
    ) async throws(TransactionError<Failure>) -> Result {
        try await settle(viewNow(body))
    }

    /// Runs a transaction. The caller must not let its outcome be seen before ``durable(_:)`` has returned for the
    /// revision.
    package func transactNow<Result: Sendable, Failure: Error>(
        _ body: (inout Tables) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> (result: Result, revision: Revision) {
        if let failure = commitLog.failure { throw .store(failure) }
        let (outcome, revision) = run(body)
        switch outcome {
        case .success(let result): return (result, revision)
        case .failure(let error): throw .body(error)
        }
    }

    private func run<Result: Sendable, Failure: Error>(
        _ body: (inout Tables) throws(Failure) -> Result
    ) -> (Swift.Result<Result, Failure>, Revision) {
        core.withLock { core in
            do throws(Failure) {
                let result = try body(&core.tables)
                let changes = core.tables.takeChanges()
                if !changes.isEmpty {
                    core.revision += 1
                    commitLog.append(.init(revision: core.revision, changes: changes))
                }
                return (.success(result), core.revision)
            } catch {
                core.tables.rollBack()
                return (.failure(error), core.revision)
            }
        }
    }

    /// A refusal, too, tells of the state it was decided on.
    private func settle<Result: Sendable, Failure: Error>(
        _ outcome: (Swift.Result<Result, Failure>, Revision)
    ) async throws(TransactionError<Failure>) -> Result {
        do { try await commitLog.durable(outcome.1) } catch { throw .store(error) }
        switch outcome.0 {
        case .success(let result): return result
        case .failure(let error): throw .body(error)
        }
    }

    /// Reads without waiting: for what looks inwards only, such as authentication and controllers.
    package func viewNow<Result: Sendable, Failure: Error>(
        _ body: (borrowing Tables) throws(Failure) -> Result
    ) -> (Swift.Result<Result, Failure>, Revision) {
        core.withLock { core in
            do throws(Failure) {
                return (.success(try body(core.tables)), core.revision)
            } catch {
                return (.failure(error), core.revision)
            }
        }
    }

    /// Reads without waiting, where nothing can fail.
    package func peek<Result: Sendable>(_ body: (borrowing Tables) -> Result) -> Result {
        core.withLock { body($0.tables) }
    }

    package func durable(_ revision: Revision) async throws(StoreFailure) { try await commitLog.durable(revision) }

    /// Blocks until every change so far is durable, or has failed, and the observers have heard of it.
    package func drain() { commitLog.drain() }

    /// Waits for what is under way, then closes the store. Nothing may be asked of the state afterwards, and observers hear
    /// no more of it.
    package func close() {
        commitLog.drain()
        commitLog.removeObservers()
        store.close()
    }
}

/// Why a transaction or a view gave no result.
package enum TransactionError<Failure: Error>: Error {
    /// The closure said no; nothing was changed.
    case body(Failure)
    /// What it did cannot be made durable.
    case store(StoreFailure)
}
