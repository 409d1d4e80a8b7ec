import FoundationEssentials
import Support

/// What tasks may use on this host of what its engine has.
///
/// - Source: the Amazon ECS agent's settings, spec/ecs-runtime.md section 7.
package struct HostPolicy: Sendable, Hashable {
    package var allowsPrivileged: Bool
    private var allowedLoggingDrivers: [String]
    private var hasSELinux: Bool
    private var hasAppArmor: Bool

    static let settings: [Setting] = [
        .init(
            variable: "ECS_AVAILABLE_LOGGING_DRIVERS", default: #"["json-file","none"]"#,
            help: "Logging drivers that tasks may use here, as far as the engine has them."),
        .init(
            variable: "ECS_DISABLE_PRIVILEGED", default: "false", help: "Whether no container may be privileged."),
        .init(
            variable: "ECS_SELINUX_CAPABLE", default: "false",
            help: "Whether containers may have security options of SELinux."),
        .init(
            variable: "ECS_APPARMOR_CAPABLE", default: "false",
            help: "Whether containers may have security options of AppArmor."),
    ]

    init(_ values: SettingValues) throws(ConfigurationError) {
        allowedLoggingDrivers =
            try values.value("ECS_AVAILABLE_LOGGING_DRIVERS", expected: "a JSON list of names") {
                try? JSONDecoder().decode([String].self, from: Data($0.utf8))
            } ?? []
        allowsPrivileged = try !values.isTrue("ECS_DISABLE_PRIVILEGED")
        hasSELinux = try values.isTrue("ECS_SELINUX_CAPABLE")
        hasAppArmor = try values.isTrue("ECS_APPARMOR_CAPABLE")
    }

    /// Those that a task may use here. `none` is no plugin of an engine: it is always there.
    package func loggingDrivers(of engine: [String]) -> [String] {
        allowedLoggingDrivers.filter { $0 == "none" || engine.contains($0) }
    }

    /// The security features that are for tasks, by the names that capabilities have for them.
    package var securityFeatures: [String] {
        [("privileged-container", allowsPrivileged), ("selinux", hasSELinux), ("apparmor", hasAppArmor)]
            .filter(\.1).map(\.0)
    }
}
