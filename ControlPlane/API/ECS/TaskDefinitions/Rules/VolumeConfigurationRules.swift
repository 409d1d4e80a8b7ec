import AWSModels

extension TaskDefinitionRule {
    /// What belongs together in the configuration of Docker volumes and of AWS's file systems.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, DockerVolumeConfiguration, EFSVolumeConfiguration,
    ///   FSxWindowsFileServerVolumeConfiguration and S3FilesVolumeConfiguration.
    static let volumeConfigurations: [Self] = [
        .volume("dockerVolumeConfiguration.driver") { volume, _ in
            guard let driver = volume.dockerVolumeConfiguration?.driver else { return nil }
            if driver.isEmpty { return "volume.dockerVolumeConfiguration.driver should not be null or empty." }
            return RuleText.isPlainWord(driver)
                ? nil : "volume.dockerVolumeConfiguration.driver contains invalid characters."
        },
        .volume("dockerVolumeConfiguration.autoprovision") { volume, _ in
            guard let docker = volume.dockerVolumeConfiguration else { return nil }
            return docker.scope == .task && docker.autoprovision == false
                ? "When 'scope' parameter is 'task', 'autoprovision' must either not be specified or set to 'True'."
                : nil
        },
        .volume("dockerVolumeConfiguration.driverOpts, labels") { volume, _ in
            let docker = volume.dockerVolumeConfiguration
            for (field, values) in [("driverOpts", docker?.driverOpts ?? [:]), ("labels", docker?.labels ?? [:])] {
                let isBad = values.contains { key, value in
                    key.isEmpty || key.contains("=") || RuleText.hasNUL(key) || RuleText.hasNUL(value)
                }
                if isBad {
                    return "volume.dockerVolumeConfiguration.\(field) has a key that is empty or contains '=', or a "
                        + "NUL character."
                }
            }
            return nil
        },
        .volume("efsVolumeConfiguration.authorizationConfig.iam") { volume, _ in
            guard let efs = volume.efsVolumeConfiguration, efs.transitEncryption != .enabled else { return nil }
            return efs.authorizationConfig?.iam == .enabled
                ? "EFS IAM authorization requires TransitEncryption to be enabled" : nil
        },
        .volume("efsVolumeConfiguration.authorizationConfig.accessPointId") { volume, _ in
            guard let efs = volume.efsVolumeConfiguration, hasAccessPoint(efs) else { return nil }
            if efs.transitEncryption != .enabled {
                return "EFS access points require TransitEncryption to be enabled"
            }
            return isRoot(efs.rootDirectory)
                ? nil : "When using an EFS access point, the root directory must either be set to \"/\" or be omitted"
        },
        .volume("efsVolumeConfiguration.transitEncryptionPort") { volume, _ in
            guard let efs = volume.efsVolumeConfiguration, let port = efs.transitEncryptionPort else { return nil }
            if efs.transitEncryption != .enabled {
                return "TransitEncryptionPort requires that TransitEncryption is enabled"
            }
            return ports.contains(port) ? nil : "TransitEncryptionPort must be from 1 to 65535"
        },
        .volume("efsVolumeConfiguration.fileSystemId, rootDirectory") { volume, _ in
            guard let efs = volume.efsVolumeConfiguration else { return nil }
            return fileSystem("efsVolumeConfiguration.fileSystemId", efs.fileSystemId, directory: efs.rootDirectory)
        },
        .volume("fsxWindowsFileServerVolumeConfiguration") { volume, _ in
            guard let fsx = volume.fsxWindowsFileServerVolumeConfiguration else { return nil }
            if let problem = fileSystem(
                "fsxWindowsFileServerVolumeConfiguration.fileSystemId", fsx.fileSystemId, directory: nil)
            {
                return problem
            }
            let credentials = fsx.authorizationConfig?.credentialsParameter ?? ""
            return RuleText.arn(credentials, of: "secretsmanager") == nil && RuleText.arn(credentials, of: "ssm") == nil
                ? "Invalid arn syntax." : nil
        },
        .volume("s3filesVolumeConfiguration") { volume, _ in
            guard let files = volume.s3filesVolumeConfiguration else { return nil }
            let arns = [files.fileSystemArn ?? ""] + (files.accessPointArn.map { [$0] } ?? [])
            if arns.contains(where: { RuleText.arn($0, of: "s3files") == nil }) { return "Invalid arn syntax." }
            if files.accessPointArn != nil, !isRoot(files.rootDirectory) {
                return "When using an S3 Files access point, the root directory must either be set to \"/\" or be "
                    + "omitted"
            }
            if let port = files.transitEncryptionPort, !ports.contains(port) {
                return "TransitEncryptionPort must be from 1 to 65535"
            }
            return fileSystem(
                "s3filesVolumeConfiguration.fileSystemArn", files.fileSystemArn, directory: files.rootDirectory)
        },
    ]

    private static func hasAccessPoint(_ efs: ECS.EFSVolumeConfiguration) -> Bool {
        efs.authorizationConfig?.accessPointId?.isEmpty == false
    }

    private static func isRoot(_ directory: String?) -> Bool { (directory ?? "").isEmpty || directory == "/" }

    private static func fileSystem(_ field: String, _ id: String?, directory: String?) -> String? {
        guard let id, !id.isEmpty else { return "volume.\(field) should not be null or empty." }
        if !RuleText.isPlainWord(id) { return "volume.\(field) contains invalid characters." }
        guard let directory, !directory.isEmpty, !directory.hasPrefix("/") || RuleText.hasNUL(directory) else {
            return nil
        }
        return "The rootDirectory of a volume must be an absolute path; found '\(RuleText.shown(directory))'."
    }
}
