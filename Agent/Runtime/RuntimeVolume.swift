/// A volume that the runtime keeps, as it is to be made and as it is found.
package struct RuntimeVolume: Sendable, Hashable {
    /// The driver of a volume for which nobody names one.
    package static let localDriver = "local"

    package var name: String
    package var driver: String
    package var options: [String: String]
    package var labels: [String: String]

    package init(
        name: String, driver: String = RuntimeVolume.localDriver, options: [String: String] = [:],
        labels: [String: String] = [:]
    ) {
        self.name = name
        self.driver = driver
        self.options = options
        self.labels = labels
    }
}

/// The name of a task's own volume in the runtime: `ecs-FAMILY-REVISION-VOLUME-` and 20 hexadecimal digits.
///
/// As with ``ContainerName``, the same task and volume always give the same name.
package enum VolumeName {
    /// The runtime makes a directory of this name, and a file system takes 255 bytes.
    private static let longest = 200
    private static let digits = 20

    package static func make(family: String, revision: Int, volume: String, taskArn: String) -> String {
        let name = ContainerName.make(family: family, revision: revision, container: volume, taskArn: taskArn)
        guard name.utf8.count > longest else { return name }
        return "\(name.prefix(longest - digits - 1))-\(name.suffix(digits))"
    }
}
