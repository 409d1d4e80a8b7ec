import AWSModels
import AWSProtocol
import ControlPlaneState

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
        .awsvpc("securityGroups") { configuration, _ in
            // There are none, and one that is given would promise a protection that nobody gives.
            (configuration.securityGroups ?? []).first.map { group in
                "Error retrieving security group information for [\(group.prefix(60))]: The security group "
                    + "'\(group.prefix(60))' does not exist (ErrorCode: InvalidGroup.NotFound). Security groups are not "
                    + "supported by this version of Stevedore: leave securityGroups out."
            }
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

extension Tables {
    /// - Throws: InvalidParameterException that names the first subnet that does not exist, in EC2's words.
    borrowing func checkSubnets(_ subnets: [SubnetID]) throws(AWSError) {
        for id in subnets where networks[id] == nil {
            let shown = id.rawValue.prefix(60)
            throw .invalidParameter(
                "Error retrieving subnet information for [\(shown)]: The subnet ID '\(shown)' does not exist (ErrorCode: "
                    + "InvalidSubnetID.NotFound). A container instance names its own in its attribute "
                    + "\(InterfaceAttributes.subnet).")
        }
    }
}

/// The attributes that say where in the VPC a container instance is; those that can have tasks there have them.
///
/// - Source: spec/ecs-runtime.md section 8, "Attributes".
enum InterfaceAttributes {
    static let vpc = "ecs.vpc-id"
    static let subnet = "ecs.subnet-id"
    /// What an agent says that can give interfaces to tasks.
    static let capability = "ecs.capability.task-eni"
}
