/// The tasks of services that are not STOPPED, by the deployment or task set that started them, and how many of them run.
package struct ServiceTaskIndex: Sendable {
    package struct Counts: Sendable, Hashable {
        /// To run, and not RUNNING yet.
        package var pending = 0
        /// RUNNING, and to go on.
        package var running = 0
        /// To stop, and not STOPPED yet.
        package var stopping = 0

        package init() {}

        package var isEmpty: Bool { self == Counts() }

        package static func + (left: Self, right: Self) -> Self {
            var sum = left
            sum.pending += right.pending
            sum.running += right.running
            sum.stopping += right.stopping
            return sum
        }
    }

    private var tasks = SecondaryIndex<DeploymentID, Int>()
    private var counts: [DeploymentID: Counts] = [:]

    package init() {}

    /// Sequence numbers of the tasks that are not STOPPED.
    package func tasks(of deployment: DeploymentID) -> OrderedSet<Int> { tasks[deployment] ?? OrderedSet() }

    package func counts(of deployment: DeploymentID) -> Counts { counts[deployment] ?? Counts() }

    mutating func replace(_ old: TaskRecord?, _ new: TaskRecord?) {
        let before = old.flatMap { Place($0) }
        let after = new.flatMap { Place($0) }
        guard before != after else { return }
        if let before, let old { remove(old.sequence, before) }
        if let after, let new { insert(new.sequence, after) }
    }

    fileprivate enum Phase { case pending, running, stopping }

    private struct Place: Equatable {
        var deployment: DeploymentID
        var phase: Phase

        init?(_ task: TaskRecord) {
            guard let deployment = task.launch.deployment, task.lastStatus != .stopped else { return nil }
            self.deployment = deployment
            phase = task.desiredStatus == .stopped ? .stopping : task.lastStatus >= .running ? .running : .pending
        }
    }

    private mutating func insert(_ sequence: Int, _ place: Place) {
        tasks.insert(place.deployment, sequence)
        counts[place.deployment, default: Counts()].add(1, to: place.phase)
    }

    private mutating func remove(_ sequence: Int, _ place: Place) {
        tasks.remove(place.deployment, sequence)
        counts[place.deployment]?.add(-1, to: place.phase)
        if counts[place.deployment]?.isEmpty == true { counts[place.deployment] = nil }
    }
}

extension ServiceTaskIndex.Counts {
    fileprivate mutating func add(_ difference: Int, to phase: ServiceTaskIndex.Phase) {
        switch phase {
        case .pending: pending += difference
        case .running: running += difference
        case .stopping: stopping += difference
        }
    }
}
