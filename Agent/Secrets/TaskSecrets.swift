package import AgentEngine
package import AgentJournal
package import AgentProtocol
package import AgentSession
import Support

/// The values of a task's secrets, for those who pull and start its containers.
///
/// All of them are read before anything else of the task is made, so that a task with a secret that is not to be had
/// never starts in part. They are kept in memory until its containers have stopped; an agent that began anew meanwhile
/// reads them again. A control plane that is away is asked again for a while. What it refuses is refused at once.
///
/// - Source: Developer Guide, "Pass sensitive data to an Amazon ECS container"; spec/ecs-runtime.md section 2.1.
package actor TaskSecrets: TaskResource {
    /// How long a task waits for a control plane that does not answer.
    static let patience: Duration = .seconds(120)
    static let firstRetry: Duration = .milliseconds(250)
    static let lastRetry: Duration = .seconds(15)

    private struct Need: Hashable {
        var use: SecretsRequest.Use
        var container: String
    }

    private let source: any SecretSource
    private let clock: any Clock<Duration>
    /// By task: what the secrets say, by where they are kept.
    private var held: [String: [Need: [String: String]]] = [:]

    package init(_ source: any SecretSource, clock: any Clock<Duration> = ContinuousClock()) {
        self.source = source
        self.clock = clock
    }

    // MARK: - As what a task needs

    package nonisolated func isNeeded(by task: TaskAssignment) -> Bool {
        task.containers.contains { !Self.needs($0).isEmpty }
    }

    package func provision(_ task: TaskAssignment, _ resources: inout TaskResources) async throws(ResourceError) {
        for container in task.containers {
            for need in Self.needs(container) {
                let values = try await read(need, of: task)
                held[task.taskArn, default: [:]][need] = values
            }
        }
    }

    package func release(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        held[task.taskArn] = nil
    }

    package func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {}

    private static func needs(_ container: ContainerSpecification) -> [Need] {
        var needs: [Need] = []
        if container.secrets?.isEmpty == false { needs.append(Need(use: .environment, container: container.name)) }
        if container.logConfiguration?.secretOptions?.isEmpty == false {
            needs.append(Need(use: .logDriver, container: container.name))
        }
        if container.repositoryCredentials != nil { needs.append(Need(use: .registry, container: container.name)) }
        return needs
    }

    // MARK: - Values

    /// - Returns: what the container's secrets say, by where they are kept.
    /// - Throws: ResourceInitializationError, in the words of ECS's agent and without any value.
    func values(
        for use: SecretsRequest.Use, of container: ContainerSpecification, _ task: TaskAssignment
    ) async throws(ResourceError) -> [String: String] {
        let need = Need(use: use, container: container.name)
        if let values = held[task.taskArn]?[need] { return values }
        return try await read(need, of: task)
    }

    private func read(_ need: Need, of task: TaskAssignment) async throws(ResourceError) -> [String: String] {
        let watch = Stopwatch(clock)
        var pause = Self.firstRetry
        while true {
            do throws(ControlPlaneError) {
                return try await source.values(for: need.use, container: need.container, task: task.taskArn)
            } catch {
                guard error.code != .refused else { throw .secrets(error.message) }
                guard watch.elapsed < Self.patience, (try? await clock.sleep(for: pause)) != nil else {
                    throw .secrets("the control plane does not answer: \(error.message)")
                }
            }
            pause = min(pause * 2, Self.lastRetry)
        }
    }
}

extension ResourceError {
    /// - Source: spec/ecs-runtime.md section 1.1.
    static func secrets(_ problem: String) -> Self {
        Self(
            reason: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
                + "retrieval failed: \(problem)")
    }
}
