import FoundationEssentials

/// Volumes. Most need none of this: the engine makes a volume that a container names when the container is made.
extension DockerCLI {
    package func createVolume(_ volume: RuntimeVolume) async throws(RuntimeError) {
        _ = try await query(dialect.createVolume(volume), transition: "created")
    }

    package func inspectVolume(_ name: String) async throws(RuntimeError) -> RuntimeVolume? {
        let output: [UInt8]
        do throws(RuntimeError) {
            output = try await query(DockerArguments.inspectVolume(name), transition: "inspected")
        } catch {
            guard DockerOutput.isNoSuchVolume(error.message) else { throw error }
            return nil
        }
        do {
            return try DockerOutput.volume(Data(output))
        } catch {
            throw RuntimeError(code: .failed, message: "volume inspect: an answer in an unknown form: \(error)")
        }
    }

    package func removeVolumes(_ names: [String]) async throws(RuntimeError) {
        _ = try await query(DockerArguments.removeVolumes(names), transition: "removed")
    }
}
