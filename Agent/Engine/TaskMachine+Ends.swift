import AgentJournal
import AgentProtocol
import AgentRuntime
import FoundationEssentials

/// How containers end, and the task with them.
extension TaskMachine {
    mutating func exited(_ name: String, runtimeID: String, _ exit: ContainerExit, now: Date) -> [Directive] {
        guard let container = container(name) else {
            pauseEnded(runtimeID, at: exit.date)
            return []
        }
        // What ended before a restart was asked for is the end that the restart followed.
        if let restartedAt = container.restartedAt, exit.date < restartedAt { return [] }
        if [.creating, .restarting].contains(container.phase) {
            // A container that ends at once may do so before its start comes back.
            earlyExits[name] = (runtimeID, exit)
            return []
        }
        guard container.runtimeID == runtimeID, [.running, .stopping].contains(container.phase) else { return [] }
        let restarts = isToBeRestarted(container, exit, now: now)
        update(name, in: [.running, .stopping]) { container in
            container.phase = .stopped
            container.exitCode = exit.code
            container.finishedAt = exit.date
            if exit.isOutOfMemory, exit.code == 137 {
                container.reason = "OutOfMemoryError: Container killed due to memory usage"
            }
            guard restarts else { return }
            container.phase = .restarting
            container.restartCount = (container.restartCount ?? 0) + 1
            // Later than the end that it follows, so that this is told from the next however often it is reported.
            container.restartedAt = max(now, exit.date.addingTimeInterval(0.001))
        }
        if restarts { return [.restart(name, runtimeID: runtimeID)] }
        ended(name)
        return []
    }

    /// - Source: spec/ecs-runtime.md section 2.3; API Reference, ContainerRestartPolicy.
    private func isToBeRestarted(_ container: ContainerRecord, _ exit: ContainerExit, now: Date) -> Bool {
        guard record.desiredStatus == .running, container.phase == .running,
            let policy = specification(container.name)?.restartPolicy, !policy.ignoredExitCodes.contains(exit.code),
            let started = [container.startedAt, container.restartedAt].compactMap({ $0 }).max()
        else { return false }
        return now.timeIntervalSince(started) >= Double(policy.restartAttemptPeriodSeconds)
    }

    mutating func vanished(_ name: String, runtimeID: String, now: Date) {
        let phases: Set<ContainerRecord.Phase> = [.running, .restarting, .stopping]
        guard let container = container(name) else { return pauseEnded(runtimeID, at: now) }
        guard container.runtimeID == runtimeID, phases.contains(container.phase) else { return }
        update(name, in: phases) { container in
            container.phase = .stopped
            container.finishedAt = now
            container.reason = "ContainerVanishedError: the container was removed from the host by something else"
        }
        ended(name)
    }

    /// The essential rule, for a container that has run.
    mutating func ended(_ name: String) {
        guard isEssential(name) else { return }
        if record.executionStoppedAt == nil { record.executionStoppedAt = container(name)?.finishedAt }
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
    mutating func end(_ code: TaskReport.StopCode, reason: String) {
        guard record.desiredStatus == .running else { return }
        record.desiredStatus = .stopped
        record.stopCode = code
        record.stoppedReason = Self.cut(reason)
    }

    /// API Reference, Container, `reason`: at most 1024 characters. As much of a task's `stoppedReason`.
    static func cut(_ reason: String) -> String { String(reason.prefix(1024)) }

    func stopDirective(_ name: String, runtimeID: String) -> Directive {
        .stop(name, runtimeID: runtimeID, timeoutSeconds: stopTimeoutSeconds(name))
    }

    /// Ends what has not begun, and asks those to stop that nobody who still runs depends on.
    mutating func stopWhatIsThere() -> [Directive] {
        var directives: [Directive] = []
        for container in record.containers {
            switch container.phase {
            case .none, .pulled:
                update(container.name, in: [.none, .pulled]) { $0.phase = .stopped }
            case .pulling:
                update(container.name, in: [.pulling]) { $0.phase = .stopped }
                directives.append(.cancelPull(container.name))
            // What the runtime was asked cannot be called back: what comes of it is stopped then.
            case .creating:
                guard cancelledPreparations.insert(container.name).inserted else { continue }
                directives.append(.cancelPreparation(container.name))
            case .running, .restarting, .stopping, .stopped: break
            }
        }
        for container in record.containers where container.phase == .running {
            guard let id = container.runtimeID, !hasDependants(container.name) else { continue }
            update(container.name, in: [.running]) { $0.phase = .stopping }
            directives.append(stopDirective(container.name, runtimeID: id))
        }
        return directives
    }
}
