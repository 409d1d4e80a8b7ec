import AWSModels

/// An attribute that a container instance must have to run a task definition, and when it must.
///
/// ECS derives these at registration and shows them as `requiresAttributes`; its agent reports the ones that its host
/// has. The `docker-remote-api` levels are those that definitions registered with ECS show: a field asks for the level
/// of the Docker API that brought it. A level of one field does not stand for the lower ones of others.
///
/// - Source: ECS core rules, section 6, "requiresAttributes derivation"; output of `aws ecs describe-task-definition`
///   where that says more or something else: task-level `cpu` and `memory` ask for nothing, every EFS volume asks for
///   `efsAuth`.
struct RequiredAttribute: Sendable {
    let name: String
    let isNeeded: @Sendable (ECS.TaskDefinition) -> Bool

    init(_ name: String, _ isNeeded: @escaping @Sendable (ECS.TaskDefinition) -> Bool) {
        self.name = name
        self.isNeeded = isNeeded
    }

    /// One that any container by itself can need.
    static func container(
        _ name: String, _ isNeeded: @escaping @Sendable (ECS.ContainerDefinition) -> Bool
    ) -> Self {
        Self(name) { ($0.containerDefinitions ?? []).contains(where: isNeeded) }
    }

    /// One that any volume by itself can need.
    static func volume(_ name: String, _ isNeeded: @escaping @Sendable (ECS.Volume) -> Bool) -> Self {
        Self(name) { ($0.volumes ?? []).contains(where: isNeeded) }
    }

    static let all: [Self] = dockerLevels + images + logging + isolation + lifecycle + storage

    /// Everything that the definition asks of its host, by name, each name once.
    static func names(for definition: ECS.TaskDefinition) -> [String] {
        var names = Set(all.filter { $0.isNeeded(definition) }.map(\.name))
        names.formUnion(logDrivers(of: definition).map { "\(docker)logging-driver.\($0)" })
        names.formUnion(volumePlugins(of: definition).map { "\(ecs)docker-plugin.\($0)" })
        return names.sorted()
    }

    private static let docker = "com.amazonaws.ecs.capability."
    private static let ecs = "ecs.capability."

    /// By the least version of the Docker API that has what the definition uses.
    private static let dockerLevels: [Self] = [
        level(17) { $0.links != nil || $0.user.givenText != nil },
        Self("\(docker)docker-remote-api.1.17") { $0.pidMode != nil },
        level(18) { $0.dockerLabels.isGiven || $0.ulimits.isGiven || [.jsonFile, .syslog].contains($0.logDriver) },
        Self("\(docker)docker-remote-api.1.18") {
            $0.networkMode == .awsvpc || $0.ipcMode == .host || $0.ipcMode == .task
        },
        level(19) { [.awslogs, .awsfirelens, .fluentd, .journald].contains($0.logDriver) },
        level(20) { $0.logDriver == .gelf },
        level(21) { $0.memoryReservation != nil || $0.image?.contains("@") == true },
        level(22) {
            $0.linuxParameters?.tmpfs.isGiven == true || $0.linuxParameters?.sharedMemorySize != nil
                || $0.logDriver == .splunk
        },
        level(23) { $0.hasSecurityOption("no-new-privileges") },
        level(24) { $0.healthCheck.map { $0.startPeriod == nil } ?? false },
        level(25) { $0.linuxParameters?.initProcessEnabled == true },
        .volume("\(docker)docker-remote-api.1.25") {
            $0.dockerVolumeConfiguration != nil || $0.efsVolumeConfiguration != nil
        },
        level(28) { $0.logOption("mode") == "non-blocking" },
        level(29) {
            $0.healthCheck?.startPeriod != nil || $0.logOption("awslogs-create-group")?.lowercased() == "true"
        },
        Self("\(docker)docker-remote-api.1.32") { $0.ipcMode == .noneValue },
    ]

    private static func level(
        _ minor: Int, _ isNeeded: @escaping @Sendable (ECS.ContainerDefinition) -> Bool
    ) -> Self {
        .container("\(docker)docker-remote-api.1.\(minor)", isNeeded)
    }

    private static let images: [Self] = [
        .container("\(docker)ecr-auth", \.isImageInECR),
        Self("\(ecs)execution-role-ecr-pull") { $0.hasExecutionRole && $0.hasContainer(\.isImageInECR) },
        .container("\(ecs)private-registry-authentication.secretsmanager") { $0.repositoryCredentials != nil },
    ]

    private static let logging: [Self] = [
        Self("\(ecs)execution-role-awslogs") { $0.hasExecutionRole && $0.hasContainer { $0.logDriver == .awslogs } },
        .container("\(ecs)secrets.ssm.bootstrap.log-driver") { ($0.logConfiguration?.secretOptions).hasParameter },
        .container("\(ecs)secrets.asm.bootstrap.log-driver") { ($0.logConfiguration?.secretOptions).hasSecret },
        .container("\(ecs)logging-driver.awsfirelens.log-driver-buffer-limit") {
            $0.logDriver == .awsfirelens && $0.logOption("log-driver-buffer-limit") != nil
        },
        .container("\(ecs)firelens.fluentd") { $0.firelensConfiguration?.type == .fluentd },
        .container("\(ecs)firelens.fluentbit") { $0.firelensConfiguration?.type == .fluentbit },
        .container("\(ecs)firelens.options.config.file") {
            $0.firelensConfiguration?.options?["config-file-type"] == "file"
        },
        .container("\(ecs)firelens.options.config.s3") {
            $0.firelensConfiguration?.options?["config-file-type"] == "s3"
        },
    ]

