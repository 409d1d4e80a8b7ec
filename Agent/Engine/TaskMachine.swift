package import AgentJournal
package import AgentProtocol
package import AgentRuntime
package import FoundationEssentials

/// The life of one task on this host: what is asked, what is known, and the next step. Pure: no clock, no runtime.
///
/// Each container goes the way of its ``ContainerRecord/Phase``, and what ECS's API shows of it never goes back. Inputs
/// are facts, in any order, any number of times: a fact that comes late or twice changes nothing. Directives are what to
/// do once the changed record is in the journal.
///
/// - Source: spec/ecs-runtime.md sections 1, 2, and 2.1 to 2.3.
package struct TaskMachine: Sendable {
    package enum Input: Sendable, Hashable {
        /// The control plane wants it so (again).
        case assigned(TaskAssignment.DesiredStatus)
        /// The control plane's complete set does not have the task.
        case unassigned
        case portsReserved
        /// Everything that the task needs beside its containers is there.
        case provisioned(TaskResources)
        /// Some of it could not be made: ECS's text, with the category in front.
        case provisionFailed(reason: String)
        /// Nothing of it is there any more.
        case released
        /// Its image is here, or should be; with the digest of its manifest, if anyone said.
        case pulled(String, digest: String? = nil)
        case pullFailed(String, reason: String)
        /// What its pull or start needs to know first could not be found out: ECS's text, with the category in front.
        case preparationFailed(String, reason: String)
        /// A start found that the image is not on this host.
        case imageMissing(String, reason: String)
        /// A dynamic port is held by something that is not ours; this one takes its place.
        case portReplaced(String, PortBinding, hostPort: Int)
        case started(String, runtimeID: String)
        case startFailed(String, reason: String, runtimeID: String?)
        /// The start, or the restart, was not tried, since the task is to stop.
        case startAbandoned(String)
        case exited(String, runtimeID: String, ContainerExit)
        case vanished(String, runtimeID: String)
        case observedRunning(String, runtimeID: String)
        /// There is a container of which no start told: one that timed out made it all the same.
        case leftBehind(String, runtimeID: String)
        /// What the container's health check says now.
        case health(String, runtimeID: String, ContainerHealth)
        /// The time that others wait for this container has run out, by a clock that does not jump.
        case startTimedOut(String)
        /// What the runtime has of the task after the agent was away; without an entry there is no container.
        case restored([String: ObservedContainer])
        case acknowledged(version: Int)
    }

    package enum Directive: Sendable, Hashable {
        case reservePorts
        case releasePorts
        /// Make what the task needs beside its containers.
        case provision
        case cancelProvision
        /// Take it away again, also what was only half made.
        case release
        case pull(String, isForced: Bool)
        case cancelPull(String)
        case start(String)
        /// Of a start, what comes before the runtime is asked.
        case cancelPreparation(String)
        /// Start a container once more that has ended.
        case restart(String, runtimeID: String)
        /// Tell after so many seconds that the start of this container has timed out.
        case timeStart(String, seconds: Double)
        case stop(String, runtimeID: String, timeoutSeconds: Int)
        /// A container that runs although it counts as stopped (someone started it again): stop it.
        case stopStray(String, runtimeID: String)
    }

    /// What the configuration of the agent says.
    package struct Settings: Sendable, Hashable {
        /// For containers that do not say.
        package var stopTimeoutSeconds = 30
        /// Whether an image is pulled before those are so far whom its container waits for.
        package var pullsDependentContainersUpfront = false

        package init() {}
    }

    package internal(set) var record: TaskRecord
    let settings: Settings
    /// Restored from the journal, and not yet compared with what the runtime has: no step is taken until then.
    var awaitsObservation: Bool
    var hasAskedForPorts = false
    var isProvisionCancelled = false
    var cancelledPreparations: Set<String> = []
    /// Ends that were seen before the start that they belong to came back.
    var earlyExits: [String: (runtimeID: String, exit: ContainerExit)] = [:]
    /// Containers that others wait for, by whether the time for that has run out.
    var startTimers: [String: Bool] = [:]

    /// - Parameter isRestored: whether the record comes from the journal of an earlier run.
    package init(record: TaskRecord, isRestored: Bool, settings: Settings = Settings()) {
        self.record = record
        self.settings = settings
        awaitsObservation = isRestored && !record.isStopped
    }

    /// Takes in a fact, and says what follows from it.
    package mutating func handle(_ input: Input, now: Date) -> [Directive] {
        let before = record.report
        var directives = apply(input, now: now)
        directives += advance(now: now)
        record.stamp(now)
        if record.report != before { record.version += 1 }
        return directives
    }

    /// Takes the first step of a task that was just assigned.
    package mutating func begin(now: Date) -> [Directive] {
        advance(now: now)
    }

    // MARK: - Facts

    private mutating func apply(_ input: Input, now: Date) -> [Directive] {
        switch input {
        case .assigned(let desired):
            if desired == .stopped { record.desiredStatus = .stopped }
            // Whoever assigns a task that has ended has not heard of its end.
            if record.isStopped { record.version += 1 }
        case .unassigned:
            record.desiredStatus = .stopped
        case .portsReserved:
            record.holdsPorts = !record.isStopped
        case .provisioned(let resources):
            guard record.resources?.phase == .provisioning else { return [] }
            record.resources = resources
            record.resources?.phase = .provisioned
        case .provisionFailed(let reason):
            guard record.resources?.phase == .provisioning else { return [] }
            record.resources?.phase = .failed
            end(.taskFailedToStart, reason: reason)
        case .released:
            if record.resources?.phase == .releasing { record.resources?.phase = .released }
        case .pulled(let name, let digest):
            update(name, in: [.pulling]) { $0.imageDigest = digest }
            pulled(name, now: now)
        case .pullFailed(let name, let reason):
            if phase(name) == .pulling {
                pulled(name, now: now)
                startFailed(name, reason: reason)
            }
        case .preparationFailed(let name, let reason):
            preparationFailed(name, reason: reason, now: now)
        case .imageMissing(let name, let reason):
            return imageMissing(name, reason: reason)
        case .portReplaced(let name, let binding, let hostPort):
            update(name, in: [.creating]) { container in
                guard let index = container.portBindings.firstIndex(of: binding) else { return }
                container.portBindings[index].hostPort = hostPort
            }
        case .started(let name, let runtimeID):
            return started(name, runtimeID: runtimeID, at: now, now: now)
        case .startFailed(let name, let reason, let runtimeID):
            update(name, in: [.creating]) { $0.runtimeID = runtimeID }
            if let phase = phase(name), [.creating, .restarting].contains(phase) { startFailed(name, reason: reason) }
        case .startAbandoned(let name):
            update(name, in: [.creating, .restarting]) { $0.phase = .stopped }
        case .startTimedOut(let name):
            if startTimers[name] != nil { startTimers[name] = true }
        case .exited(let name, let runtimeID, let exit):
            return exited(name, runtimeID: runtimeID, exit, now: now)
        case .vanished(let name, let runtimeID):
            vanished(name, runtimeID: runtimeID, now: now)
        case .observedRunning(let name, let runtimeID):
            return observedRunning(name, runtimeID: runtimeID)
        case .leftBehind(let name, let runtimeID):
            // Clean-up is by what the record has.
            update(name, in: [.stopped]) { if $0.runtimeID == nil { $0.runtimeID = runtimeID } }
        case .health(let name, let runtimeID, let health):
            update(name, in: [.running, .stopping]) { container in
                if container.runtimeID == runtimeID { container.takeHealth(health, at: now) }
            }
        case .restored(let observed):
            return restored(observed, now: now)
        case .acknowledged(let version):
            record.acknowledgedVersion = max(record.acknowledgedVersion, min(version, record.version))
        }
        return []
    }

    // MARK: - Containers

    /// Seconds between the stop signal and SIGKILL.
    package func stopTimeoutSeconds(_ name: String) -> Int {
        specification(name)?.stopTimeoutSeconds ?? settings.stopTimeoutSeconds
    }

    package func specification(_ name: String) -> ContainerSpecification? {
        record.assignment.containers.first { $0.name == name }
    }

    package func container(_ name: String) -> ContainerRecord? {
        record.containers.first { $0.name == name }
    }

    func isEssential(_ name: String) -> Bool { specification(name)?.isEssential ?? true }

    func phase(_ name: String) -> ContainerRecord.Phase? { container(name)?.phase }

    mutating func update(
        _ name: String, in phases: Set<ContainerRecord.Phase>, _ change: (inout ContainerRecord) -> Void
    ) {
        guard let index = record.containers.firstIndex(where: { $0.name == name }),
            phases.contains(record.containers[index].phase)
        else { return }
        change(&record.containers[index])
    }
}
