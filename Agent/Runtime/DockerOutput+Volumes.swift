import FoundationEssentials

extension DockerOutput {
    private struct Missing: Error {}

    private struct InspectedVolume: Decodable {
        var Name: String
        var Driver: String
        var Labels: [String: String]?
        var Options: [String: String]?
    }

    static func volume(_ line: Data) throws -> RuntimeVolume {
        // podman makes a list of them, whatever the format.
        let isList = line.first == UInt8(ascii: "[")
        let volumes =
            isList
            ? try JSONDecoder().decode([InspectedVolume].self, from: line)
            : [try JSONDecoder().decode(InspectedVolume.self, from: line)]
        guard let volume = volumes.first else { throw Missing() }
        return RuntimeVolume(
            name: volume.Name, driver: volume.Driver, options: volume.Options ?? [:], labels: volume.Labels ?? [:])
    }

    /// docker says "no such volume" after "get NAME:", podman says it with capitals.
    static func isNoSuchVolume(_ message: String) -> Bool { message.lowercased().contains("no such volume") }
}
