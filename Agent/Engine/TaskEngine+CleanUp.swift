import AgentJournal
import AgentRuntime
import Support

/// What stopped tasks leave behind goes after a while: until then their logs can be looked at.
extension TaskEngine {
    func cleanUpLoop() async {
        while true {
            cleanUp()
            let interval = min(EngineLimits.cleanUpInterval, .seconds(max(1, configuration.cleanUpWaitSeconds)))
            guard (try? await clock.sleep(for: interval)) != nil else { return }
        }
    }

    /// Removes the containers of tasks that stopped long enough ago, all with one call, and forgets those tasks.
    private func cleanUp() {
        let stopped = machines.filter { $0.value.record.stoppedAt != nil }
        stoppedTasks.follow(Set(stopped.keys), uptime: uptime)
        cleanUpWaits = cleanUpWaits.filter { stopped[$0.key] != nil }
        let due = stopped.values.map(\.record).filter(isCleanUpDue).sorted { $0.taskArn < $1.taskArn }
        guard !due.isEmpty else { return }
        operate(.cleanUp, "") { await $0.cleanUp(due) }
    }

    private func isCleanUpDue(_ record: TaskRecord) -> Bool {
        guard let age = stoppedTasks.age(record.taskArn, uptime: uptime) else { return false }
        let wait = cleanUpWaits[record.taskArn] ?? drawCleanUpWait(record.taskArn)
        // A control plane that has not heard of the end must still be able to.
        return age >= wait && (record.isAcknowledged || age >= EngineLimits.unacknowledged)
    }

    private func drawCleanUpWait(_ task: String) -> Duration {
        let jitter = Double.random(in: 0...configuration.cleanUpJitterSeconds, using: &generator)
        let wait: Duration = .seconds(configuration.cleanUpWaitSeconds + jitter)
        cleanUpWaits[task] = wait
        return wait
    }

    private func cleanUp(_ records: [TaskRecord]) async {
        let left: [String: RuntimeError]
        do throws(RuntimeError) {
            let ids = records.flatMap { $0.containers.compactMap(\.runtimeID) }
            left = ids.isEmpty ? [:] : try await runtime.remove(ids: ids)
        } catch {
            logger.warning("containers not removed", ["tasks": "\(records.count)", "error": error.message])
            return
        }
        for record in records {
            let task = record.taskArn
            let remaining = record.containers.compactMap(\.runtimeID).filter { left[$0] != nil }
            for id in remaining {
                logger.warning(
                    "container not removed", ["task": task, "runtimeId": id, "error": left[id]?.message ?? ""])
            }
            guard remaining.isEmpty, await cleanUpResources(record) else { continue }
            logger.info("cleaned up", ["task": task])
            forget(task)
        }
    }
}
