import AgentProtocol
import FoundationEssentials

/// What podman says in another shape than docker.
enum PodmanOutput {
    private struct Event: Decodable {
        var ID: String
        var Status: String
        var Time: String?
        /// Left out when it is zero.
        var ContainerExitCode: Int?
        var health_status: String?
        var Attributes: [String: String]?
    }

    /// - Returns: nil for what is no concern of ours: another status, or a container without ECS's labels.
    static func event(line: Data, now: Date) throws -> RuntimeEvent? {
        let event = try JSONDecoder().decode(Event.self, from: line)
        let kind: RuntimeEvent.Kind
        switch event.Status {
        case "start": kind = .started
        case "died": kind = .exited(code: event.ContainerExitCode ?? 0, tellsMemory: false)
        case "remove": kind = .removed
        case "health_status":
            guard let status = event.health_status else { return nil }
            kind = .health(DockerOutput.health(status))
        default: return nil
        }
        let labels = event.Attributes ?? [:]
        guard let taskArn = labels[ContainerLabels.taskArn], let name = labels[ContainerLabels.containerName] else {
            return nil
        }
        return RuntimeEvent(
            kind: kind, containerID: event.ID, taskArn: taskArn, containerName: name,
            date: event.Time.flatMap(DockerOutput.date) ?? now)
    }

    private struct Version: Decodable {
        struct Client: Decodable {
            var Version: String
        }
        var Client: Client
    }

    private struct Information: Decodable {
        struct Host: Decodable {
            var cgroupManager: String?
            var cgroupVersion: String?
        }
        struct Plugins: Decodable {
            var log: [String]?
            var volume: [String]?
        }
        var host: Host
        var plugins: Plugins?
    }

    /// The level of docker's API that podman's own service answers to. Nothing here speaks it, but placement asks for
    /// levels where it means features.
    private static let apiVersion = "1.41"

    /// - Parameter hasSystemd: podman has systemd's timers run health checks, and nobody where there is none.
    static func description(version: Data, information: Data, hasSystemd: Bool) throws -> RuntimeDescription {
        let version = try JSONDecoder().decode(Version.self, from: version)
        let information = try JSONDecoder().decode(Information.self, from: information)
        // Its own name for docker's format; it takes docker's name too.
        let drivers = (information.plugins?.log ?? []).map { $0 == "k8s-file" ? "json-file" : $0 }
        return RuntimeDescription(
            version: version.Client.Version, apiVersion: apiVersion, loggingDrivers: drivers,
            volumeDrivers: information.plugins?.volume ?? [],
            cgroupDriver: information.host.cgroupManager.flatMap { .init(rawValue: $0) },
            cgroupVersion: information.host.cgroupVersion.flatMap { Int($0.drop { $0 == "v" }) },
            checksHealth: hasSystemd)
    }
}