    /// Roles, namespaces, privileges and the network.
    private static let isolation: [Self] = [
        Self("\(docker)task-iam-role") { $0.taskRoleArn != nil && $0.networkMode != .host },
        Self("\(docker)task-iam-role-network-host") { $0.taskRoleArn != nil && $0.networkMode == .host },
        Self("\(ecs)task-eni") { $0.networkMode == .awsvpc },
        Self("\(ecs)increased-task-cpu-limit") { ($0.cpu.flatMap { Int($0) } ?? 0) > 10 * 1024 },
        Self("\(ecs)pid-ipc-namespace-sharing") { $0.pidMode != nil || $0.ipcMode != nil },
        Self("\(ecs)aws-appmesh") { $0.proxyConfiguration != nil },
        Self("\(ecs)fault-injection") { $0.enableFaultInjection == true },
        .container("\(docker)privileged-container") { $0.privileged == true },
        .container("\(docker)selinux") { $0.hasSecurityOption("label") },
        .container("\(docker)apparmor") { $0.hasSecurityOption("apparmor") },
        .container("\(ecs)gmsa") { $0.hasSecurityOption("credentialspec") },
        .container("\(ecs)network.container-port-range") { container in
            (container.portMappings ?? []).contains { $0.containerPortRange != nil }
        },
    ]

    /// What happens to a container from before it starts until it has stopped.
    private static let lifecycle: [Self] = [
        .container("\(ecs)container-health-check") { $0.healthCheck != nil },
        .container("\(ecs)container-ordering") {
            $0.dependsOn.isGiven || $0.startTimeout != nil || $0.stopTimeout != nil
        },
        .container("\(ecs)container-restart-policy") { $0.restartPolicy?.enabled == true },
        .container("\(ecs)secrets.ssm.environment-variables") { $0.secrets.hasParameter },
        .container("\(ecs)secrets.asm.environment-variables") { $0.secrets.hasSecret },
        .container("\(ecs)env-files.s3") { $0.environmentFiles.isGiven },
    ]

    private static let storage: [Self] = [
        .volume("\(ecs)efs") { $0.efsVolumeConfiguration != nil },
        .volume("\(ecs)efsAuth") { $0.efsVolumeConfiguration != nil },
        .volume("\(ecs)fsxWindowsFileServer") { $0.fsxWindowsFileServerVolumeConfiguration != nil },
        .volume("\(ecs)storage.s3-files") { $0.s3filesVolumeConfiguration != nil },
        .volume("\(ecs)storage.ebs-task-volume-attach") { $0.configuredAtLaunch == true },
    ]

    private static func logDrivers(of definition: ECS.TaskDefinition) -> [String] {
        (definition.containerDefinitions ?? []).compactMap { $0.logDriver?.rawValue }
    }

    /// Docker's own driver is `local`.
    private static func volumePlugins(of definition: ECS.TaskDefinition) -> [String] {
        (definition.volumes ?? []).compactMap(\.dockerVolumeConfiguration).map { $0.driver.givenText ?? "local" }
    }
}

extension ECS.TaskDefinition {
    fileprivate var hasExecutionRole: Bool { executionRoleArn != nil }

    fileprivate func hasContainer(_ condition: (ECS.ContainerDefinition) -> Bool) -> Bool {
        (containerDefinitions ?? []).contains(where: condition)
    }
}

extension ECS.ContainerDefinition {
    fileprivate var logDriver: ECS.LogDriver? { logConfiguration?.logDriver }

    fileprivate func logOption(_ name: String) -> String? { logConfiguration?.options?[name] }

    /// Options are `name`, `name:value` or `name=value`.
    fileprivate func hasSecurityOption(_ name: String) -> Bool {
        (dockerSecurityOptions ?? []).contains { $0.prefix { $0 != ":" && $0 != "=" } == name }
    }

    /// Whether the image is in a private repository of Amazon ECR: `account.dkr.ecr.region.amazonaws.com/…`, or the
    /// `dkr-ecr` name of a dual-stack end point.
    fileprivate var isImageInECR: Bool {
        let registry = (image ?? "").prefix { $0 != "/" }
        let account = registry.prefix { $0 != "." }
        guard registry.count < (image ?? "").count, account.utf8.count == 12,
            account.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return false }
        let rest = registry.dropFirst(account.count)
        return rest.hasPrefix(".dkr.ecr.") || rest.hasPrefix(".dkr.ecr-fips.") || rest.hasPrefix(".dkr-ecr.")
            || rest.hasPrefix(".dkr-ecr-fips.")
    }
}

extension [ECS.Secret]? {
    /// Whether any is a secret of AWS Secrets Manager.
    fileprivate var hasSecret: Bool { (self ?? []).contains(where: \.isInSecretsManager) }

    /// Whether any is a parameter of AWS Systems Manager, by ARN or by name.
    fileprivate var hasParameter: Bool { (self ?? []).contains { !$0.isInSecretsManager } }
}

extension ECS.Secret {
    fileprivate var isInSecretsManager: Bool {
        let parts = (valueFrom ?? "").split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "arn" && parts[2] == "secretsmanager"
    }
}

extension Optional where Wrapped: Collection {
    /// Neither nil nor empty.
    fileprivate var isGiven: Bool { self?.isEmpty == false }
}
