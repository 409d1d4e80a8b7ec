import AgentProtocol
import FoundationEssentials
import Support

extension DockerCLI {
    var takesSecretLogOptions: Bool {
        relay.map { FileManager.default.fileExists(atPath: $0.engineSocket) } ?? false
    }

    /// The invocation of a start, carried out by `call`, with the values of secret log options on their own way.
    func runWithSecrets(
        _ launch: ContainerLaunch,
        call: (DockerArguments.Invocation) async throws(RuntimeError) -> SubprocessOutput
    ) async throws(RuntimeError) -> SubprocessOutput {
        guard let relay else {
            throw RuntimeError(
                code: .cannotCreate,
                message: "logConfiguration.secretOptions needs a docker engine with a unix socket on this host")
        }
        let load = try relay.load(launch.secretLogOptions)
        var shown = launch
        shown.logConfiguration?.options.merge(load.placeholders) { $1 }
        let output: SubprocessOutput
        do throws(RuntimeError) {
            var invocation = try DockerArguments.run(shown, ownEnvironment: environment, dialect: dialect)
            invocation.environment.merge(load.environment) { $1 }
            output = try await call(invocation)
        } catch {
            _ = relay.unload(load)
            throw error
        }
        guard relay.unload(load) || !output.status.isSuccess else {
            try await remove(id: launch.name)
            throw RuntimeError(
                code: .cannotCreate, message: "\(executable) does not find its engine by DOCKER_HOST")
        }
        return output
    }
}
