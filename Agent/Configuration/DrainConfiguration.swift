package import AgentSession
package import Support

/// What `stevedore-agent drain` is told.
package struct DrainConfiguration: Sendable {
    package var controlPlane: String
    package var dataDirectory: String
    /// Used if the host has no key of its own.
    package var key: SigningKey
    /// Whether the instance becomes ACTIVE again, instead of DRAINING.
    package var isUndone: Bool
    package var waits: Bool
    package var timeout: Duration?

    package static let reader = CommandLineReader(
        program: "stevedore-agent drain",
        summary: "Takes this host out of service: no new task comes here, standalone tasks run to their end.",
        settings: [
            Setting(flag: "--wait", help: "Return when no task is left here."),
            Setting(
                flag: "--timeout", valueName: "DURATION",
                help: "Wait so long at most, and exit with 1 if tasks are left."),
            Setting(flag: "--undo", help: "Put the host back into service."),
        ] + AgentConfiguration.settings.filter { shared.contains($0.name) },
        defaultFile: AgentConfiguration.reader.defaultFile)

    private static let shared: Set = [
        "control-plane", "data-dir", "STEVEDORE_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    ]

    package init(_ values: SettingValues) throws(ConfigurationError) {
        controlPlane = values.text("control-plane") ?? ""
        dataDirectory = values.text("data-dir") ?? ""
        isUndone = values.text("undo") != nil
        waits = values.text("wait") != nil
        timeout = values.text("timeout") == nil ? nil : .seconds(try values.seconds("timeout", atLeast: 0))
        if timeout != nil, !waits { throw values.error("timeout", "there is nothing to wait for without --wait") }
        if isUndone, waits { throw values.error("undo", "a host that is back in service is not waited for") }
        let region = values.text("STEVEDORE_REGION") ?? ""
        key = try AgentConfiguration.key(values, region: region) ?? .unauthenticated(region: region)
    }
}
