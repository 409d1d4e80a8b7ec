import AgentJournal
import AgentProtocol
import FoundationEssentials

/// What comes of pulls and starts.
extension TaskMachine {
    mutating func pulled(_ name: String, now: Date) {
        guard phase(name) == .pulling else { return }
        update(name, in: [.pulling]) { $0.phase = .pulled }
        if !record.containers.contains(where: { $0.phase == .pulling || $0.phase == .none }) {
            record.pullStoppedAt = now
        }
    }

    /// ECS finds this out before it makes any container of the task: whether this one is essential does not matter.
    mutating func preparationFailed(_ name: String, reason: String, now: Date) {
        guard let phase = phase(name), [.pulling, .creating].contains(phase) else { return }
        pulled(name, now: now)
        end(.taskFailedToStart, reason: reason)
        startFailed(name, reason: reason)
    }

    mutating func imageMissing(_ name: String, reason: String) -> [Directive] {
        guard let container = container(name), container.phase == .creating else { return [] }
        if record.desiredStatus == .stopped {
            update(name, in: [.creating]) { $0.phase = .stopped }
            return []
        }
        guard !container.isPullForced else {
            startFailed(name, reason: reason)
            return []
        }
        update(name, in: [.creating]) { container in
            container.phase = .pulling
            container.isPullForced = true
        }
        return [.pull(name, isForced: true)]
    }

    /// - Parameter date: when it started; that of a restart is known from its beginning.
    mutating func started(_ name: String, runtimeID: String, at date: Date, now: Date) -> [Directive] {
        guard let container = container(name), [.creating, .restarting].contains(container.phase),
            container.phase == .creating || container.runtimeID == runtimeID
        else { return [] }
        update(name, in: [.creating, .restarting]) { container in
            container.phase = .running
            container.runtimeID = runtimeID
            container.hasStarted = true
            container.startedAt = container.startedAt ?? date
            container.takeHealth(.unknown, at: now)
            (container.exitCode, container.reason, container.finishedAt) = (nil, nil, nil)
        }
        guard let early = earlyExits.removeValue(forKey: name), early.runtimeID == runtimeID else { return [] }
        return exited(name, runtimeID: runtimeID, early.exit, now: now)
    }

    mutating func startFailed(_ name: String, reason: String) {
        let isRestart = phase(name) == .restarting
        update(name, in: [.pulling, .pulled, .creating, .restarting]) { container in
            container.phase = .stopped
            container.reason = Self.cut(reason)
        }
        guard isEssential(name) else { return }
        if isRestart {
            ended(name)
        } else {
            end(.taskFailedToStart, reason: "Task failed to start")
        }
    }
}
