import AgentJournal
import AgentProtocol
import AgentRuntime
import FoundationEssentials
import Support

/// What the engine does with the runtime. Each ends in a fact for the task's machine.
extension TaskEngine {
    // MARK: - Pull

    func pull(_ task: String, _ container: String, isForced: Bool) async {
        guard let machine = machines[task], let specification = machine.specification(container) else { return }
        let image = specification.image
        let credential: RegistryCredential?
        do throws(ResourceError) {
            credential = try await registries.credential(for: specification, of: machine.record.assignment)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning(
                "no registry credential", ["task": task, "container": container, "error": error.reason])
            post(.preparationFailed(container, reason: error.reason), to: task)
            return
        }
        pullErrors[image] = nil
        do throws(RuntimeError) {
            if let digest = try await puller.pull(.init(image: image, credential: credential)) {
                imageDigests[image] = digest
            }
            notePulled(image)
            post(.pulled(container, digest: knownDigest(image)), to: task)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning(
                "image not pulled", ["task": task, "container": container, "image": image, "error": error.message])
            if !isForced, configuration.imagePullBehavior == .default, ImageReference.isValid(image) {
                // What is on the host serves; if nothing is, the start finds out, and this is the reason then.
                if error.code != .unavailable { pullErrors[image] = error }
                post(.pulled(container, digest: knownDigest(image)), to: task)
            } else {
                post(.pullFailed(container, reason: Self.pullReason(error)), to: task)
            }
        }
    }

    func isPullDue(_ image: String) -> Bool {
        switch configuration.imagePullBehavior {
        case .default: !ImageReference.isPinned(image)
        case .always: true
        case .once: !pulledImages.contains(image)
        case .preferCached: false
        }
    }

    /// The digest of what the name stands for here, as far as anyone said.
    func knownDigest(_ image: String) -> String? { ImageReference.digest(image) ?? imageDigests[image] }

    /// A pull that a runtime refuses is `CannotPullContainerError`, whatever kept it from it.
    private static func pullReason(_ error: RuntimeError) -> String {
        switch error.code {
        case .timedOut, .registryDenied: error.reason
        default: "CannotPullContainerError: \(error.message)"
        }
    }

    // MARK: - Start

    /// Finds out what the start needs to know, and starts.
    func prepare(_ task: String, _ container: String) async {
        guard let machine = machines[task], let specification = machine.specification(container) else { return }
        guard configuration.allowsPrivileged || specification.settings?.privileged != true else {
            let error = RuntimeError(
                code: .cannotCreate, message: "this host runs no privileged containers (ECS_DISABLE_PRIVILEGED)")
            post(.startFailed(container, reason: error.reason, runtimeID: nil), to: task)
            return
        }
        let contribution: LaunchContribution
        do throws(ResourceError) {
            contribution = try await self.contribution(to: specification, of: machine.record.assignment)
        } catch {
            // The engine stops: the next run begins again.
            guard !isShuttingDown else { return }
            logger.warning("container not started", ["task": task, "container": container, "error": error.reason])
            post(
                Task.isCancelled ? .startAbandoned(container) : .preparationFailed(container, reason: error.reason),
                to: task)
            return
        }
        operate(.start, "\(task) \(container)") { await $0.start(task, container, contribution) }
    }

    private func start(_ task: String, _ container: String, _ contribution: LaunchContribution) async {
        let outcome = await startSlots.run { await startInSlot(task, container, contribution) }
        // Cancelled in the line: the agent stops, and asks again when it is back.
        guard let outcome, let input = outcome else { return }
        post(input, to: task)
    }

    func restart(_ task: String, _ container: String, runtimeID: String) async {
        let outcome = await startSlots.run { await restartInSlot(task, container, runtimeID: runtimeID) }
        guard let outcome, let input = outcome else { return }
        post(input, to: task)
    }

