package import AgentEngine
package import AgentProtocol
import AgentRuntime
package import HTTPClient

/// The variables of a container's environment files, read anew at each start.
///
/// What the definition's own `environment` has wins over them, and of files that have the same variable the first one.
///
/// - Source: API Reference, EnvironmentFile; Developer Guide, "Pass environment variables to an Amazon ECS container".
package struct EnvironmentFiles: LaunchContributor {
    /// Of one file. The kernel takes 2 MiB of arguments and environment in all.
    package static let limitBytes = 1 << 20
    /// As long as the Amazon ECS agent waits for Amazon S3.
    private static let timeout: Duration = .seconds(30)

    private let directory: ConfinedDirectory
    private let client: Client

    package init(
        configuration: ResourceConfiguration, clientConfiguration: ClientConfiguration = ClientConfiguration()
    ) {
        var clientConfiguration = clientConfiguration
        clientConfiguration.responseLimitBytes = Self.limitBytes
        directory = ConfinedDirectory(
            path: configuration.environmentFilesDirectory, limitBytes: Self.limitBytes)
        client = Client(clientConfiguration)
    }

    package func contribution(
        to container: ContainerSpecification, of task: TaskAssignment
    ) async throws(ResourceError) -> LaunchContribution {
        var contribution = LaunchContribution()
        // The last of two equal names counts in a launch, so the first file comes last.
        for file in (container.environmentFiles ?? []).reversed() {
            contribution.defaults += try await variables(file)
        }
        return contribution
    }

    private func variables(_ file: String) async throws(ResourceError) -> [ContainerLaunch.Variable] {
        func failure(_ why: String) -> ResourceError {
            ResourceError(reason: "ResourceInitializationError: unable to read the environment file \(file): \(why)")
        }
        let bytes: [UInt8]
        if file.hasPrefix("file://") {
            do throws(ConfinedDirectory.Failure) {
                bytes = try directory.read(String(file.dropFirst("file://".count)))
            } catch {
                throw failure(error.description)
            }
        } else {
            let response: ClientResponse
            do throws(HTTPClientError) {
                response = try await client.send(ClientRequest(url: file, timeout: Self.timeout))
            } catch {
                throw failure(error.description)
            }
            guard response.status == 200 else { throw failure("the server answered \(response.status)") }
            bytes = response.body
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw failure("it is not text in UTF-8")
        }
        return EnvironmentFileFormat.variables(text)
    }
}
