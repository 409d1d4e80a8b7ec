package import AgentEngine
package import AgentProtocol
package import AgentRuntime
import FoundationEssentials

/// Credentials for registries: the task definition's own secret, else the one that the host was given for this registry,
/// else none.
///
/// - Source: spec/ecs-runtime.md section 2.4, "Registry auth order"; Developer Guide, "Using non-AWS container images".
package struct RegistryLogins: RegistryCredentialSource {
    private struct UserAndPassword: Decodable {
        var username: String
        var password: String
    }

    private let secrets: TaskSecrets
    private let host: HostRegistryLogins

    package init(_ secrets: TaskSecrets, host: HostRegistryLogins) {
        self.secrets = secrets
        self.host = host
    }

    package func credential(
        for container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> RegistryCredential? {
        guard let parameter = container.repositoryCredentials else { return host.credential(for: container.image) }
        let values = try await secrets.values(for: .registry, of: container, task)
        guard let text = values[parameter] else {
            throw .secrets("the control plane has no value for \(parameter)")
        }
        // The decoder's own error may quote the text.
        guard let login = try? JSONDecoder().decode(UserAndPassword.self, from: Data(text.utf8)) else {
            throw .secrets("the secret \(parameter) is no JSON object with the texts username and password")
        }
        return RegistryCredential(username: login.username, password: login.password)
    }
}
