package import FoundationEssentials

/// What an agent knows of one of its tasks: the whole of it, each time, so that a report that arrives twice, or after
/// a newer one, does no harm. The control plane applies only what moves a state forward.
///
/// - Source: SubmitTaskStateChange and SubmitContainerStateChange, of which this is the batched form.
package struct TaskReport: Codable, Sendable, Hashable {
    /// The task states that an agent drives (ECS runtime rules, section 1). The control plane drives the others.
    package enum Status: String, Codable, Sendable, Hashable {
        case pending = "PENDING"
        case running = "RUNNING"
        case stopping = "STOPPING"
        /// Its containers have stopped, and its network interface is taken away.
        case deprovisioning = "DEPROVISIONING"
        case stopped = "STOPPED"
    }

    /// ECS's `stopCode`, when it was the host that ended the task.
    package enum StopCode: String, Codable, Sendable, Hashable {
        case essentialContainerExited = "EssentialContainerExited"
        case taskFailedToStart = "TaskFailedToStart"
    }

    package var taskArn: String
    package var status: Status
    package var stopCode: StopCode?
    package var stoppedReason: String?
    package var pullStartedAt: Date?
    package var pullStoppedAt: Date?
    /// When the first essential container stopped.
    package var executionStoppedAt: Date?
    /// When the task was RUNNING first: the control plane may hear of it much later.
    package var startedAt: Date?
    /// When the host knew first that the task has to end.
    package var stoppingAt: Date?
    package var containers: [ContainerReport]

    package init(
        taskArn: String, status: Status, stopCode: StopCode? = nil, stoppedReason: String? = nil,
        pullStartedAt: Date? = nil, pullStoppedAt: Date? = nil, executionStoppedAt: Date? = nil,
        containers: [ContainerReport]
    ) {
        self.taskArn = taskArn
        self.status = status
        self.stopCode = stopCode
        self.stoppedReason = stoppedReason
        self.pullStartedAt = pullStartedAt
        self.pullStoppedAt = pullStoppedAt
        self.executionStoppedAt = executionStoppedAt
        self.containers = containers
    }
}

/// What an agent knows of one container of a task.
package struct ContainerReport: Codable, Sendable, Hashable {
    /// The container states that ECS's API shows.
    package enum Status: String, Codable, Sendable, Hashable {
        case pending = "PENDING"
        case running = "RUNNING"
        case stopped = "STOPPED"
    }

    package var name: String
    package var status: Status
    /// The runtime's id of the container, once it exists.
    package var runtimeID: String?
    /// Absent until it exited, and for ever if it never started.
    package var exitCode: Int?
    /// At most 1024 characters (API Reference, Container `reason`).
    package var reason: String?
    package var networkBindings: [PortBinding]
    /// Nil for a container without a health check in its task definition.
    package var health: ContainerHealth?
    /// Of the image's manifest, `sha256:…`, if the runtime said.
    package var imageDigest: String?

    package init(
        name: String, status: Status, runtimeID: String? = nil, exitCode: Int? = nil, reason: String? = nil,
        networkBindings: [PortBinding] = [], health: ContainerHealth? = nil
    ) {
        self.name = name
        self.status = status
        self.runtimeID = runtimeID
        self.exitCode = exitCode
        self.reason = reason
        self.networkBindings = networkBindings
        self.health = health
    }
}

/// What a container's health check says of it.
///
/// - Source: API Reference, Container, `healthStatus`.
package enum ContainerHealth: String, Codable, Sendable, Hashable, CaseIterable {
    /// No probe has decided it yet.
    case unknown = "UNKNOWN"
    case healthy = "HEALTHY"
    case unhealthy = "UNHEALTHY"
}

/// Reports on their way up. An empty one is a heartbeat.
package struct ReportBatch: Codable, Sendable, Hashable {
    package var protocolVersion: Int
    package var containerInstanceArn: String
    /// The stream this batch belongs to: ``StreamQuery/sessionID``.
    package var sessionID: String
    /// Counts up within a session, from 1.
    package var batch: Int
    /// The last ``AssignmentMessage/sequence`` that the agent has written to its journal, 0 before the first.
    package var appliedSequence: Int
    package var reports: [TaskReport]
    /// Nil from an agent that does not know it, or not yet.
    package var health: InstanceHealth?
    /// True while the agent has more to say than is in this batch, or does not know yet what became of its tasks: an
    /// instance that was lost is not taken for one that is back then. Nil, as from earlier agents, is no.
    package var hasMore: Bool?

    package init(
        protocolVersion: Int = AgentProtocolVersion.current, containerInstanceArn: String, sessionID: String,
        batch: Int, appliedSequence: Int, reports: [TaskReport], health: InstanceHealth? = nil, hasMore: Bool? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.containerInstanceArn = containerInstanceArn
        self.sessionID = sessionID
        self.batch = batch
        self.appliedSequence = appliedSequence
        self.reports = reports
        self.health = health
        self.hasMore = hasMore
    }
}

/// The answer to a batch: everything in it is durable at the control plane, or was refused for good.
package struct ReportReply: Codable, Sendable, Hashable {
    package var batch: Int
    /// Tasks in the batch that the control plane does not know (any more) for this instance: stop reporting them.
    package var unknownTaskArns: [String]
    /// True if no stream of the instance is open at the control plane: open a new one. Else nil.
    package var lacksStream: Bool?

    package init(batch: Int, unknownTaskArns: [String] = [], lacksStream: Bool? = nil) {
        self.batch = batch
        self.unknownTaskArns = unknownTaskArns
        self.lacksStream = lacksStream
    }
}
