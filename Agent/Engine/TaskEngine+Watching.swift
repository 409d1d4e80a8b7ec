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
                noteCompared()
                try await listen(to: events)
                continue
            } catch {
                if !Task.isCancelled { logger.warning("the runtime cannot be watched", ["error": "\(error)"]) }
            }
            // Not a plain sleep: a runtime that is back is watched at once.
            await listenAgain.wait(atMost: pause, on: clock)
            pause = min(pause * 2, EngineLimits.lastRetry)
        }
    }

    /// Takes in events until it is time to compare everything again, with a new stream: one may have fallen silent
    /// without ending.
    ///
    /// - Throws: when the stream ends before.
    private func listen(to events: AsyncThrowingStream<RuntimeEvent, any Error>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await event in events { await self.handle(event) }
                throw RuntimeError(code: .unavailable, message: "its events ended")
            }
            group.addTask { [listenAgain, clock] in
                await listenAgain.wait(atMost: EngineLimits.reconcileInterval, on: clock)
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Compares everything when the control plane has said what all there should be.
    func reconcileDueLoop() async {
        for await _ in reconcileDue {
            do {
                try await reconcile()
            } catch {
                if !Task.isCancelled { logger.warning("containers not listed", ["error": "\(error)"]) }
            }
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
        case .exited(let code, let tellsMemory):
            let container = machines[task]?.container(name)
            let isKilledByKernel = outOfMemory.remove(id) != nil
            // 137 has two meanings.
            let isUnclear = code == 137 && !isKilledByKernel && !tellsMemory
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
            for (name, id) in [
                (PauseContainer.network, record.resources?.networkContainerID),
                (PauseContainer.namespace, record.resources?.namespaceContainerID),
            ] {
                if let id { comparePause(task, name, id, found[name]) }
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
        if before.phase == .stopped, before.runtimeID == nil { post(.leftBehind(name, runtimeID: found.id), to: task) }
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

    private func comparePause(_ task: String, _ name: String, _ id: String, _ found: ObservedContainer?) {
        switch found?.state {
        case .running where found?.id == id: break
        case .exited(let exit) where found?.id == id:
            post(.exited(name, runtimeID: id, exit), to: task)
        default: post(.vanished(name, runtimeID: id), to: task)
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
