import AWSModels
package import AccessPolicy
package import Support

extension PolicyVocabulary {
    /// The actions of Stevedore's own that are no operations of ECS's.
    static let explainPlacement = "stevedore:ExplainPlacement"
    static let planService = "stevedore:PlanService"

    static let passRole = "iam:PassRole"
    static let tagResource = "ecs:TagResource"

    /// What agents may do in AWS, without operations of these names. Here no policy gives it, but one may deny it.
    private static let permissionsOnly = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:PutSystemLogEvents"]

    /// What policies of this control plane may speak of.
    ///
    /// - Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container
    ///   Service"; IAM User Guide, "AWS global condition context keys".
    package static func controlPlane(_ arns: ARNFactory) -> PolicyVocabulary {
        let types = [
            "capacity-provider", "cluster", "container-instance", "service", "service-deployment", "service-revision",
            "task", "task-definition", "task-set",
        ]
        return PolicyVocabulary(
            actions: ECS.operations.map { "\(ECS.metadata.signingName):\($0.name)" } + permissionsOnly
                + [passRole, explainPlacement, planService],
            resourceBeginnings: types.map(arns.beginning) + ["arn:\(arns.partition):iam::"],
            keys: [
                "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalType", "aws:SourceIp",
                "aws:TagKeys", "aws:username", "ecs:account-setting", "ecs:capacity-provider", "ecs:cluster",
                "ecs:compute-compatibility", "ecs:container-instances", "ecs:CreateAction",
                "ecs:enable-ecs-managed-tags", "ecs:enable-execute-command", "ecs:namespace", "ecs:privileged",
                "ecs:propagate-tags", "ecs:service", "ecs:subnet", "ecs:task-definition", "iam:PassedToService",
            ],
            tagKeys: ["aws:RequestTag", "aws:ResourceTag", "ecs:ResourceTag"],
            variables: ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceIp", "aws:username"]
        )
    }
}
