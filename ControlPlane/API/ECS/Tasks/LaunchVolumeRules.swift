import AWSModels

extension LaunchRule {
    /// Volumes that a task definition leaves to be configured at launch.
    ///
    /// - Source: ECS core rules, section 8; API Reference, TaskVolumeConfiguration `name`.
    static let volumes: [Self] = [
        .invalid("volumeConfigurations[].name") { request in
            let known = Set((request.definition.volumes ?? []).filter { $0.configuredAtLaunch == true }.map(\.name))
            return request.volumeConfigurations.first { !known.contains($0.name) }.map {
                "The volume name '\(($0.name ?? "").prefix(255))' in your request does not have a matching volume in "
                    + "your Task Definition: it must be one with configuredAtLaunch true."
            }
        },
        .invalid("volumeConfigurations[].name") { request in
            var seen: Set<String> = []
            return request.volumeConfigurations.compactMap(\.name).first { !seen.insert($0).inserted }.map {
                "The volume '\($0.prefix(255))' is configured more than once in volumeConfigurations."
            }
        },
    ]
}
