import AWSModels
import AWSProtocol

/// The values of `containerInsights`, of clusters and of accounts.
///
/// - Source: API Reference, ClusterSetting `value`.
enum ContainerInsights {
    static let disabled = "disabled"
    static let values = ["enhanced", "enabled", disabled]
}

/// The rules for `settings` of a cluster.
enum ClusterSettings {
    /// The settings as they are kept; nil if the request has none. There is one setting, containerInsights.
    ///
    /// - Throws: InvalidParameterException for an unknown name or value, or a setting given twice.
    /// - Source: API Reference, ClusterSetting.
    static func checked(_ settings: [ECS.ClusterSetting]?) throws(AWSError) -> [ECS.ClusterSetting]? {
        guard let settings, !settings.isEmpty else { return nil }
        for setting in settings {
            guard setting.name == .containerInsights else {
                throw .invalidParameter("Invalid setting 'name'. It should be one of [containerInsights]")
            }
            let value = setting.value ?? ""
            guard ContainerInsights.values.contains(value) else {
                throw .invalidParameter(
                    "Invalid setting 'value'. containerInsights should be one of "
                        + "[\(ContainerInsights.values.joined(separator: ","))]; found \"\(value.prefix(60))\".")
            }
        }
        guard settings.count == 1 else {
            throw .invalidParameter("The setting containerInsights is given more than once.")
        }
        return settings
    }

    /// What a cluster has that was made without settings.
    static func standard(containerInsights value: String = ContainerInsights.disabled) -> [ECS.ClusterSetting] {
        [ECS.ClusterSetting(name: .containerInsights, value: value)]
    }
}
