import FoundationEssentials

/// Whose command line it is. Others take docker's words, but not each of them, and answer in shapes of their own.
///
/// What is podman's is in the files that begin with `Podman`.
package enum RuntimeDialect: Sendable, Hashable {
    case docker
    /// From version 4.3.
    case podman

    /// - Parameter version: what the program prints for `--version`, which asks no engine. One that is called `docker`
    ///   may be podman: distributions have a package for that.
    package init(version: String) {
        self = version.hasPrefix("podman ") ? .podman : .docker
    }

    /// What the CLI's own process needs: podman prints times of where it is.
    var environment: [String: String] {
        switch self {
        case .docker: [:]
        case .podman: ["TZ": "UTC"]
        }
    }

    /// How the CLI is told of the `config.json` in a directory.
    func registryLogin(in directory: String) -> [String: String] {
        switch self {
        case .docker: ["DOCKER_CONFIG": directory]
        case .podman: ["REGISTRY_AUTH_FILE": directory + "/config.json"]
        }
    }

    /// Whether a `run` that made a container and could not start it says which.
    var tellsOfFailedStarts: Bool { self == .docker }

    func createVolume(_ volume: RuntimeVolume) throws(RuntimeError) -> [String] {
        switch self {
        case .docker: try DockerArguments.createVolume(volume)
        case .podman: try PodmanArguments.createVolume(volume)
        }
    }

    /// - Parameter format: in docker's words.
    func inspect(_ ids: [String], format: String) -> [String] {
        switch self {
        case .docker: DockerArguments.inspect(ids, format: format)
        case .podman: PodmanArguments.inspect(ids, format: format)
        }
    }

    func events(agentID: String, since: Double) -> [String] {
        switch self {
        case .docker: DockerArguments.events(agentID: agentID, since: since)
        case .podman: PodmanArguments.events(agentID: agentID, since: since)
        }
    }

    func event(line: Data, now: Date) throws -> RuntimeEvent? {
        switch self {
        case .docker: try DockerOutput.event(line: line, now: now)
        case .podman: try PodmanOutput.event(line: line, now: now)
        }
    }

    func description(version: Data, information: Data) throws -> RuntimeDescription {
        switch self {
        case .docker: try DockerOutput.description(version: version, information: information)
        case .podman:
            try PodmanOutput.description(
                version: version, information: information,
                // What sd_booted(3) looks at.
                hasSystemd: FileManager.default.fileExists(atPath: "/run/systemd/system"))
        }
    }
}
