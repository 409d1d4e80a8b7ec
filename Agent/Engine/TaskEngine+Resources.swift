import AgentJournal
import AgentProtocol
import Support

/// What the engine does for its tasks beside containers. Each ends in a fact for the task's machine.
extension TaskEngine {
    func provision(_ task: String) async {
        guard let record = machines[task]?.record, var made = record.resources else { return }
        for resource in resources where resource.isNeeded(by: record.assignment) {
            do throws(ResourceError) {
                try await resource.provision(record.assignment, &made)
            } catch {
                // The engine stops: the next run begins again.
                guard !isShuttingDown else { return }
                logger.warning("task not provisioned", ["task": task, "error": error.reason])
                post(.provisionFailed(reason: error.reason), to: task)
                return
            }
        }
        post(.provisioned(made), to: task)
    }

    /// Tries until nothing is left: a task is not STOPPED as long as it holds something of its host.
    func release(_ task: String) async {
        guard let record = machines[task]?.record, let made = record.resources else { return }
        for resource in resources.reversed() where resource.isNeeded(by: record.assignment) {
            var pause = EngineLimits.firstRetry
            while true {
                do throws(ResourceError) {
                    try await resource.release(record.assignment, made)
                    break
                } catch {
                    guard !isShuttingDown else { return }
                    logger.warning("what a task had is not released yet", ["task": task, "error": error.reason])
                }
                guard (try? await clock.sleep(for: pause)) != nil else { return }
                pause = min(pause * 2, EngineLimits.lastRetry)
            }
        }
        post(.released, to: task)
    }

    /// Tells each what tasks had when the journal was written.
    func restoreResources() async {
        let records = machines.values.map(\.record).filter { $0.resources?.phase.isHeld == true }
        for resource in resources {
            await resource.restore(records.map(\.assignment).filter(resource.isNeeded(by:)))
        }
    }

    /// Lets each compare what there is with what should be.
    func reconcileResources() async {
        for resource in resources { await resource.reconcile() }
    }

    /// - Returns: whether nothing is left that its removed containers held.
    func cleanUpResources(_ record: TaskRecord) async -> Bool {
        guard let made = record.resources else { return true }
        for resource in resources.reversed() where resource.isNeeded(by: record.assignment) {
            do throws(ResourceError) {
                try await resource.cleanUp(record.assignment, made)
            } catch {
                logger.warning("not cleaned up", ["task": record.taskArn, "error": error.reason])
                return false
            }
        }
        return true
    }

    /// What all contributors have for a container.
    func contribution(
        to container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> LaunchContribution {
        var all = LaunchContribution()
        for contributor in contributors { all.merge(try await contributor.contribution(to: container, of: task)) }
        return all
    }
}
