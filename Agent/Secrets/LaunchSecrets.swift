package import AgentEngine
package import AgentProtocol
import AgentRuntime

/// Secrets as variables of a container and as options of its log driver. Variables win over environment files; one of
/// the definition or of an override never has the name of a secret.
package struct LaunchSecrets: LaunchContributor {
    private let secrets: TaskSecrets

    package init(_ secrets: TaskSecrets) {
        self.secrets = secrets
    }

    package func contribution(
        to container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> LaunchContribution {
        var contribution = LaunchContribution()
        for (name, value) in try await values(container.secrets, for: .environment, of: container, task) {
            contribution.overrides.append(.init(name: name, value: value))
        }
        let options = container.logConfiguration?.secretOptions
        for (name, value) in try await values(options, for: .logDriver, of: container, task) {
            contribution.secretLogOptions[name] = value
        }
        return contribution
    }

    private func values(
        _ references: [SecretReference]?, for use: SecretsRequest.Use, of container: ContainerSpecification,
        _ task: TaskAssignment
    ) async throws(ResourceError) -> [(name: String, value: String)] {
        guard let references, !references.isEmpty else { return [] }
        let values = try await secrets.values(for: use, of: container, task)
        var found: [(name: String, value: String)] = []
        for reference in references {
            guard let value = values[reference.valueFrom] else {
                throw .secrets("the control plane has no value for \(reference.valueFrom)")
            }
            found.append((reference.name, value))
        }
        return found
    }
}
