package import ControlPlaneState
package import FoundationEssentials
import Placement
package import Support

/// Forgets what has been kept long enough: STOPPED tasks, and the client tokens of RunTask. INACTIVE container instances
/// are kept as long as STOPPED tasks, so that the last tasks of an instance go before it.
///
/// - Source: ECS runtime rules, section 1: a STOPPED task stays visible for at least an hour, then is MISSING.
package struct Expiry: Sendable {
    /// How long things are kept.
    package struct Retention: Sendable {
        package var stoppedTaskSeconds: Double
        package var clientTokenSeconds: Double

        package init(stoppedTaskSeconds: Double = 3600, clientTokenSeconds: Double = 86_400) {
            self.stoppedTaskSeconds = stoppedTaskSeconds
            self.clientTokenSeconds = clientTokenSeconds
        }
    }

    /// What one pass removes at most, so that it never holds the writer for long.
    private static let batch = 500

    private let state: ClusterState
    private let retention: Retention
    private let now: @Sendable () -> Date
    private let log: Logger

    package init(
        state: ClusterState, retention: Retention = Retention(), now: @escaping @Sendable () -> Date = { Date() },
        log: Logger
    ) {
        self.state = state
        self.retention = retention
        self.now = now
        self.log = log
    }

    /// Looks once a minute, until cancelled.
    package func run(clock: some Clock<Duration> = ContinuousClock()) async {
        while !Task.isCancelled {
            while await pass() == Self.batch {}
            do { try await clock.sleep(for: .seconds(60)) } catch { return }
        }
    }

    /// - Returns: how many things it removed.
    @discardableResult
    package func pass() async -> Int {
        let now = now()
        let tasksBefore = now.addingTimeInterval(-retention.stoppedTaskSeconds)
        let tokensBefore = now.addingTimeInterval(-retention.clientTokenSeconds)
        do {
            return try await state.transact { tx in
                let tasks = Self.expiredTasks(in: tx, before: tasksBefore)
                for task in tasks { tx.removeTask(task) }
                let tokens = tx.access.runTaskTokens(createdBefore: tokensBefore, limit: Self.batch - tasks.count)
                for token in tokens { tx.remove(token) }
                let instances = tx.containerInstances.inactive(
                    deregisteredBefore: now.addingTimeInterval(-retention.stoppedTaskSeconds),
                    limit: Self.batch - tasks.count - tokens.count)
                for instance in instances { tx.removeContainerInstance(instance) }
                return tasks.count + tokens.count + instances.count
            }
        } catch {
            log.error("nothing can be forgotten", ["error": "\(error)"])
            return 0
        }
    }

    private static func expiredTasks(in tables: borrowing Tables, before date: Date) -> [TaskID] {
        var found: [TaskID] = []
        tables.tasks.stopped.forEach(after: nil) { key in
            guard key.stoppedAt < date, found.count < batch else { return false }
            if let task = tables.tasks[sequence: key.sequence] { found.append(task.id) }
            return true
        }
        return found
    }
}
