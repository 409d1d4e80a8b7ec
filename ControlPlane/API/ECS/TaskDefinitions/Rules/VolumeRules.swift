import AWSModels

extension TaskDefinitionRule {
    /// Names of volumes, and that each has one kind of configuration.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, Volume.
    static let volumes: [Self] = [
        .volume("name") { volume, _ in
            guard let name = volume.name, !name.isEmpty else { return "volume.name should not be null or empty." }
            return Names.isResourceName(name) ? nil : "volume.name contains invalid characters."
        },
        Self("volumes[].name") { request in
            RuleText.duplicate((request.volumes ?? []).compactMap(\.name)).map {
                "Volume names must be unique within a task definition; found '\(RuleText.shown($0))' more than once"
            }
        },
        .volume("host, dockerVolumeConfiguration, efsVolumeConfiguration, …") { volume, _ in
            let given = [
                volume.host?.sourcePath != nil, volume.dockerVolumeConfiguration != nil,
                volume.efsVolumeConfiguration != nil, volume.fsxWindowsFileServerVolumeConfiguration != nil,
                volume.s3filesVolumeConfiguration != nil, volume.configuredAtLaunch == true,
            ]
            return given.count { $0 } > 1
                ? "When the volume parameter is specified, only one volume configuration type should be used." : nil
        },
        .volume("host.sourcePath") { volume, request in
            guard let path = volume.host?.sourcePath else { return nil }
            if RuleText.isBlank(path) { return "host.sourcePath should not be blank." }
            return RuleText.isAbsolutePath(path, of: request)
                ? nil : "host.sourcePath must be an absolute path; found '\(RuleText.shown(path))'."
        },
        Self("volumes[].configuredAtLaunch") { request in
            (request.volumes ?? []).count { $0.configuredAtLaunch == true } > Limits.volumesConfiguredAtLaunch.value
                ? "Only one volume of a task definition can be configured at launch." : nil
        },
        Self("volumes[].configuredAtLaunch") { request in
            let mounted = Set(
                (request.containerDefinitions ?? []).flatMap { $0.mountPoints ?? [] }.compactMap(\.sourceVolume))
            let loose = (request.volumes ?? []).filter { $0.configuredAtLaunch == true }.compactMap(\.name)
                .filter { !mounted.contains($0) }
            guard let volume = loose.first else { return nil }
            return "Volumes [\(RuleText.shown(volume))] are not referenced by any of the containers"
        },
    ]

    /// A rule about each volume by itself.
    static func volume(
        _ field: String,
        violation: @escaping @Sendable (ECS.Volume, ECS.RegisterTaskDefinitionRequest) -> String?
    ) -> Self {
        Self("volumes[].\(field)") { request in
            for volume in request.volumes ?? [] {
                if let problem = violation(volume, request) { return problem }
            }
            return nil
        }
    }
}
