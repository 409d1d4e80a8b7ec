package import AgentEngine
package import AgentJournal
package import AgentProtocol
package import AgentRuntime

/// The process and IPC namespaces that a task's containers share (`pidMode` and `ipcMode` task).
///
/// A pause container of the task's own holds them: it is process 1 there, takes in orphans, and is there before the
/// first and after the last of the others.
///
/// - Source: API Reference, TaskDefinition, `pidMode` and `ipcMode`; spec/ecs-runtime.md section 3.
package struct SharedNamespaces: TaskResource {
    private let agentID: String
    private let runtime: any ContainerRuntime
    private let patiently: RuntimePatience

    package init(agentID: String, runtime: any ContainerRuntime, clock: any Clock<Duration> = ContinuousClock()) {
        self.agentID = agentID
        self.runtime = runtime
        patiently = RuntimePatience(clock: clock)
    }

    package func isNeeded(by task: TaskAssignment) -> Bool { task.pidMode == .task || task.ipcMode == .task }

    package func provision(_ task: TaskAssignment, _ resources: inout TaskResources) async throws(ResourceError) {
        var launch = task.pauseLaunch(PauseContainer.namespace, agentID: agentID, resources)
        if task.ipcMode == .task { launch.ipc = .shareable }
        let pause = launch
        do throws(RuntimeError) {
            resources.namespaceContainerID = try await patiently { () async throws(RuntimeError) in
                try await runtime.runPause(pause).id
            }
        } catch {
            throw failure(error)
        }
    }

    package func release(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        do throws(RuntimeError) {
            // By its name: it may have been made without anyone having noted its id.
            try await runtime.endPause(name(of: task))
        } catch {
            throw failure(error)
        }
    }

    package func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        do throws(RuntimeError) {
            try await runtime.remove(id: name(of: task))
        } catch {
            throw failure(error)
        }
    }

    private func name(of task: TaskAssignment) -> String { task.runtimeName(ofContainer: PauseContainer.namespace) }

    private func failure(_ error: RuntimeError) -> ResourceError {
        ResourceError(
            reason: "ResourceInitializationError: unable to share namespaces between the task's containers: "
                + error.message)
    }
}
