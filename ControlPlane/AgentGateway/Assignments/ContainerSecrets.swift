import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// Where its secrets are kept.
    mutating func takeSecrets(of container: ECS.ContainerDefinition) {
        let references = (container.secrets ?? []).compactMap { secret in
            secret.name.flatMap { name in secret.valueFrom.map { SecretReference(name: name, valueFrom: $0) } }
        }
        if !references.isEmpty { secrets = references }
        repositoryCredentials = container.repositoryCredentials?.credentialsParameter
    }
}
