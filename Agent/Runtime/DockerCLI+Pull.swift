import Support

extension DockerCLI {
    /// Of what docker shows of a pull, the end is kept: the digest is said last.
    private static let keptProgressBytes = 64 << 10

    package func pull(image: String, credential: RegistryCredential?) async throws(RuntimeError) -> String? {
        var invocation = DockerArguments.Invocation(arguments: try DockerArguments.pull(image))
        if let credential {
            try RegistryLogin.prepare(registryDirectory)
            invocation.standardInput = try RegistryLogin.configuration(credential, for: image)
            invocation.environment.merge(dialect.registryLogin(in: registryDirectory)) { $1 }
        }
        let output = try await call(
            invocation, slots: pulls, timeout: timeouts.pull, inactivity: timeouts.pullInactivity,
            outputLimit: Self.keptProgressBytes, transition: "pulled")
        guard output.status.isSuccess else {
            throw DockerOutput.pullError(
                String(decoding: output.standardError, as: UTF8.self), hasCredential: credential != nil)
        }
        return DockerOutput.digest(pullOutput: output.standardOutput)
    }
}
