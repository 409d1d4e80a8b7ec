import FoundationEssentials

extension DockerCLI: ContainerInspector {
    package func details(ids: [String]) async throws(RuntimeError) -> [ContainerDetails] {
        try await inspect(ids, format: DockerArguments.detailsFormat) { try DockerOutput.details(line: $0) }
    }
}

extension DockerArguments {
    static let detailsFormat =
        #"{"id":{{json .Id}},"image":{{json .Image}},"state":{{json .State}},"#
        + #""log":{{json .HostConfig.LogConfig.Type}},"networks":{{json .NetworkSettings.Networks}},"#
        + #""mounts":{{json .Mounts}}}"#
}

extension DockerOutput {
    private struct Detailed: Decodable {
        struct State: Decodable {
            var Health: Health?
        }
        struct Health: Decodable {
            var Log: [Probe]?
        }
        struct Probe: Decodable {
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
        var state: State
        var log: String?
        var networks: [String: Network]?
        var mounts: [Mount]?
    }

    static func details(line: Data) throws -> ContainerDetails {
        let found = try JSONDecoder().decode(Detailed.self, from: line)
        let networks = (found.networks ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        return ContainerDetails(
            id: found.id, imageID: found.image, logDriver: found.log,
            ipv4Addresses: networks.compactMap(\.IPAddress).filter { !$0.isEmpty },
            ipv6Addresses: networks.compactMap(\.GlobalIPv6Address).filter { !$0.isEmpty },
            mounts: (found.mounts ?? []).map {
                .init(
                    volumeName: $0.Name.flatMap { $0.isEmpty ? nil : $0 }, source: $0.Source ?? "",
                    destination: $0.Destination ?? "")
            },
            lastProbe: found.state.Health?.Log?.last.map { .init(exitCode: $0.ExitCode, output: $0.Output) })
    }
}
