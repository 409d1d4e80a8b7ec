import AgentJournal
import AgentProtocol
import AgentRuntime
import FoundationEssentials

/// What the runtime shows: after the agent was away, and of containers that should not run.
extension TaskMachine {
    mutating func observedRunning(_ name: String, runtimeID: String) -> [Directive] {
        guard !awaitsObservation, let container = container(name) else { return [] }
        switch container.phase {
        case .stopped: return [.stopStray(name, runtimeID: runtimeID)]
        // The stop may have failed: whoever carries out directives knows whether one is under way.
        case .stopping: return [stopDirective(name, runtimeID: runtimeID)]
        case .none, .pulling, .pulled, .creating, .running, .restarting: return []
        }
    }

    mutating func restored(_ observed: [String: ObservedContainer], now: Date) -> [Directive] {
        guard awaitsObservation else { return [] }
        awaitsObservation = false
        var directives = restoredResources()
        for container in record.containers {
            let found = observed[container.name]
            switch container.phase {
            case .none, .pulled, .stopped: break
            case .pulling: update(container.name, in: [.pulling]) { $0.phase = .none }
            case .creating: directives += restoredCreating(container.name, found, now: now)
            case .restarting: directives += restoredRestarting(container, found, now: now)
            case .running, .stopping:
                directives += restoredRunning(container, found, now: now)
                if container.phase == .stopping, phase(container.name) == .stopping, let id = container.runtimeID {
                    directives.append(stopDirective(container.name, runtimeID: id))
                }
            }
            restoreHealth(container.name, found, now: now)
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
        let id = found?.id ?? ""
        switch found?.state {
        case .running:
            return started(name, runtimeID: id, at: found?.startedAt ?? now, now: now)
        case .exited(let exit):
            return started(name, runtimeID: id, at: found?.startedAt ?? exit.date, now: now)
                + exited(name, runtimeID: id, exit, now: now)
        case .created(let error?):
            update(name, in: [.creating]) { $0.runtimeID = found?.id }
            startFailed(name, reason: "CannotStartContainerError: \(error)")
        case .created(nil), nil:
            // Those that it waits for may have changed meanwhile: it is started if it still may.
            update(name, in: [.creating]) { container in
                container.runtimeID = found?.id
                container.phase = .pulled
            }
        }
        return []
    }

    private mutating func restoredRunning(
        _ container: ContainerRecord, _ found: ObservedContainer?, now: Date
    ) -> [Directive] {
        guard let id = container.runtimeID else { return [] }
        switch found?.state {
        case .running where found?.id == id: break
        case .exited(let exit) where found?.id == id:
            return exited(container.name, runtimeID: id, exit.inRun(of: container), now: now)
        default: vanished(container.name, runtimeID: id, now: now)
        }
        return []
    }

    private mutating func restoredRestarting(
        _ container: ContainerRecord, _ found: ObservedContainer?, now: Date
    ) -> [Directive] {
        guard let id = container.runtimeID else { return [] }
        let name = container.name
        switch found?.state {
        case .running where found?.id == id:
            return started(name, runtimeID: id, at: now, now: now)
        case .exited(let exit) where found?.id == id:
            if let restartedAt = container.restartedAt, exit.date >= restartedAt {
                // It was started, and ended again.
                return started(name, runtimeID: id, at: now, now: now)
                    + exited(name, runtimeID: id, exit, now: now)
            }
            guard record.desiredStatus == .running else {
                update(name, in: [.restarting]) { $0.phase = .stopped }
                return []
            }
            return [.restart(name, runtimeID: id)]
        default:
            vanished(name, runtimeID: id, now: now)
        }
        return []
    }

    /// Health that changed while nobody listened.
    private mutating func restoreHealth(_ name: String, _ found: ObservedContainer?, now: Date) {
        guard let found, let health = found.health else { return }
        update(name, in: [.running, .stopping]) { container in
            if container.runtimeID == found.id { container.takeHealth(health, at: now) }
        }
    }
}

extension ContainerExit {
    /// This end, which was found by looking at a container that ran before: it belongs to its present run, whatever the
    /// clock says.
    func inRun(of container: ContainerRecord) -> ContainerExit {
        var exit = self
        if let restartedAt = container.restartedAt { exit.date = max(date, restartedAt) }
        return exit
    }
}
