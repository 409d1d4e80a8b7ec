import AWSModels
import Testing

/// The short rule files: runtime platform, storage, resource requirements, security and placement constraints.
@Suite struct PlatformRuleTests {
    static func security(_ found: String) -> String {
        "Invalid 'dockerSecurityOptions' setting for container 'app'. It should be one of "
            + "[no-new-privileges,apparmor:PROFILE,label:VALUE,credentialspec:PATH]; found '\(found)'."
    }

    static func credentials(_ found: String) -> String {
        "Invalid 'credentialSpecs' setting for container 'app'. It must be credentialspec: or "
            + "credentialspecdomainless: and an ARN of S3 or Systems Manager; found '\(found)'."
    }

    static func gpus(_ found: String) -> String {
        "Invalid 'resourceRequirements' setting for container 'app'. The number of GPUs must be a positive integer; "
            + "found '\(found)'."
    }

    static func gpu(_ value: String) -> [ECS.ResourceRequirement] {
        [ECS.ResourceRequirement(type: .gpu, value: value)]
    }

    static func member(_ expression: String?) -> ECS.TaskDefinitionPlacementConstraint {
        ECS.TaskDefinitionPlacementConstraint(expression: expression, type: .memberOf)
    }

    static let ec2Storage = "Tasks using the EC2 launch type do not support EphemeralStorage"

    static let cases: [RuleCase] = [
        .refused(
            "Windows on ARM64", "Invalid runtimePlatform. Windows containers run on the CPU architecture X86_64 only."
        ) {
            $0.runtimePlatform = ECS.RuntimePlatform(
                cpuArchitecture: .arm64, operatingSystemFamily: .windowsServer2022Core)
        },
        .accepted("Windows") {
            $0.runtimePlatform = ECS.RuntimePlatform(
                cpuArchitecture: .x86_64, operatingSystemFamily: .windowsServer2022Core)
        },
        .accepted("Linux on ARM64") {
            $0.runtimePlatform = ECS.RuntimePlatform(cpuArchitecture: .arm64, operatingSystemFamily: .linux)
        },
        .refused("Elastic Inference", "Unsupported field 'inferenceAccelerators'") {
            $0.inferenceAccelerators = [ECS.InferenceAccelerator(deviceName: "d", deviceType: "eia2.medium")]
        },
        .accepted("no Elastic Inference") { $0.inferenceAccelerators = [] },
        .refused("20 GiB", "EphemeralStorage size should be at least 21") {
            $0.becomeFargate()
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 20)
        },
        .refused("201 GiB", "EphemeralStorage size should be at most 200") {
            $0.becomeFargate()
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 201)
        },
        .accepted("21 GiB") {
            $0.becomeFargate()
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 21)
        },
        .refused("storage on EC2", ec2Storage) {
            $0.become(.ec2)
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 21)
        },
        .refused("storage that fits nothing", ec2Storage) {
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 21)
        },
        .accepted("storage on Fargate or EC2") {
            $0.becomeFargate()
            $0.requiresCompatibilities = [.ec2, .fargate]
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 200)
        },
        .refused("an accelerator", "Unsupported resource type 'InferenceAccelerator' for container 'app'") {
            $0.app.resourceRequirements = [ECS.ResourceRequirement(type: .inferenceAccelerator, value: "d")]
        },
        .refused("no GPU", gpus("0")) { $0.app.resourceRequirements = gpu("0") },
        .refused("GPUs in words", gpus("all")) { $0.app.resourceRequirements = gpu("all") },
        .refused("a number without end", gpus(String(repeating: "9", count: 60))) {
            $0.app.resourceRequirements = gpu(String(repeating: "9", count: 99))
        },
        .refused("GPUs twice", "Container 'app' can require GPU only once; found 2 resourceRequirements.") {
            $0.app.resourceRequirements = gpu("1") + gpu("1")
        },
        .accepted("GPUs") { $0.app.resourceRequirements = gpu("8") },
        .refused("an unknown security option", security("seccomp:unconfined")) {
            $0.app.dockerSecurityOptions = ["no-new-privileges", "seccomp:unconfined"]
        },
        .refused("a label without value", security("label:")) { $0.app.dockerSecurityOptions = ["label:"] },
        .accepted("security options") {
            $0.app.dockerSecurityOptions = [
                "no-new-privileges", "no-new-privileges:true", "apparmor:docker-default", "label=type:svirt",
            ]
        },
        .refused("two credential specs", "Container 'app' can have at most 1 credentialSpecs; found 2.") {
            $0.app.credentialSpecs = ["credentialspec:arn:aws:s3:::b/k", "credentialspec:arn:aws:s3:::b/l"]
        },
        .refused("a credential spec without ARN", credentials("credentialspec:file://x")) {
            $0.app.credentialSpecs = ["credentialspec:file://x"]
        },
        .accepted("a credential spec") {
            $0.app.credentialSpecs = ["credentialspecdomainless:arn:aws:ssm:us-east-1:123456789012:parameter/gmsa"]
        },
        .refused("11 constraints", "A task definition can have at most 10 placement constraints; found 11.") {
            $0.placementConstraints = Array(repeating: member("attribute:a == b"), count: 11)
        },
        .refused("a constraint for services", "constraint.type 'distinctInstance' is not supported.") {
            $0.placementConstraints = [
                ECS.TaskDefinitionPlacementConstraint(
                    type: ECS.TaskDefinitionPlacementConstraintType(rawValue: "distinctInstance"))
            ]
        },
        .refused("a constraint without expression", "constraint.expression should not be null or empty.") {
            $0.placementConstraints = [member(nil)]
        },
        .refused(
            "an expression that ends too early",
            "Invalid expression \"attribute:rack ==\" at column 18: expected a value after ==; found the end of the "
                + "expression."
        ) {
            $0.placementConstraints = [member("attribute:rack ==")]
        },
        .refused("an expression of 2001", "constraint.expression can be at most 2000 characters.") {
            $0.placementConstraints = [member(String(repeating: "a", count: 2001))]
        },
        .accepted("10 constraints") {
            $0.placementConstraints = Array(repeating: member("attribute:ecs.os-type == linux"), count: 10)
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
