import FoundationEssentials

extension DockerOutput {
    private struct InspectedVolume: Decodable {
        var Name: String
        var Driver: String
        var Labels: [String: String]?
        var Options: [String: String]?
    }

    static func volume(_ line: Data) throws -> RuntimeVolume {
        let volume = try JSONDecoder().decode(InspectedVolume.self, from: line)
        return RuntimeVolume(
            name: volume.Name, driver: volume.Driver, options: volume.Options ?? [:], labels: volume.Labels ?? [:])
    }

    /// docker says "no such volume" after "get NAME:", podman says it with capitals.
    static func isNoSuchVolume(_ message: String) -> Bool { message.lowercased().contains("no such volume") }
}
