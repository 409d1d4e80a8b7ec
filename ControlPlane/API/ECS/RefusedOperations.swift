import AWSModels

/// Operations that are refused with a reason: what they are about, and why it is not here.
///
/// All that the model has and ``ECSService/operations()`` does not add answers 400 UnsupportedFeatureException with the
/// operation's name. For these nobody need wait for the next version.
package struct RefusedOperations: Sendable {
    package let names: [String]
    /// The rest of a sentence.
    package let reason: String

    package static let all = [managedDaemons, expressGateway]

    /// - Source: ECS core rules, section 5, "Managed daemons (Managed Instances only)".
    private static let managedDaemons = Self(
        names: [
            ECS.RegisterDaemonTaskDefinition.name, ECS.DescribeDaemonTaskDefinition.name,
            ECS.ListDaemonTaskDefinitions.name, ECS.DeleteDaemonTaskDefinition.name, ECS.CreateDaemon.name,
            ECS.DescribeDaemon.name, ECS.ListDaemons.name, ECS.UpdateDaemon.name, ECS.DeleteDaemon.name,
            ECS.DescribeDaemonDeployments.name, ECS.ListDaemonDeployments.name, ECS.DescribeDaemonRevisions.name,
        ],
        reason: "managed daemons run on ECS Managed Instances, which are EC2 instances that AWS launches, and here are "
            + "only hosts of your own")

    /// - Source: ECS core rules, section 5, "Express gateway services".
    private static let expressGateway = Self(
        names: [
            ECS.CreateExpressGatewayService.name, ECS.DescribeExpressGatewayService.name,
            ECS.UpdateExpressGatewayService.name, ECS.DeleteExpressGatewayService.name,
        ],
        reason: "an Express gateway service makes itself a load balancer, a certificate, security groups and scaling "
            + "policies in AWS services that are not here")
}
