import AgentMetadata
import Support

/// The settings of what the agent answers on its host.
extension AgentConfiguration {
    static let endpointSettings: [Setting] = [
        .init(
            variable: "ECS_TASK_METADATA_RPS_LIMIT", default: "40,60",
            help: "Requests a second that tasks may make for their metadata and credentials, and the burst; 0,0 is any."
        ),
        .init(
            variable: "ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS", default: "false",
            help: "Whether others than this host and its containers may read port 51678."),
    ]

    static func endpoints(_ values: SettingValues) throws(ConfigurationError) -> EndpointConfiguration {
        var endpoints = EndpointConfiguration()
        endpoints.rate =
            try values.value("ECS_TASK_METADATA_RPS_LIMIT", expected: "two numbers such as 40,60", RateLimit.Rate.init)
            ?? endpoints.rate
        endpoints.allowsOffHostIntrospection =
            try values.value("ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS", expected: "true or false", GoBool.value)
            ?? endpoints.allowsOffHostIntrospection
        return endpoints
    }
}
