import AgentJournal
import AgentRuntime
import FoundationEssentials
import Support

/// How the engine learns what happens to its containers: from events while it listens, and from a full comparison
/// whenever it begins to, and every few minutes.
extension TaskEngine {
    func watchLoop() async {
        var pause = EngineLimits.firstRetry
        while !Task.isCancelled {
            // Listening begins before the list is made, and a second earlier: what happens in between is told twice
            // rather than never, and facts may come twice.
            let events = runtime.events(since: now().addingTimeInterval(-1))
            do {
                try await reconcile()
                pause = EngineLimits.firstRetry
                for try await event in events { handle(event) }
                if !Task.isCancelled { logger.warning("the runtime's events ended") }
            } catch {
                if !Task.isCancelled { logger.warning("the runtime cannot be watched", ["error": "\(error)"]) }
            }
            guard (try? await clock.sleep(for: pause)) != nil else { return }
            pause = min(pause * 2, EngineLimits.lastRetry)
        }
    }

    func periodicReconcileLoop() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock, reconcileDueContinuation] in
                while (try? await clock.sleep(for: EngineLimits.reconcileInterval)) != nil {
                    reconcileDueContinuation.yield()
                }
            }
            for await _ in reconcileDue {
                do {
                    try await reconcile()
                } catch {
                    if !Task.isCancelled { logger.warning("containers not listed", ["error": "\(error)"]) }
                }
            }
            group.cancelAll()
        }
    }

    private func handle(_ event: RuntimeEvent) {
        let (task, name, id) = (event.taskArn, event.containerName, event.containerID)
        switch event.kind {
        case .started:
            // Of a container that has ended it is old news, repeated at the beginning of a stream, or someone started
            // it again: only a look can tell.
            if machines[task]?.container(name)?.phase == .stopped {
                operate(.inspect, id) { await $0.lookForReturn(task, name, runtimeID: id) }
            } else {
                post(.observedRunning(name, runtimeID: id), to: task)
            }
        case .outOfMemory:
            outOfMemory.insert(id)
        case .removed:
            outOfMemory.remove(id)
            post(.vanished(name, runtimeID: id), to: task)
        case .health(let health):
            post(.health(name, runtimeID: id, health), to: task)
        case .exited(let code):
            let container = machines[task]?.container(name)
            let isKilledByKernel = outOfMemory.remove(id) != nil
            // 137 has two meanings, and the event that tells them apart is not always sent.
            let isUnclear = code == 137 && !isKilledByKernel
            // Older than the restart: repeated at the beginning of a stream, or the clock was set back.
            let isOld = container?.restartedAt.map { event.date < $0 } ?? false
            if isUnclear || isOld, container?.phase == .running {
                operate(.inspect, id) { await $0.look(task, name, runtimeID: id) }
                return
            }
            let exit = ContainerExit(code: code, isOutOfMemory: isKilledByKernel, date: event.date)
            post(.exited(name, runtimeID: id, exit), to: task)
        }
    }

    /// Compares everything known with everything there is.
    func reconcile() async throws {
        await reconcileResources()
        // What starts while the list is made is not in it, and has not vanished for that.
        let before = machines.mapValues(\.record)
        let containers = try await runtime.list()
        var byTask: [String: [String: ObservedContainer]] = [:]
        for container in containers {
            guard let task = container.taskArn, let name = container.containerName else { continue }
            // Of two with one name (a failed start's remains) the one that got further counts.
            if let other = byTask[task]?[name], other.progress > container.progress { continue }
            byTask[task, default: [:]][name] = container
        }
        for (task, record) in before.sorted(by: { $0.key < $1.key }) {
            let found = byTask[task] ?? [:]
            post(.restored(found), to: task)
            for container in record.containers {
                compare(task, container, found[container.name])
            }
            if let id = record.resources?.networkContainerID {
                comparePause(task, id, found[PauseContainer.network])
            }
        }
        removeStrangers(containers)
    }

    private func compare(_ task: String, _ before: ContainerRecord, _ found: ObservedContainer?) {
        let name = before.name
        guard let found else {
            if let id = before.runtimeID { post(.vanished(name, runtimeID: id), to: task) }
            return
        }
        switch found.state {
        case .running:
            post(.observedRunning(name, runtimeID: found.id), to: task)
            // What an event told while the list was made is newer.
            if let health = found.health, machines[task]?.container(name)?.health == before.health {
                post(.health(name, runtimeID: found.id, health), to: task)
            }
        case .exited(let exit):
            postSeen(exit, of: name, runtimeID: found.id, task, before: before)
        case .created: break
        }
    }

    private func comparePause(_ task: String, _ id: String, _ found: ObservedContainer?) {
        switch found?.state {
        case .running where found?.id == id: break
        case .exited(let exit) where found?.id == id:
            post(.exited(PauseContainer.network, runtimeID: id, exit), to: task)
        default: post(.vanished(PauseContainer.network, runtimeID: id), to: task)
        }
    }

    /// Ends and removes containers that carry this agent's label and belong to no task that it knows. That takes the
    /// control plane's word: before the complete set has come, the journal may just be young.
    private func removeStrangers(_ containers: [ObservedContainer]) {
        guard hasCompleteSet else { return }
        for container in containers where container.taskArn.map({ machines[$0] == nil }) ?? true {
            logger.warning(
                "a container of this agent belongs to no task, and is removed",
                ["runtimeId": container.id, "name": container.name, "task": container.taskArn ?? ""])
            operate(.stray, container.id) { engine in
                if case .running = container.state { await engine.stopStray(container.id) }
                await engine.remove(container.id)
            }
        }
    }

    private func remove(_ runtimeID: String) async {
        do throws(RuntimeError) {
            try await runtime.remove(id: runtimeID)
        } catch {
            logger.warning("container not removed", ["runtimeId": runtimeID, "error": error.message])
        }
    }

    // MARK: - Clean-up

    func cleanUpLoop() async {
        while true {
            cleanUp()
            let interval = min(EngineLimits.cleanUpInterval, .seconds(max(1, configuration.cleanUpWaitSeconds)))
            guard (try? await clock.sleep(for: interval)) != nil else { return }
        }
    }

    /// Removes the containers of tasks that stopped long enough ago, and forgets those tasks.
    private func cleanUp() {
        let now = now()
        for (task, machine) in machines.sorted(by: { $0.key < $1.key }) {
            guard let stoppedAt = machine.record.stoppedAt else { continue }
            let age = now.timeIntervalSince(stoppedAt)
            // A control plane that has not heard of the end must still be able to.
            let isHeard = machine.record.isAcknowledged || age >= EngineLimits.unacknowledgedSeconds
            guard age >= configuration.cleanUpWaitSeconds, isHeard else { continue }
            let record = machine.record
            operate(.cleanUp, task) { await $0.cleanUp(record) }
        }
    }

    private func cleanUp(_ record: TaskRecord) async {
        let task = record.taskArn
        for id in record.containers.compactMap(\.runtimeID) {
            do throws(RuntimeError) {
                try await runtime.remove(id: id)
            } catch {
                logger.warning("container not removed", ["task": task, "runtimeId": id, "error": error.message])
                return
            }
        }
        guard await cleanUpResources(record) else { return }
        logger.info("cleaned up", ["task": task])
        forget(task)
    }
}

extension ObservedContainer {
    fileprivate var progress: Int {
        switch state {
        case .created: 0
        case .exited: 1
        case .running: 2
        }
    }
}
