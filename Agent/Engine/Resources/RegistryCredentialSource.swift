package import AgentProtocol
package import AgentRuntime

/// What the registry of a container's image is to be shown. Found out anew for each pull, and remembered nowhere.
///
/// - Source: spec/ecs-runtime.md section 2.4, "Registry auth order".
package protocol RegistryCredentialSource: Sendable {
    /// Ends early when the calling task is cancelled, with an error.
    ///
    /// - Returns: nil if nobody gave one.
    func credential(
        for container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> RegistryCredential?
}

/// Everyone may have every image.
package struct NoRegistryCredentials: RegistryCredentialSource {
    package init() {}

    package func credential(
        for container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> RegistryCredential? { nil }
}
