package import AgentProtocol
package import FoundationEssentials

/// Everything an agent has to remember of a task: what was asked, what is so, and what the control plane knows of it.
package struct TaskRecord: Codable, Sendable, Hashable {
    /// As it came. Its `desiredStatus` is the control plane's; the one that counts is ``desiredStatus``.
    package var assignment: TaskAssignment
    /// Moves from RUNNING to STOPPED only: because the control plane says so, or because the task cannot go on.
    package var desiredStatus: TaskAssignment.DesiredStatus
    /// In the order of the assignment.
    package var containers: [ContainerRecord]
    /// Whether the task's host ports are its own, so that its containers may start.
    package var holdsPorts = false
    /// Nil if it needs nothing beside its containers.
    package var resources: TaskResources?
    package var stopCode: TaskReport.StopCode?
    package var stoppedReason: String?
    package var pullStartedAt: Date?
    package var pullStoppedAt: Date?
    package var executionStoppedAt: Date?
    /// When it was RUNNING first.
    package var startedAt: Date?
    /// When it was known first that it has to end.
    package var stoppingAt: Date?
    /// When the last container stopped: from then on the task is STOPPED, and its clean-up is due after a while.
    package var stoppedAt: Date?
    /// Counts the changes that the control plane has to hear of.
    package var version = 1
    /// The ``version`` that the control plane has acknowledged.
    package var acknowledgedVersion = 0

    package init(assignment: TaskAssignment) {
        self.assignment = assignment
        desiredStatus = assignment.desiredStatus
        containers = assignment.containers.map { specification in
            var container = ContainerRecord(name: specification.name, portBindings: specification.portBindings)
            if specification.healthCheck?.isEffective == true { container.health = .unknown }
            return container
        }
    }

    package var taskArn: String { assignment.taskArn }

    package var isStopped: Bool {
        haveContainersStopped && (resources.map { $0.phase == .needed || $0.phase == .released } ?? true)
    }

    package var haveContainersStopped: Bool { containers.allSatisfy { $0.phase == .stopped } }

    package var isAcknowledged: Bool { acknowledgedVersion >= version }

    /// ECS's `lastStatus`, as far as an agent drives it.
    ///
    /// - Source: spec/ecs-runtime.md sections 1 and 2: RUNNING when every container that must start has started.
    package var status: TaskReport.Status {
        if isStopped { return .stopped }
        if haveContainersStopped, assignment.networkInterface != nil { return .deprovisioning }
        if desiredStatus == .stopped { return .stopping }
        if haveContainersStopped { return .stopping }
        return containers.allSatisfy { $0.hasStarted || $0.phase == .stopped } ? .running : .pending
    }

    /// What the control plane is told.
    package var report: TaskReport {
        var report = TaskReport(
            taskArn: taskArn, status: status, stopCode: stopCode, stoppedReason: stoppedReason,
            pullStartedAt: pullStartedAt, pullStoppedAt: pullStoppedAt, executionStoppedAt: executionStoppedAt,
            containers: containers.map { $0.report(networkMode: assignment.networkMode) })
        report.startedAt = startedAt
        report.stoppingAt = stoppingAt
        return report
    }

    /// Notes when the state that it has now began.
    package mutating func stamp(_ now: Date) {
        switch status {
        case .pending: break
        case .running: startedAt = startedAt ?? now
        case .stopping, .deprovisioning, .stopped: stoppingAt = stoppingAt ?? now
        }
    }
}

/// What an agent remembers of one container.
package struct ContainerRecord: Codable, Sendable, Hashable {
    /// ```
    /// none ─▶ pulling ─▶ pulled ─▶ creating ─▶ running ─▶ stopping ─▶ stopped
    ///            ▲────────────────────┘         │  ▲
    ///     (once, if the image is missing)        ▼  │
    ///                                         restarting
    /// ```
    /// and from every one of them straight to stopped. In `none` and `pulled` it may have to wait for others.
    package enum Phase: String, Codable, Sendable, Hashable, CaseIterable {
        case none, pulling, pulled, creating, running, restarting, stopping, stopped
    }

    package var name: String
    package var phase: Phase = .none
    package var runtimeID: String?
    package var hasStarted = false
    /// How it ended last, and why: while it is started once more, nobody else is told.
    package var exitCode: Int?
    package var reason: String?
    /// When it was decided that it be made; there may be none yet.
    package var createdAt: Date?
    /// Its first start.
    package var startedAt: Date?
    package var finishedAt: Date?
    /// When it was last decided to start it once more. What happened before belongs to an earlier run of it.
    package var restartedAt: Date?
    /// How often its restart policy has started it once more; nil is never.
    package var restartCount: Int?
    /// What its health check says; nil if it has none.
    package var health: ContainerHealth?
    /// When it began to say so; nil before the container has run.
    package var healthSince: Date?
    /// With the host ports that it really has.
    package var portBindings: [PortBinding]
    /// `sha256:…`, as its registry names the image.
    package var imageDigest: String?
    /// Whether its image was pulled because it was missing, and not because the pull behaviour asks for it.
    package var isPullForced = false

    package init(name: String, portBindings: [PortBinding]) {
        self.name = name
        self.portBindings = portBindings
    }

    /// What the health check says now; nothing for a container without one.
    package mutating func takeHealth(_ new: ContainerHealth, at date: Date) {
        guard let old = health, old != new || healthSince == nil else { return }
        health = new
        healthSince = date
    }

    func report(networkMode: TaskAssignment.NetworkMode) -> ContainerReport {
        let status: ContainerReport.Status =
            switch phase {
            case .none, .pulling, .pulled, .creating: .pending
            case .running, .restarting, .stopping: .running
            case .stopped: .stopped
            }
        let isOver = phase == .stopped
        var report = ContainerReport(
            name: name, status: status, runtimeID: runtimeID, exitCode: isOver ? exitCode : nil,
            reason: isOver ? reason : nil, networkBindings: hasStarted && networkMode != .none ? portBindings : [],
            health: health)
        report.imageDigest = imageDigest
        return report
    }
}
