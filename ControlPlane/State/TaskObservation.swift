package import AWSModels
package import FoundationEssentials
import Placement

/// What a host says of a task: a batch from our agent, or a SubmitTaskStateChange call.
///
/// Whatever is nil or empty says nothing. An observation may be late or arrive twice.
package struct TaskObservation: Sendable {
    /// Nil if only containers are spoken of.
    package var status: TaskStatus?
    package var stopCode: StopCode?
    package var stoppedReason: String?
    package var pullStartedAt: Date?
    package var pullStoppedAt: Date?
    package var executionStoppedAt: Date?
    package var containers: [ContainerObservation]

    package init(
        status: TaskStatus?, stopCode: StopCode? = nil, stoppedReason: String? = nil, pullStartedAt: Date? = nil,
        pullStoppedAt: Date? = nil, executionStoppedAt: Date? = nil, containers: [ContainerObservation] = []
    ) {
        self.status = status
        self.stopCode = stopCode
        self.stoppedReason = stoppedReason
        self.pullStartedAt = pullStartedAt
        self.pullStoppedAt = pullStoppedAt
        self.executionStoppedAt = executionStoppedAt
        self.containers = containers
    }
}

package struct ContainerObservation: Sendable {
    package var name: String
    package var status: ContainerStatus?
    package var runtimeID: String?
    package var exitCode: Int?
    package var reason: String?
    package var networkBindings: [ECS.NetworkBinding]
    package var healthStatus: ECS.HealthStatus?
    package var imageDigest: String?

    package init(
        name: String, status: ContainerStatus?, runtimeID: String? = nil, exitCode: Int? = nil, reason: String? = nil,
        networkBindings: [ECS.NetworkBinding] = [], healthStatus: ECS.HealthStatus? = nil, imageDigest: String? = nil
    ) {
        self.name = name
        self.status = status
        self.runtimeID = runtimeID
        self.exitCode = exitCode
        self.reason = reason
        self.networkBindings = networkBindings
        self.healthStatus = healthStatus
        self.imageDigest = imageDigest
    }
}

extension TaskRecord {
    /// The longest `reason` of a container that the API documents, and as much of a task's `stoppedReason`.
    private static let reasonLimit = 1024

    /// The task after what its host says of it. States move forward only, so a late or repeated observation gives back
    /// the same task; `version` counts the changes.
    ///
    /// - Source: ECS runtime rules: task state machine, timestamps, stop codes.
    package func observing(_ observation: TaskObservation, now: Date) -> TaskRecord {
        guard lastStatus != .stopped else { return self }
        var task = self
        task.pullStartedAt = pullStartedAt ?? observation.pullStartedAt
        task.pullStoppedAt = observation.pullStoppedAt ?? pullStoppedAt
        task.executionStoppedAt = executionStoppedAt ?? observation.executionStoppedAt
        for container in observation.containers {
            guard let index = task.containers.firstIndex(where: { $0.name == container.name }) else { continue }
            task.containers[index].observe(container, reasonLimit: Self.reasonLimit)
        }
        if let status = observation.status { task.advance(to: status, observation, now: now) }
        if task != self { task.version += 1 }
        return task
    }

    /// The task after someone asked for it to be stopped; unchanged if it is stopping already.
    package func stopping(_ code: StopCode, reason: String, now: Date) -> TaskRecord {
        guard desiredStatus == .running else { return self }
        var task = self
        task.desiredStatus = .stopped
        task.stoppingAt = now
        task.stopCode = code
        task.stoppedReason = reason
        task.version += 1
        return task
    }

    /// The task when nobody is left to report its end: its host is gone.
    package func abandoned(_ code: StopCode, reason: String, now: Date) -> TaskRecord {
        stopping(code, reason: reason, now: now).observing(TaskObservation(status: .stopped), now: now)
    }

    /// A dynamic port that the host gave up for another, because someone outside of ECS held it.
    struct PortMove: Sendable {
        var container: Int
        var assignment: Int
        var old: HostPort
        var new: HostPort
    }

    /// Where the reported bindings differ from what placement assigned.
    func portMoves() -> [PortMove] {
        var moves: [PortMove] = []
        for (containerIndex, container) in containers.enumerated() {
            for binding in container.networkBindings {
                guard let number = binding.hostPort.flatMap(UInt16.init(exactly:)), number > 0,
                    let kind = PortProtocol(rawValue: binding.protocol?.rawValue ?? "tcp"),
                    let index = container.portAssignments.firstIndex(where: {
                        $0.isDynamic && $0.containerPort == binding.containerPort && $0.hostPort.protocol == kind
                    }), container.portAssignments[index].hostPort.number != number
                else { continue }
                moves.append(
                    PortMove(
                        container: containerIndex, assignment: index, old: container.portAssignments[index].hostPort,
                        new: HostPort(kind, number)))
            }
        }
        return moves
    }

    mutating func apply(_ move: PortMove) {
        containers[move.container].portAssignments[move.assignment].hostPort = move.new
        if let index = reservation.dynamicPorts.firstIndex(of: move.old) { reservation.dynamicPorts[index] = move.new }
    }

    private mutating func advance(to status: TaskStatus, _ observation: TaskObservation, now: Date) {
        if status >= .deactivating, desiredStatus == .running {
            desiredStatus = .stopped
            stoppingAt = now
        }
        if status >= .deactivating {
            stopCode = stopCode ?? observation.stopCode
            stoppedReason = stoppedReason ?? observation.stoppedReason?.cut(to: Self.reasonLimit)
        }
        guard status > lastStatus else { return }
        lastStatus = status
        if status == .running { startedAt = startedAt ?? now }
        if status == .stopped {
            stoppedAt = now
            for index in containers.indices { containers[index].lastStatus = .stopped }
        }
    }
}

extension ContainerRecord {
    fileprivate mutating func observe(_ observation: ContainerObservation, reasonLimit: Int) {
        runtimeID = observation.runtimeID ?? runtimeID
        imageDigest = observation.imageDigest.map { $0.cut(to: 256) } ?? imageDigest
        exitCode = exitCode ?? observation.exitCode
        if let text = observation.reason, reason == nil { reason = text.cut(to: reasonLimit) }
        if !observation.networkBindings.isEmpty { networkBindings = observation.networkBindings }
        healthStatus = observation.healthStatus ?? healthStatus
        if let status = observation.status, status > lastStatus { lastStatus = status }
    }
}

extension String {
    /// At most so many Unicode scalars: unlike characters, these cannot be of any size.
    package func cut(to limit: Int) -> String { String(unicodeScalars.prefix(limit)) }
}
