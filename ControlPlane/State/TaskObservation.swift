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
    /// When the host saw the task reach RUNNING, and knew that it has to end.
    package var startedAt: Date?
    package var stoppingAt: Date?
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

    private mutating func advance(to status: TaskStatus, _ observation: TaskObservation, now: Date) {
        if status >= .running { startedAt = startedAt ?? observation.startedAt.map { moment($0, now) } }
        if status >= .deactivating, desiredStatus == .running {
            desiredStatus = .stopped
            stoppingAt = moment(observation.stoppingAt, now)
        }
        if status >= .deactivating {
            stopCode = stopCode ?? observation.stopCode
            stoppedReason = stoppedReason ?? observation.stoppedReason?.cut(to: Self.reasonLimit)
        }
        guard status > lastStatus else { return }
        lastStatus = status
        if status == .running { startedAt = startedAt ?? now }
        if status == .stopped {
            // The time for which a stopped task is kept begins when its end is known here.
            stoppedAt = now
            for index in containers.indices { containers[index].lastStatus = .stopped }
        }
    }

    /// A time of the host's, whose clock may be wrong: not before what is known to have come before, and not to come.
    private func moment(_ date: Date?, _ now: Date) -> Date {
        guard let date else { return now }
        return min(now, max(date, startedAt ?? createdAt))
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
