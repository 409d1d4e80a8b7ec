import AgentNetwork
import Support

/// The settings of network mode awsvpc.
extension AgentConfiguration {
    static let networkSettings: [Setting] = [
        .init(
            variable: "STEVEDORE_HOST_ADDRESS",
            help: "The IPv4 address under which other hosts reach this one, if not that towards the control plane."),
        .init(
            variable: "ECS_ENABLE_TASK_ENI",
            help: "Whether tasks may use network mode awsvpc: true, false, or if the host can (not set)."),
        .init(
            variable: "ECS_CNI_PLUGINS_PATH", default: "/usr/lib/cni", help: "Where the CNI plugins are."),
        .init(
            variable: "STEVEDORE_AWSVPC_MODE", default: "routed",
            help: "How tasks get their interface in network mode awsvpc: routed, macvlan or ipvlan."),
        .init(
            variable: "STEVEDORE_AWSVPC_PARENT", help: "The host's interface that macvlan and ipvlan work on."),
    ]

    static func hostAddress(_ values: SettingValues) throws(ConfigurationError) -> String? {
        try values.value("STEVEDORE_HOST_ADDRESS", expected: "the IPv4 address of a host") { text in
            IPv4Address(text).flatMap { $0.isOfHost ? $0.description : nil }
        }
    }

    static func awsvpc(_ values: SettingValues) throws(ConfigurationError) -> AwsvpcConfiguration {
        var configuration = AwsvpcConfiguration()
        configuration.pluginDirectory =
            try values.value("ECS_CNI_PLUGINS_PATH", expected: "an absolute path") { $0.hasPrefix("/") ? $0 : nil }
            ?? configuration.pluginDirectory
        let parent = try values.value("STEVEDORE_AWSVPC_PARENT", expected: "the name of a network interface") { name in
            (1...15).contains(name.utf8.count) && !name.contains("/") && !name.contains(where: \.isWhitespace)
                ? name : nil
        }
        let mode = values.text("STEVEDORE_AWSVPC_MODE") ?? ""
        switch (mode, parent) {
        case ("routed", _): configuration.mode = .routed
        case ("macvlan", let parent?): configuration.mode = .macvlan(parent: parent)
        case ("ipvlan", let parent?): configuration.mode = .ipvlan(parent: parent)
        case ("macvlan", nil), ("ipvlan", nil):
            throw values.error("STEVEDORE_AWSVPC_PARENT", "\(mode) needs the name of the host's interface to work on")
        default:
            throw values.error(
                "STEVEDORE_AWSVPC_MODE", "expected routed, macvlan or ipvlan, found \"\(mode.prefix(60))\"")
        }
        return configuration
    }
}
