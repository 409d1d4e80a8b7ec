import Support

/// Takes a host out of service: no new task comes, and those that are there may be waited for.
package struct Drain: Sendable {
    package enum Outcome: Sendable, Hashable {
        /// The state is set, and so many tasks were there then.
        case set(tasks: Int)
        /// No task is left.
        case empty
        /// Time was up with so many tasks left.
        case timedOut(tasks: Int)
    }

    enum Limits {
        static let look: Duration = .seconds(1)
    }

    /// Sets the instance DRAINING.
    ///
    /// - Returns: the tasks that the control plane has on it.
    let set: @Sendable () async throws(ControlPlaneError) -> Int
    /// The tasks that are not over on the host, or whose end the control plane has not heard of.
    let tasksOnHost: @Sendable () async throws -> Int
    let clock: any Clock<Duration>

    package init(
        set: @escaping @Sendable () async throws(ControlPlaneError) -> Int,
        tasksOnHost: @escaping @Sendable () async throws -> Int, clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.set = set
        self.tasksOnHost = tasksOnHost
        self.clock = clock
    }

    /// - Parameters:
    ///   - waits: whether to wait until no task is left. Whoever waits, drains: an instance that is made ACTIVE again
    ///     meanwhile is set DRAINING once its host is empty.
    ///   - timeout: how long to wait; nil for as long as it takes.
    package func run(waits: Bool, timeout: Duration?) async throws -> Outcome {
        let watch = Stopwatch(clock)
        var tasks = try await set()
        guard waits else { return .set(tasks: tasks) }
        while true {
            // The host knows when its tasks are over. What was placed on it last it may not have heard of yet: that the
            // control plane knows.
            let left = try await tasksOnHost()
            if left == 0, tasks == 0 { return .empty }
            if let timeout, watch.elapsed >= timeout { return .timedOut(tasks: max(left, tasks)) }
            try await clock.sleep(for: Limits.look)
            if left == 0 { tasks = try await set() }
        }
    }
}
