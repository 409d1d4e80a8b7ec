package import ControlPlaneState
package import FoundationEssentials
import Placement
package import Support

/// Forgets what has been kept long enough: STOPPED tasks, the client tokens of RunTask, task definitions in
/// DELETE_IN_PROGRESS once nothing refers to them, the history of services' deployments, and INACTIVE services and
/// container instances, which are kept as long as STOPPED tasks, so that the last tasks of an instance go before it.
///
/// - Source: ECS runtime rules, section 1: a STOPPED task stays visible for at least an hour, then is MISSING. ECS's
///   hour is too short for many; here it is the least, and 7 days the default.
package struct Expiry: Sendable {
    /// How long things are kept, and how many.
    package struct Retention: Sendable {
        /// The shortest time that any STOPPED task can be described, however many there are.
        ///
        /// - Unit: seconds.
        package static let shortestSeconds = 3600.0

        package var stoppedTaskSeconds: Double
        /// Beyond so many STOPPED tasks the oldest go before their time, but not within ``shortestSeconds``. So what
        /// bounds memory is this many tasks, or one hour's stopped tasks where those are more.
        package var stoppedTaskLimit: Int
        package var clientTokenSeconds: Double
        /// How long service deployments are kept that are over.
        ///
        /// - Source: ECS scheduling rules, 4.1: 90 days.
        package var serviceDeploymentSeconds: Double

        package init(
            stoppedTaskSeconds: Double = 604_800, stoppedTaskLimit: Int = 100_000, clientTokenSeconds: Double = 86_400,
            serviceDeploymentSeconds: Double = 7_776_000
        ) {
            self.serviceDeploymentSeconds = serviceDeploymentSeconds
            self.stoppedTaskSeconds = stoppedTaskSeconds
            self.stoppedTaskLimit = stoppedTaskLimit
            self.clientTokenSeconds = clientTokenSeconds
        }

        /// Which STOPPED tasks to forget now, the earliest first.
        ///
        /// Costs what it returns, not what is kept.
        package func expired(
            _ stopped: OrderedSet<TaskTable.StoppedKey>, now: Date, limit: Int
        ) -> [TaskTable.StoppedKey] {
            let old = now.addingTimeInterval(-max(stoppedTaskSeconds, Self.shortestSeconds))
            let young = now.addingTimeInterval(-Self.shortestSeconds)
            let surplus = stopped.count - stoppedTaskLimit
            var found: [TaskTable.StoppedKey] = []
            stopped.forEach(after: nil) { key in
                guard found.count < limit, key.stoppedAt < (found.count < surplus ? young : old) else { return false }
                found.append(key)
                return true
            }
            return found
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
        let endedBefore = now.addingTimeInterval(-retention.stoppedTaskSeconds)
        let deploymentsBefore = now.addingTimeInterval(-retention.serviceDeploymentSeconds)
        let tokensBefore = now.addingTimeInterval(-retention.clientTokenSeconds)
        do {
            return try await state.transact { tx in
                var left = Self.batch
                let keys = retention.expired(tx.tasks.stopped, now: now, limit: left)
                let tasks = keys.compactMap { tx.tasks[sequence: $0.sequence]?.id }
                for task in tasks { tx.removeTask(task) }
                left -= tasks.count
                let tokens = tx.access.runTaskTokens(createdBefore: tokensBefore, limit: left)
                for token in tokens { tx.remove(token) }
                left -= tokens.count
                left -= tx.removeServiceDeployments(finishedBefore: deploymentsBefore, limit: left)
                let services = tx.services.inactive(endedBefore: endedBefore, limit: left)
                for service in services { tx.removeService(service) }
                left -= services.count
                // After the tasks, so that a definition goes together with the last task that was made from it.
                left -= tx.purgeTaskDefinitions(limit: left)
                let instances = tx.containerInstances.inactive(deregisteredBefore: endedBefore, limit: left)
                for instance in instances { tx.removeContainerInstance(instance) }
                left -= instances.count
                return Self.batch - left
            }
        } catch {
            log.error("nothing can be forgotten", ["error": "\(error)"])
            return 0
        }
    }
}
