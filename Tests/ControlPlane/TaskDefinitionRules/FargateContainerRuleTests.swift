import AWSModels
import Testing

@testable import ControlPlaneAPI

@Suite struct FargateContainerRuleTests {
    static func fargate(_ name: String, _ message: String?, _ change: @escaping RuleCase.Change) -> RuleCase {
        FargateTaskRuleTests.fargate(name, message, change)
    }

    static func unsupported(_ field: String) -> String { FargateTaskRuleTests.unsupported(field) }

    static let logs = ["awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "ecs"]
    static let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"

    static let cases: [RuleCase] = [
        fargate("privileged", "Fargate requires that the 'privileged' setting be 'false'") { $0.app.privileged = true },
        fargate("not privileged", nil) { $0.app.privileged = false },
        fargate("security options", unsupported("dockerSecurityOptions")) {
            $0.app.dockerSecurityOptions = ["no-new-privileges"]
        },
        fargate("a device", unsupported("devices")) {
            $0.app.linuxParameters = ECS.LinuxParameters(devices: [ECS.Device(hostPath: "/dev/fuse")])
        },
        fargate("shared memory", unsupported("sharedMemorySize")) {
            $0.app.linuxParameters = ECS.LinuxParameters(sharedMemorySize: 64)
        },
        fargate("swap", unsupported("maxSwap")) { $0.app.linuxParameters = ECS.LinuxParameters(maxSwap: 0) },
        fargate(
            "swappiness",
            unsupported("swappiness")
        ) { $0.app.linuxParameters = ECS.LinuxParameters(swappiness: 0) },
        fargate("an init process and tmpfs", nil) {
            $0.app.linuxParameters = LinuxParameterRuleTests.memory("/run")
            $0.app.linuxParameters?.initProcessEnabled = true
            $0.app.linuxParameters?.devices = []
        },
        fargate("a capability", "NET_ADMIN is not allowed on Fargate.") {
            $0.app.linuxParameters = ECS.LinuxParameters(
                capabilities: ECS.KernelCapabilities(add: ["SYS_PTRACE", "NET_ADMIN"]))
        },
        fargate("the one capability, and any to drop", nil) {
            $0.app.linuxParameters = ECS.LinuxParameters(
                capabilities: ECS.KernelCapabilities(add: ["SYS_PTRACE"], drop: ["ALL"]))
        },
        fargate("a GPU", "Tasks using the Fargate launch type do not support GPU resource requirements") {
            $0.app.resourceRequirements = PlatformRuleTests.gpu("1")
        },
        fargate(
            "json-file", "json-file is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]"
        ) { $0.log(.jsonFile) },
        fargate(
            "awslogs without a prefix",
            "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs."
        ) { $0.log(.awslogs, LogConfigurationRuleTests.group) },
        fargate("awslogs", nil) { $0.log(.awslogs, logs) },
        fargate(
            "awslogs without a role",
            "Fargate requires task definition to have execution role ARN to support log driver awslogs."
        ) {
            $0.executionRoleArn = nil
            $0.log(.awslogs, logs)
        },
        fargate(
            "ECR without a role", "Fargate requires task definition to have execution role ARN to support ECR images."
        ) {
            $0.executionRoleArn = nil
            $0.app.image = ecr
        },
        fargate("ECR", nil) { $0.app.image = ecr },
        fargate("another registry without a role", nil) { $0.executionRoleArn = nil },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }

    @Test(arguments: [
        (ecr, true), ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a", true),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a", true),
        ("123456789012.dkr-ecr.us-east-1.on.aws/a", true), ("public.ecr.aws/a/b", false), ("busybox", false),
        ("registry.example/123456789012.dkr.ecr.us-east-1.amazonaws.com/a", false),
        ("12345678901x.dkr.ecr.us-east-1.amazonaws.com/a", false),
    ]) func isOfECR(image: String, isPrivate: Bool) {
        #expect(TaskDefinitionRule.isOfECR(image) == isPrivate)
    }
}