    private func restartInSlot(_ task: String, _ container: String, runtimeID: String) async -> TaskMachine.Input? {
        var patience = Patience(until: now().addingTimeInterval(EngineLimits.unavailableSeconds))
        while true {
            guard let machine = machines[task], machine.container(container)?.phase == .restarting else { return nil }
            guard machine.record.desiredStatus == .running else { return .startAbandoned(container) }
            do throws(RuntimeError) {
                try await runtime.start(id: runtimeID)
                return .started(container, runtimeID: runtimeID)
            } catch {
                switch error.code {
                case .cancelled:
                    return nil
                case .noSuchContainer:
                    return .vanished(container, runtimeID: runtimeID)
                case .unavailable where now() < patience.end:
                    guard await bear(error, &patience, task) else { return nil }
                default:
                    return .startFailed(container, reason: error.reason, runtimeID: runtimeID)
                }
            }
        }
    }

    /// With a runtime that does not answer.
    private struct Patience {
        let end: Date
        var pause = EngineLimits.firstRetry

        init(until end: Date) { self.end = end }
    }

    /// - Returns: false if the calling task was cancelled.
    private func bear(_ error: RuntimeError, _ patience: inout Patience, _ task: String) async -> Bool {
        logger.warning("the container runtime does not answer", ["task": task, "error": error.message])
        guard (try? await clock.sleep(for: patience.pause)) != nil else { return false }
        patience.pause = min(patience.pause * 2, EngineLimits.lastRetry)
        return true
    }

    private func startInSlot(
        _ task: String, _ container: String, _ contribution: LaunchContribution
    ) async -> TaskMachine.Input? {
        var replacements = 0
        var patience = Patience(until: now().addingTimeInterval(EngineLimits.unavailableSeconds))
        while true {
            guard let machine = machines[task], machine.container(container)?.phase == .creating else { return nil }
            guard machine.record.desiredStatus == .running else { return .startAbandoned(container) }
            guard var launch = machine.launch(container, agentID: configuration.agentID) else { return nil }
            launch.apply(contribution)
            do throws(RuntimeError) {
                let launched = try await runtime.run(launch)
                if case .exited(let exit) = launched.state {
                    post(.started(container, runtimeID: launched.id), to: task)
                    return .exited(container, runtimeID: launched.id, exit)
                }
                return .started(container, runtimeID: launched.id)
            } catch {
                switch error.code {
                case .cancelled:
                    return nil
                case .imageNotFound:
                    return imageNotFound(container, image: launch.image, error)
                case .unavailable where now() < patience.end:
                    guard await bear(error, &patience, task) else { return nil }
                case .portInUse(let port) where replacements < EngineLimits.portReplacements:
                    replacements += 1
                    guard await replacePort(port, task, container) else {
                        return .startFailed(container, reason: error.reason, runtimeID: nil)
                    }
                default:
                    return .startFailed(container, reason: error.reason, runtimeID: error.containerID)
                }
            }
        }
    }

    private func imageNotFound(_ container: String, image: String, _ error: RuntimeError) -> TaskMachine.Input {
        if let pullError = pullErrors[image] {
            return .startFailed(container, reason: Self.pullReason(pullError), runtimeID: nil)
        }
        guard ImageReference.isValid(image) else {
            return .startFailed(container, reason: error.reason, runtimeID: nil)
        }
        return .imageMissing(container, reason: error.reason)
    }

    /// - Returns: whether the container has another port now, and the journal knows.
    private func replacePort(_ taken: ContainerLaunch.PublishedPort, _ task: String, _ container: String) async -> Bool
    {
        let bindings = machines[task]?.container(container)?.portBindings ?? []
        guard
            let binding = bindings.first(where: {
                $0.hostPort == taken.hostPort && $0.transportProtocol.rawValue == taken.transportProtocol.rawValue
            }), binding.isDynamic,
            let replacement = ports.replace(
                .init(number: binding.hostPort, transportProtocol: binding.transportProtocol), for: task,
                using: &generator)
        else { return false }
        logger.warning(
            "a dynamic host port is held by something else on this host, another takes its place",
            ["task": task, "container": container, "port": "\(binding.hostPort)", "replacement": "\(replacement)"])
        post(.portReplaced(container, binding, hostPort: replacement), to: task)
        return await committed()
    }

