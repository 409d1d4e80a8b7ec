import AgentEngine
import AgentProtocol
package import AgentSession

/// The values of secrets, for those who start and pull containers.
///
/// A control plane that is away is asked again for a while. What it refuses is refused at once.
package struct TaskSecrets: Sendable {
    /// How long a start waits for a control plane that does not answer.
    static let patience: Duration = .seconds(120)
    static let firstRetry: Duration = .milliseconds(250)
    static let lastRetry: Duration = .seconds(15)

    private let source: any SecretSource
    private let clock: any Clock<Duration>

    package init(_ source: any SecretSource, clock: any Clock<Duration> = ContinuousClock()) {
        self.source = source
        self.clock = clock
    }

    /// - Returns: what the container's secrets say, by where they are kept.
    /// - Throws: ResourceInitializationError, in the words of ECS's agent and without any value.
    func values(
        for use: SecretsRequest.Use, of container: ContainerSpecification, _ task: TaskAssignment
    ) async throws(ResourceError) -> [String: String] {
        let watch = Stopwatch(clock)
        var pause = Self.firstRetry
        while true {
            do throws(ControlPlaneError) {
                return try await source.values(for: use, container: container.name, task: task.taskArn)
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
            reason: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                + "failed: \(problem)")
    }
}
