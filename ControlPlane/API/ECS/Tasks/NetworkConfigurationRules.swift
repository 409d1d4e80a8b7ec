import AWSModels

extension LaunchRule {
    /// What `networkConfiguration` must say, and when it must say nothing.
    ///
    /// - Source: ECS core rules, section 8; API Reference, AwsVpcConfiguration.
    static let network: [Self] = [
        .invalid("networkConfiguration") { request in
            request.definition.networkMode == .awsvpc && request.networkConfiguration?.awsvpcConfiguration == nil
                ? "Network Configuration must be provided when networkMode 'awsvpc' is specified." : nil
        },
        .invalid("networkConfiguration") { request in
            request.definition.networkMode != .awsvpc && request.networkConfiguration != nil
                ? "Network Configuration is not valid for the given networkMode of this task definition." : nil
        },
        .awsvpc("subnets") { configuration, _ in
            configuration.subnets.given == nil ? "subnets can not be empty." : nil
        },
        .awsvpc("subnets") { configuration, _ in
            (configuration.subnets ?? []).count > Limits.subnetsPerTask.value
                ? "subnets can have at most \(Limits.subnetsPerTask.value) items." : nil
        },
        .awsvpc("securityGroups") { configuration, _ in
            (configuration.securityGroups ?? []).count > Limits.securityGroupsPerTask.value
                ? "securityGroups can have at most \(Limits.securityGroupsPerTask.value) items." : nil
        },
        .awsvpc("assignPublicIp") { configuration, request in
            configuration.assignPublicIp == .enabled && !request.compute.isFargate
                ? "Assign public IP is not supported for this launch type." : nil
        },
    ]

    private static func awsvpc(
        _ field: String, _ violation: @escaping @Sendable (ECS.AwsVpcConfiguration, LaunchRequest) -> String?
    ) -> Self {
        .invalid("networkConfiguration.awsvpcConfiguration.\(field)") { request in
            request.networkConfiguration?.awsvpcConfiguration.flatMap { violation($0, request) }
        }
    }
}
