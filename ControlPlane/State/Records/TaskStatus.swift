/// The states of a task, in their one order: a task only ever moves down this list.
///
/// - Source: ECS Developer Guide, "Task lifecycle".
package enum TaskStatus: String, Codable, Sendable, Comparable, CaseIterable {
    case provisioning = "PROVISIONING"
    case pending = "PENDING"
    case activating = "ACTIVATING"
    case running = "RUNNING"
    case deactivating = "DEACTIVATING"
    case stopping = "STOPPING"
    case deprovisioning = "DEPROVISIONING"
    case stopped = "STOPPED"

    private var rank: Int {
        switch self {
        case .provisioning: 0
        case .pending: 1
        case .activating: 2
        case .running: 3
        case .deactivating: 4
        case .stopping: 5
        case .deprovisioning: 6
        case .stopped: 7
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// What a task should be. It moves from RUNNING to STOPPED, once.
package enum DesiredStatus: String, Codable, Sendable {
    case running = "RUNNING"
    case stopped = "STOPPED"
}

/// The states of a container that the API shows, in their one order.
package enum ContainerStatus: String, Codable, Sendable, Comparable {
    case pending = "PENDING"
    case running = "RUNNING"
    case stopped = "STOPPED"

    private var rank: Int {
        switch self {
        case .pending: 0
        case .running: 1
        case .stopped: 2
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// Why a task stopped.
///
/// - Source: API Reference, TaskStopCode.
package enum StopCode: String, Codable, Sendable {
    case essentialContainerExited = "EssentialContainerExited"
    case taskFailedToStart = "TaskFailedToStart"
    case userInitiated = "UserInitiated"
    case serviceSchedulerInitiated = "ServiceSchedulerInitiated"
    case terminationNotice = "TerminationNotice"
}
