import AgentJournal
import AgentProtocol
import FoundationEssentials

/// The next step, given what is known.
extension TaskMachine {
    mutating func advance(now: Date) -> [Directive] {
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
            endIfHopeless()
        }
        if record.desiredStatus == .running {
            directives += startWhatMay(now: now)
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

    /// Pulls and starts the containers whose time has come.
    private mutating func startWhatMay(now: Date) -> [Directive] {
        var directives: [Directive] = []
        for container in record.containers where [.none, .pulled].contains(container.phase) {
            let isReady = standing(container.name) == .met
            if container.phase == .none, isReady || settings.pullsDependentContainersUpfront {
                if record.pullStartedAt == nil { record.pullStartedAt = now }
                update(container.name, in: [.none]) { $0.phase = .pulling }
                directives.append(.pull(container.name, isForced: container.isPullForced))
            } else if container.phase == .pulled, isReady {
                update(container.name, in: [.pulled]) { container in
                    container.phase = .creating
                    container.createdAt = now
                }
                directives.append(.start(container.name))
            }
        }
        return directives + timeStarts(now: now)
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
}
