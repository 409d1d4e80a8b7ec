package import AgentJournal
package import AgentProtocol
package import AgentRuntime
package import FoundationEssentials

/// The life of one task on this host: what is asked, what is known, and the next step. Pure: no clock, no runtime.
///
/// Each container goes
/// ```
/// none ─▶ pulling ─▶ creating ─▶ running ─▶ stopping ─▶ stopped
/// ```
/// and nothing ever goes back, with one exception inside ECS's PENDING: a container whose image turns out to be
/// missing is pulled once more. Inputs are facts, in any order, any number of times: a fact that comes late or twice
/// changes nothing. Directives are what to do once the changed record is in the journal.
///
/// - Source: spec/ecs-runtime.md sections 1, 2 and 2.2.
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
        case pulled(String)
        case pullFailed(String, reason: String)
        /// A start found that the image is not on this host.
        case imageMissing(String, reason: String)
        /// A dynamic port is held by something that is not ours; this one takes its place.
        case portReplaced(String, PortBinding, hostPort: Int)
        case started(String, runtimeID: String)
        case startFailed(String, reason: String, runtimeID: String?)
        /// The start was not tried, since the task is to stop.
        case startAbandoned(String)
        case exited(String, runtimeID: String, ContainerExit)
        case vanished(String, runtimeID: String)
        case observedRunning(String, runtimeID: String)
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
        case stop(String, runtimeID: String, timeoutSeconds: Int)
        /// A container that runs although it counts as stopped (someone started it again): stop it.
        case stopStray(String, runtimeID: String)
    }

    package private(set) var record: TaskRecord
    private let defaultStopTimeoutSeconds: Int
    /// Restored from the journal, and not yet compared with what the runtime has: no step is taken until then.
    private var awaitsObservation: Bool
    private var hasAskedForPorts = false
    private var isProvisionCancelled = false
    /// Ends that were seen before the start that they belong to came back.
    private var earlyExits: [String: (runtimeID: String, exit: ContainerExit)] = [:]

    /// - Parameter isRestored: whether the record comes from the journal of an earlier run.
    package init(record: TaskRecord, isRestored: Bool, defaultStopTimeoutSeconds: Int) {
        self.record = record
        self.defaultStopTimeoutSeconds = defaultStopTimeoutSeconds
        awaitsObservation = isRestored && !record.isStopped
    }

    /// Takes in a fact, and says what follows from it.
    package mutating func handle(_ input: Input, now: Date) -> [Directive] {
        let before = record.report
        var directives = apply(input, now: now)
        directives += advance(now: now)
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
            end(.taskFailedToStart, reason: String(reason.prefix(Self.maximumReasonLength)))
        case .released:
            if record.resources?.phase == .releasing { record.resources?.phase = .released }
        case .pulled(let name):
            return pullEnded(name, now: now) ? [.start(name)] : []
        case .pullFailed(let name, let reason):
            if pullEnded(name, now: now) { startFailed(name, reason: reason, now: now) }
        case .imageMissing(let name, let reason):
            return imageMissing(name, reason: reason, now: now)
        case .portReplaced(let name, let binding, let hostPort):
            update(name, in: [.creating]) { container in
                guard let index = container.portBindings.firstIndex(of: binding) else { return }
                container.portBindings[index].hostPort = hostPort
            }
        case .started(let name, let runtimeID):
            started(name, runtimeID: runtimeID, now: now)
        case .startFailed(let name, let reason, let runtimeID):
            update(name, in: [.creating]) { $0.runtimeID = runtimeID }
            if phase(name) == .creating { startFailed(name, reason: reason, now: now) }
        case .startAbandoned(let name):
            update(name, in: [.creating]) { $0.phase = .stopped }
        case .exited(let name, let runtimeID, let exit):
            exited(name, runtimeID: runtimeID, exit)
        case .vanished(let name, let runtimeID):
            vanished(name, runtimeID: runtimeID, now: now)
        case .observedRunning(let name, let runtimeID):
            return observedRunning(name, runtimeID: runtimeID)
        case .restored(let observed):
            return restored(observed, now: now)
        case .acknowledged(let version):
            record.acknowledgedVersion = max(record.acknowledgedVersion, min(version, record.version))
        }
        return []
    }

    /// - Returns: whether the container was pulling; it is creating now.
    private mutating func pullEnded(_ name: String, now: Date) -> Bool {
        guard phase(name) == .pulling else { return false }
        update(name, in: [.pulling]) { $0.phase = .creating }
        if !record.containers.contains(where: { $0.phase == .pulling || $0.phase == .none }) {
            record.pullStoppedAt = now
        }
        return true
    }

    private mutating func imageMissing(_ name: String, reason: String, now: Date) -> [Directive] {
        guard let container = container(name), container.phase == .creating else { return [] }
        if record.desiredStatus == .stopped {
            update(name, in: [.creating]) { $0.phase = .stopped }
            return []
        }
        guard !container.isPullForced else {
            startFailed(name, reason: reason, now: now)
            return []
        }
        update(name, in: [.creating]) { container in
            container.phase = .pulling
            container.isPullForced = true
        }
        return [.pull(name, isForced: true)]
    }

    private mutating func started(_ name: String, runtimeID: String, now: Date) {
        guard phase(name) == .creating else { return }
        update(name, in: [.creating]) { container in
            container.phase = .running
            container.runtimeID = runtimeID
            container.hasStarted = true
        }
        if let early = earlyExits.removeValue(forKey: name), early.runtimeID == runtimeID {
            exited(name, runtimeID: runtimeID, early.exit)
        }
    }

    private mutating func startFailed(_ name: String, reason: String, now: Date) {
        update(name, in: [.pulling, .creating]) { container in
            container.phase = .stopped
            container.reason = String(reason.prefix(Self.maximumReasonLength))
        }
        if isEssential(name) { end(.taskFailedToStart, reason: "Task failed to start") }
    }

    private mutating func exited(_ name: String, runtimeID: String, _ exit: ContainerExit) {
        guard let container = container(name) else { return pauseEnded(runtimeID, at: exit.date) }
        if container.phase == .creating {
            // A container that ends at once may do so before its start comes back.
            earlyExits[name] = (runtimeID, exit)
            return
        }
        guard container.runtimeID == runtimeID, [.running, .stopping].contains(container.phase) else { return }
        update(name, in: [.running, .stopping]) { container in
            container.phase = .stopped
            container.exitCode = exit.code
            if exit.isOutOfMemory, exit.code == 137 {
                container.reason = "OutOfMemoryError: Container killed due to memory usage"
            }
        }
        ended(name, at: exit.date)
    }

    private mutating func vanished(_ name: String, runtimeID: String, now: Date) {
        guard let container = container(name) else { return pauseEnded(runtimeID, at: now) }
        guard container.runtimeID == runtimeID, [.running, .stopping].contains(container.phase) else { return }
        update(name, in: [.running, .stopping]) { container in
            container.phase = .stopped
            container.reason = "ContainerVanishedError: the container was removed from the host by something else"
        }
        ended(name, at: now)
    }

    private mutating func ended(_ name: String, at date: Date) {
        guard isEssential(name) else { return }
        if record.executionStoppedAt == nil { record.executionStoppedAt = date }
        end(.essentialContainerExited, reason: "Essential container in task exited")
    }

    /// Containers whose namespace ended are cut off, and new ones cannot join it: ECS's pause container is essential.
    private mutating func pauseEnded(_ runtimeID: String, at date: Date) {
        guard let resources = record.resources, resources.phase == .provisioned,
            [resources.networkContainerID, resources.namespaceContainerID].contains(runtimeID)
        else { return }
        if record.executionStoppedAt == nil { record.executionStoppedAt = date }
        end(.essentialContainerExited, reason: "Essential container in task exited")
    }

    /// The first cause counts: what stops because the task is to stop is no cause.
    private mutating func end(_ code: TaskReport.StopCode, reason: String) {
        guard record.desiredStatus == .running else { return }
        record.desiredStatus = .stopped
        record.stopCode = code
        record.stoppedReason = reason
    }

    private mutating func observedRunning(_ name: String, runtimeID: String) -> [Directive] {
        guard !awaitsObservation, let container = container(name) else { return [] }
        switch container.phase {
        case .stopped: return [.stopStray(name, runtimeID: runtimeID)]
        // The stop may have failed: whoever carries out directives knows whether one is under way.
        case .stopping: return [stopDirective(name, runtimeID: runtimeID)]
        case .none, .pulling, .creating, .running: return []
        }
    }

    private mutating func restored(_ observed: [String: ObservedContainer], now: Date) -> [Directive] {
        guard awaitsObservation else { return [] }
        awaitsObservation = false
        var directives = restoredResources()
        for container in record.containers {
            let found = observed[container.name]
            switch container.phase {
            case .none, .stopped: break
            case .pulling: update(container.name, in: [.pulling]) { $0.phase = .none }
            case .creating: directives += restoredCreating(container.name, found, now: now)
            case .running, .stopping:
                restoredRunning(container, found, now: now)
                if container.phase == .stopping, phase(container.name) == .stopping, let id = container.runtimeID {
                    directives.append(stopDirective(container.name, runtimeID: id))
                }
            }
        }
        return directives
    }

    private mutating func restoredResources() -> [Directive] {
        switch record.resources?.phase {
        case .provisioning where record.desiredStatus == .running: return [.provision]
        // Nobody makes it any more, and what is there of it is taken away.
        case .provisioning: record.resources?.phase = .failed
        case .releasing: return [.release]
        case .needed, .provisioned, .failed, .released, nil: break
        }
        return []
    }

    private mutating func restoredCreating(_ name: String, _ found: ObservedContainer?, now: Date) -> [Directive] {
        switch found?.state {
        case .running:
            started(name, runtimeID: found?.id ?? "", now: now)
        case .exited(let exit):
            started(name, runtimeID: found?.id ?? "", now: now)
            exited(name, runtimeID: found?.id ?? "", exit)
        case .created(let error?):
            update(name, in: [.creating]) { $0.runtimeID = found?.id }
            startFailed(name, reason: "CannotStartContainerError: \(error)", now: now)
        case .created(nil), nil:
            if record.desiredStatus == .running { return [.start(name)] }
            update(name, in: [.creating]) { container in
                container.runtimeID = found?.id
                container.phase = .stopped
            }
        }
        return []
    }

    private mutating func restoredRunning(_ container: ContainerRecord, _ found: ObservedContainer?, now: Date) {
        guard let id = container.runtimeID else { return }
        switch found?.state {
        case .running where found?.id == id: break
        case .exited(let exit) where found?.id == id: exited(container.name, runtimeID: id, exit)
        default: vanished(container.name, runtimeID: id, now: now)
        }
    }

    // MARK: - The next step

    private mutating func advance(now: Date) -> [Directive] {
        guard !awaitsObservation, record.stoppedAt == nil else { return [] }
        var directives: [Directive] = []
        if record.desiredStatus == .running {
            guard record.holdsPorts else {
                guard !hasAskedForPorts else { return [] }
                hasAskedForPorts = true
                return [.reservePorts]
            }
            switch record.resources?.phase {
            case .needed:
                record.resources?.phase = .provisioning
                return [.provision]
            case .provisioning: return []
            case .provisioned, .failed, .releasing, .released, nil: break
            }
            for container in record.containers where container.phase == .none {
                if record.pullStartedAt == nil { record.pullStartedAt = now }
                update(container.name, in: [.none]) { $0.phase = .pulling }
                directives.append(.pull(container.name, isForced: container.isPullForced))
            }
        } else {
            directives += stopWhatIsThere()
        }
        if record.haveContainersStopped { directives += giveBackResources() }
        if record.isStopped {
            record.desiredStatus = .stopped
            record.stoppedAt = now
            record.holdsPorts = false
            directives.append(.releasePorts)
        }
        return directives
    }

    private mutating func giveBackResources() -> [Directive] {
        switch record.resources?.phase {
        case .provisioning:
            // It ends with what it has done by then, and that is taken away.
            guard !isProvisionCancelled else { return [] }
            isProvisionCancelled = true
            return [.cancelProvision]
        case .provisioned, .failed:
            record.resources?.phase = .releasing
            return [.release]
        case .needed, .releasing, .released, nil: return []
        }
    }

    private mutating func stopWhatIsThere() -> [Directive] {
        var directives: [Directive] = []
        for container in record.containers {
            switch container.phase {
            case .none:
                update(container.name, in: [.none]) { $0.phase = .stopped }
            case .pulling:
                update(container.name, in: [.pulling]) { $0.phase = .stopped }
                directives.append(.cancelPull(container.name))
            case .running:
                guard let id = container.runtimeID else { continue }
                update(container.name, in: [.running]) { $0.phase = .stopping }
                directives.append(stopDirective(container.name, runtimeID: id))
            // A start that is under way cannot be called back: what comes of it is stopped then.
            case .creating, .stopping, .stopped: break
            }
        }
        return directives
    }

    // MARK: - Containers

    /// API Reference, Container, `reason`: at most 1024 characters.
    private static let maximumReasonLength = 1024

    private func stopDirective(_ name: String, runtimeID: String) -> Directive {
        .stop(name, runtimeID: runtimeID, timeoutSeconds: stopTimeoutSeconds(name))
    }

    /// Seconds between the stop signal and SIGKILL.
    package func stopTimeoutSeconds(_ name: String) -> Int {
        specification(name)?.stopTimeoutSeconds ?? defaultStopTimeoutSeconds
    }

    package func specification(_ name: String) -> ContainerSpecification? {
        record.assignment.containers.first { $0.name == name }
    }

    package func container(_ name: String) -> ContainerRecord? {
        record.containers.first { $0.name == name }
    }

    private func isEssential(_ name: String) -> Bool { specification(name)?.isEssential ?? true }

    private func phase(_ name: String) -> ContainerRecord.Phase? { container(name)?.phase }

    private mutating func update(
        _ name: String, in phases: [ContainerRecord.Phase], _ change: (inout ContainerRecord) -> Void
    ) {
        guard let index = record.containers.firstIndex(where: { $0.name == name }),
            phases.contains(record.containers[index].phase)
        else { return }
        change(&record.containers[index])
    }
}
