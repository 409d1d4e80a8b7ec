package import AgentEngine
package import AgentProtocol
import AgentRuntime

/// Secrets as variables of a container. They win over environment files; a variable of the definition or of an override
/// never has the name of one.
package struct EnvironmentSecrets: LaunchContributor {
    private let secrets: TaskSecrets

    package init(_ secrets: TaskSecrets) {
        self.secrets = secrets
    }

    package func contribution(
        to container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> LaunchContribution {
        var contribution = LaunchContribution()
        guard let references = container.secrets, !references.isEmpty else { return contribution }
        let values = try await secrets.values(for: .environment, of: container, task)
        for reference in references {
            guard let value = values[reference.valueFrom] else {
                throw .secrets("the control plane has no value for \(reference.valueFrom)")
            }
            contribution.overrides.append(.init(name: reference.name, value: value))
        }
        return contribution
    }
}
