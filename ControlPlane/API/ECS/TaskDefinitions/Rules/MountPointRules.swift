import AWSModels

extension TaskDefinitionRule {
    /// Which volumes a container mounts, and where.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, MountPoint and VolumeFrom.
    static let mountPoints: [Self] = [
        .container("mountPoints[].sourceVolume") { container, request in
            let volumes = Set((request.volumes ?? []).compactMap(\.name))
            // ECS writes "null" for a volume that is not named.
            return (container.mountPoints ?? []).first { !volumes.contains($0.sourceVolume ?? "") }.map {
                "Unknown volume '\(RuleText.shown($0.sourceVolume ?? "null"))'."
            }
        },
        .container("mountPoints[].containerPath") { container, request in
            for mountPoint in container.mountPoints ?? [] {
                guard let path = mountPoint.containerPath, !path.isEmpty else {
                    return "mountPoints.containerPath should not be null or empty."
                }
                if !RuleText.isAbsolutePath(path, of: request) {
                    return "mountPoints.containerPath must be an absolute path; found '\(RuleText.shown(path))'."
                }
            }
            return nil
        },
        .container("mountPoints[].containerPath") { container, _ in
            RuleText.duplicate((container.mountPoints ?? []).compactMap(\.containerPath)) == nil
                ? nil : "containerPath values aren't unique across mountPoints."
        },
    ]
}
