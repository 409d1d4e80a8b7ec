import FoundationEssentials

/// Runs the plugins of a network configuration list.
///
/// - Source: CNI specification 1.0.0, sections 2 to 4.
struct CNIPlugins: Sendable {
    private enum Command: String {
        case add = "ADD"
        case delete = "DEL"
    }

    let directory: String
    let commands: any HostCommands

    /// Makes an interface: each plugin is told what the one before it has made.
    ///
    /// - Parameters:
    ///   - id: tells this attachment from all others.
    ///   - namespace: the path of a network namespace.
    func add(_ link: AwsvpcConfiguration.Link, id: String, namespace: String) async throws(HostCommandError) {
        var result: String?
        for plugin in link.plugins {
            let output = try await run(.add, plugin, link.interface, id: id, namespace: namespace, result: result)
            result = String(decoding: output, as: UTF8.self)
        }
    }

    /// Takes an interface away, or what is left of it.
    ///
    /// - Parameter namespace: empty if it is gone already.
    func delete(_ link: AwsvpcConfiguration.Link, id: String, namespace: String) async throws(HostCommandError) {
        for plugin in link.plugins.reversed() {
            _ = try await run(.delete, plugin, link.interface, id: id, namespace: namespace, result: nil)
        }
    }

    private func run(
        _ command: Command, _ plugin: AwsvpcConfiguration.Plugin, _ interface: String, id: String, namespace: String,
        result: String?
    ) async throws(HostCommandError) -> [UInt8] {
        var configuration: String
        do {
            configuration = String(decoding: try JSONEncoder().encode(plugin), as: UTF8.self)
        } catch {
            throw HostCommandError(message: "\(plugin.type): its configuration cannot be written: \(error)")
        }
        // A plugin's own JSON, handed on as it is.
        if let result { configuration = configuration.dropLast() + ",\"prevResult\":\(result)}" }
        return try await commands.run(
            "\(directory)/\(plugin.type)", [],
            environment: [
                "CNI_COMMAND": command.rawValue, "CNI_CONTAINERID": id, "CNI_NETNS": namespace, "CNI_IFNAME": interface,
                "CNI_PATH": directory,
            ], input: Array(configuration.utf8))
    }
}