    // MARK: - Stop

    func stop(_ task: String, _ container: String, runtimeID: String, timeoutSeconds: Int) async {
        guard await askToStop(task, runtimeID: runtimeID, timeoutSeconds: timeoutSeconds) else { return }
        // Its end normally comes as an event. If that was lost, one look settles it.
        guard (try? await clock.sleep(for: EngineLimits.stopConfirmation)) != nil,
            machines[task]?.container(container)?.phase == .stopping
        else { return }
        await look(task, container, runtimeID: runtimeID)
    }

    /// - Returns: whether the runtime has stopped it, or says that there is nothing to stop.
    private func askToStop(_ task: String, runtimeID: String, timeoutSeconds: Int) async -> Bool {
        for attempt in 1...EngineLimits.stopAttempts {
            do throws(RuntimeError) {
                try await runtime.stop(id: runtimeID, timeoutSeconds: timeoutSeconds)
                return true
            } catch {
                switch error.code {
                case .cancelled: return false
                case .noSuchContainer: return true
                default:
                    logger.warning(
                        "container not stopped", ["task": task, "runtimeId": runtimeID, "error": error.message])
                }
            }
            guard (try? await clock.sleep(for: .seconds(attempt))) != nil else { return false }
        }
        do throws(RuntimeError) {
            try await runtime.kill(id: runtimeID)
            return true
        } catch {
            // The next comparison with the runtime finds it running, and begins again.
            logger.error(
                "container neither stopped nor killed", ["task": task, "runtimeId": runtimeID, "error": error.message])
            return error.code == .noSuchContainer
        }
    }

    func stopStray(_ runtimeID: String) async {
        _ = await askToStop("", runtimeID: runtimeID, timeoutSeconds: configuration.stopTimeoutSeconds)
    }

    // MARK: - Look

    /// Finds out whether a container that has ended runs again.
    func lookForReturn(_ task: String, _ container: String, runtimeID: String) async {
        do throws(RuntimeError) {
            guard case .running = try await runtime.inspect(ids: [runtimeID]).first?.state else { return }
            post(.observedRunning(container, runtimeID: runtimeID), to: task)
        } catch {
            logger.warning("container not inspected", ["task": task, "runtimeId": runtimeID, "error": error.message])
        }
    }

    /// Asks the runtime how a container is.
    func look(_ task: String, _ container: String, runtimeID: String) async {
        let before = machines[task]?.container(container)
        do throws(RuntimeError) {
            switch try await runtime.inspect(ids: [runtimeID]).first?.state {
            case .exited(let exit): postSeen(exit, of: container, runtimeID: runtimeID, task, before: before)
            case .running: logger.warning("container still runs", ["task": task, "runtimeId": runtimeID])
            case .created, nil: post(.vanished(container, runtimeID: runtimeID), to: task)
            }
        } catch {
            logger.warning("container not inspected", ["task": task, "runtimeId": runtimeID, "error": error.message])
        }
    }

    /// Posts an end that was seen by looking.
    ///
    /// - Parameter before: what was known of the container before the look. If it has not moved on meanwhile, its end
    ///   is that of its present run.
    func postSeen(
        _ exit: ContainerExit, of container: String, runtimeID: String, _ task: String, before: ContainerRecord?
    ) {
        let current = machines[task]?.container(container)
        let isPresent = current?.phase == before?.phase && current?.restartedAt == before?.restartedAt
        let isRunning = current?.phase == .running || current?.phase == .stopping
        let seen = current.flatMap { isPresent && isRunning ? exit.inRun(of: $0) : nil } ?? exit
        post(.exited(container, runtimeID: runtimeID, seen), to: task)
    }
}
