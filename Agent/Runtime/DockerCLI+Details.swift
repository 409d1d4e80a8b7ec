import FoundationEssentials

extension DockerCLI: ContainerInspector {
    package func details(ids: [String]) async throws(RuntimeError) -> [ContainerDetails] {
        try await inspect(ids, format: DockerArguments.detailsFormat) { try DockerOutput.details(line: $0) }
    }
}

extension DockerArguments {
    static let detailsFormat =
        #"{"id":{{json .Id}},"image":{{json .Image}},"created":{{json .Created}},"state":{{json .State}},"#
        + #""restarts":{{json .RestartCount}},"log":{{json .HostConfig.LogConfig.Type}},"#
        + #""networks":{{json .NetworkSettings.Networks}},"mounts":{{json .Mounts}}}"#
}

extension DockerOutput {
    private struct Detailed: Decodable {
        struct State: Decodable {
            var StartedAt: String?
            var FinishedAt: String?
            var Health: Health?
        }
        struct Health: Decodable {
            var Status: String?
            var Log: [Probe]?
        }
        struct Probe: Decodable {
            var End: String?
            var ExitCode: Int?
            var Output: String?
        }
        struct Network: Decodable {
            var IPAddress: String?
            var GlobalIPv6Address: String?
        }
        struct Mount: Decodable {
            var Name: String?
            var Source: String?
            var Destination: String?
        }
        var id: String
        var image: String
        var created: String
        var state: State
        var restarts: Int?
        var log: String?
        var networks: [String: Network]?
        var mounts: [Mount]?
    }

    static func details(line: Data) throws -> ContainerDetails {
        let found = try JSONDecoder().decode(Detailed.self, from: line)
        let networks = (found.networks ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        return ContainerDetails(
            id: found.id, imageID: found.image, createdAt: found.created, startedAt: time(found.state.StartedAt),
            finishedAt: time(found.state.FinishedAt), restartCount: found.restarts ?? 0, logDriver: found.log,
            ipv4Addresses: networks.compactMap(\.IPAddress).filter { !$0.isEmpty },
            ipv6Addresses: networks.compactMap(\.GlobalIPv6Address).filter { !$0.isEmpty },
            mounts: (found.mounts ?? []).map {
                .init(
                    volumeName: $0.Name.flatMap { $0.isEmpty ? nil : $0 }, source: $0.Source ?? "",
                    destination: $0.Destination ?? "")
            },
            health: found.state.Health.flatMap(health))
    }

    /// Nil for Go's zero time.
    private static func time(_ text: String?) -> String? { text.flatMap { $0.hasPrefix("0001-") ? nil : $0 } }

    private static func health(_ found: Detailed.Health) -> ContainerDetails.Health? {
        let status: String
        switch found.Status {
        case "healthy": status = "HEALTHY"
        case "unhealthy": status = "UNHEALTHY"
        case "starting": status = "UNKNOWN"
        default: return nil
        }
        let probe = found.Log?.last
        return .init(status: status, lastProbe: time(probe?.End), exitCode: probe?.ExitCode, output: probe?.Output)
    }
}
