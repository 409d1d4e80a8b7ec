import AWSModels

extension TaskDefinitionRule {
    /// What Fargate asks of containers.
    ///
    /// - Source: ECS core rules, 7.1 and 7.3.
    static let fargateContainers: [Self] = [
        .container("privileged", for: .fargate) { container, _ in
            container.privileged == true ? "Fargate requires that the 'privileged' setting be 'false'" : nil
        },
        .container("dockerSecurityOptions, linuxParameters", for: .fargate) { container, _ in
            let linux = container.linuxParameters
            let given = [
                ("dockerSecurityOptions", container.dockerSecurityOptions?.isEmpty == false),
                ("devices", linux?.devices?.isEmpty == false),
                ("sharedMemorySize", linux?.sharedMemorySize != nil),
                ("maxSwap", linux?.maxSwap != nil),
                ("swappiness", linux?.swappiness != nil),
            ]
            return given.first { $0.1 }.map { "Fargate compatible task definitions do not support \($0.0)" }
        },
        .container("linuxParameters.capabilities.add", for: .fargate) { container, _ in
            (container.linuxParameters?.capabilities?.add ?? []).first { $0 != "SYS_PTRACE" }.map {
                "\(RuleText.shown($0)) is not allowed on Fargate."
            }
        },
        .container("resourceRequirements", for: .fargate) { container, _ in
            (container.resourceRequirements ?? []).contains { $0.type == .gpu }
                ? "Tasks using the Fargate launch type do not support GPU resource requirements" : nil
        },
        .container("logConfiguration.logDriver", for: .fargate) { container, _ in
            let drivers: [ECS.LogDriver] = [.awslogs, .splunk, .awsfirelens]
            guard let driver = container.logConfiguration?.logDriver, !drivers.contains(driver) else { return nil }
            return "\(RuleText.shown(driver.rawValue)) is not a valid log driver. Must be one of "
                + "[awslogs, splunk, awsfirelens]"
        },
        .container("logConfiguration.options.awslogs-stream-prefix", for: .fargate) { container, _ in
            guard let log = container.logConfiguration, log.logDriver == .awslogs,
                log.options?["awslogs-stream-prefix"] == nil
            else { return nil }
            return "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver "
                + "awslogs."
        },
        .container("image, logConfiguration", for: .fargate) { container, request in
            guard (request.executionRoleArn ?? "").isEmpty else { return nil }
            if isOfECR(container.image ?? "") {
                return "Fargate requires task definition to have execution role ARN to support ECR images."
            }
            return container.logConfiguration?.logDriver == .awslogs
                ? "Fargate requires task definition to have execution role ARN to support log driver awslogs." : nil
        },
    ]

    /// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/…`, or `ACCOUNT.dkr-ecr.REGION.on.aws/…`: a private repository of ECR.
    static func isOfECR(_ image: String) -> Bool {
        let registry = image.prefix { $0 != "/" }
        let parts = registry.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 3, parts[0].utf8.count == 12, parts[0].utf8.allSatisfy(RuleText.isDigit) else {
            return false
        }
        if parts[1].hasPrefix("dkr-ecr") { return registry.contains(".on.a") }
        return parts[1] == "dkr" && parts[2].hasPrefix("ecr") && registry.contains(".amazonaws.com")
    }
}
