import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// Mount points, and files that the environment comes from.
    ///
    /// - Source: API Reference, ContainerOverride: `environmentFiles` replaces.
    mutating func takeVolumes(of container: ECS.ContainerDefinition, _ override: ECS.ContainerOverride?) {
        mountPoints = Self.each(container.mountPoints) {
            MountPoint(
                sourceVolume: $0.sourceVolume ?? "", containerPath: $0.containerPath ?? "",
                isReadOnly: $0.readOnly ?? false)
        }
        volumesFrom = Self.each(container.volumesFrom) {
            VolumesFrom(sourceContainer: $0.sourceContainer ?? "", isReadOnly: $0.readOnly ?? false)
        }
        environmentFiles =
            Self.each(override?.environmentFiles) { $0.value ?? "" }
            ?? Self.each(container.environmentFiles) { $0.value ?? "" }
    }

    /// Nil for an empty list too.
    private static func each<Element, Result>(_ list: [Element]?, _ make: (Element) -> Result) -> [Result]? {
        list.flatMap { $0.isEmpty ? nil : $0.map(make) }
    }
}
