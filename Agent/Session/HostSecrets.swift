import AgentJournal
package import AgentProtocol

/// Whoever knows what a container's secrets say.
package protocol SecretSource: Sendable {
    /// - Returns: what they say, by where they are kept.
    /// - Throws: `refused` if asking again would give the same answer.
    func values(
        for use: SecretsRequest.Use, container: String, task: String
    ) async throws(ControlPlaneError) -> [String: String]
}

/// Asks the control plane, with the key of this host.
package struct HostSecrets: SecretSource {
    private let configuration: Session.Configuration
    private let connection: any ControlPlaneConnection
    private let store: any RegistrationStore

    package init(
        configuration: Session.Configuration, connection: any ControlPlaneConnection, store: any RegistrationStore
    ) {
        self.configuration = configuration
        self.connection = connection
        self.store = store
    }

    package func values(
        for use: SecretsRequest.Use, container: String, task: String
    ) async throws(ControlPlaneError) -> [String: String] {
        let registration: HostRegistration
        do { registration = try await store.registration() } catch {
            throw ControlPlaneError(code: .unavailable, message: "the journal cannot be read: \(error)")
        }
        guard registration.cluster == configuration.cluster, let instance = registration.containerInstanceArn else {
            throw ControlPlaneError(code: .unavailable, message: "this host is not registered")
        }
        let request = SecretsRequest(
            containerInstanceArn: instance, taskArn: task, containerName: container, use: use)
        let key = registration.key.map { SigningKey($0) } ?? configuration.ownKey
        return try await connection.secrets(request, key: key).values
    }
}
