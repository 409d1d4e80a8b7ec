import AWSModels
import Testing

@Suite struct VolumeConfigurationRuleTests {
    static func docker(_ configuration: ECS.DockerVolumeConfiguration) -> [ECS.Volume] {
        [ECS.Volume(dockerVolumeConfiguration: configuration, name: "v")]
    }

    static func efs(
        _ encryption: ECS.EFSTransitEncryption? = .enabled, accessPoint: String? = nil,
        iam: ECS.EFSAuthorizationConfigIAM? = nil, id: String? = "fs-1", port: Int? = nil, root: String? = nil
    ) -> [ECS.Volume] {
        let configuration = ECS.EFSVolumeConfiguration(
            authorizationConfig: ECS.EFSAuthorizationConfig(accessPointId: accessPoint, iam: iam), fileSystemId: id,
            rootDirectory: root, transitEncryption: encryption, transitEncryptionPort: port)
        return [ECS.Volume(efsVolumeConfiguration: configuration, name: "v")]
    }

    static func fsx(_ id: String, credentials: String) -> [ECS.Volume] {
        let configuration = ECS.FSxWindowsFileServerVolumeConfiguration(
            authorizationConfig: ECS.FSxWindowsFileServerAuthorizationConfig(
                credentialsParameter: credentials, domain: "example.com"), fileSystemId: id, rootDirectory: "share")
        return [ECS.Volume(fsxWindowsFileServerVolumeConfiguration: configuration, name: "v")]
    }

    static func s3(_ file: String = s3ARN, accessPoint: String? = nil, port: Int? = nil, root: String? = nil)
        -> [ECS.Volume]
    {
        let configuration = ECS.S3FilesVolumeConfiguration(
            accessPointArn: accessPoint, fileSystemArn: file, rootDirectory: root, transitEncryptionPort: port)
        return [ECS.Volume(name: "v", s3filesVolumeConfiguration: configuration)]
    }

    static let s3ARN = "arn:aws:s3files:us-east-1:123456789012:file-system/fs-1"
    static let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ad-AbCdEf"
    static let badDirectory = "The rootDirectory of a volume must be an absolute path; found 'a'."

    static let cases: [RuleCase] = [
        .refused("an empty driver", "volume.dockerVolumeConfiguration.driver should not be null or empty.") {
            $0.volumes = docker(ECS.DockerVolumeConfiguration(driver: ""))
        },
        .refused("a driver that is an option", "volume.dockerVolumeConfiguration.driver contains invalid characters.") {
            $0.volumes = docker(ECS.DockerVolumeConfiguration(driver: "--opt"))
        },
        .accepted("no driver") { $0.volumes = docker(ECS.DockerVolumeConfiguration()) },
        .refused(
            "not provisioned for a task",
            "When 'scope' parameter is 'task', 'autoprovision' must either not be specified or set to 'True'."
        ) { $0.volumes = docker(ECS.DockerVolumeConfiguration(autoprovision: false, scope: .task)) },
        .accepted("not provisioned, shared") {
            $0.volumes = docker(
                ECS.DockerVolumeConfiguration(autoprovision: false, driver: "rexray/ebs", scope: .shared))
        },
        .refused(
            "a label without a key",
            "volume.dockerVolumeConfiguration.labels has a key that is empty or contains '=', or a NUL character."
        ) { $0.volumes = docker(ECS.DockerVolumeConfiguration(labels: ["": "x"])) },
        .refused(
            "NUL in an option",
            "volume.dockerVolumeConfiguration.driverOpts has a key that is empty or contains '=', or a NUL character."
        ) { $0.volumes = docker(ECS.DockerVolumeConfiguration(driverOpts: ["o": "\0"])) },
        .accepted("options") { $0.volumes = docker(ECS.DockerVolumeConfiguration(driverOpts: ["o": "addr=1,rw"])) },
        .refused("IAM without encryption", "EFS IAM authorization requires TransitEncryption to be enabled") {
            $0.volumes = efs(.disabled, iam: .enabled)
        },
        .accepted("IAM with encryption") { $0.volumes = efs(iam: .enabled) },
        .accepted("no IAM and no encryption") { $0.volumes = efs(nil, iam: .disabled) },
        .refused("an access point without encryption", "EFS access points require TransitEncryption to be enabled") {
            $0.volumes = efs(nil, accessPoint: "fsap-1")
        },
        .refused(
            "an access point with a directory",
            "When using an EFS access point, the root directory must either be set to \"/\" or be omitted"
        ) { $0.volumes = efs(accessPoint: "fsap-1", root: "/a") },
        .accepted("an access point with the root") { $0.volumes = efs(accessPoint: "fsap-1", root: "/") },
        .refused("a port without encryption", "TransitEncryptionPort requires that TransitEncryption is enabled") {
            $0.volumes = efs(.disabled, port: 2999)
        },
        .refused("port 0", "TransitEncryptionPort must be from 1 to 65535") { $0.volumes = efs(port: 0) },
        .accepted("a port and a directory") { $0.volumes = efs(port: 2999, root: "/a") },
        .refused("no file system", "volume.efsVolumeConfiguration.fileSystemId should not be null or empty.") {
            $0.volumes = efs(id: "")
        },
        .refused("no id of one", "volume.efsVolumeConfiguration.fileSystemId contains invalid characters.") {
            $0.volumes = efs(id: "fs 1")
        },
        .refused("a relative directory", badDirectory) { $0.volumes = efs(root: "a") },
        .refused(
            "an FSx without id",
            "volume.fsxWindowsFileServerVolumeConfiguration.fileSystemId should not be "
                + "null or empty."
        ) { $0.volumes = fsx("", credentials: secret) },
        .refused("an FSx with a name", "Invalid arn syntax.") { $0.volumes = fsx("fs-1", credentials: "ad") },
        .accepted("an FSx") { $0.volumes = fsx("fs-1", credentials: secret) },
        .refused("a bucket of S3", "Invalid arn syntax.") { $0.volumes = s3("arn:aws:s3:::bucket") },
        .refused(
            "an access point of S3 with a directory",
            "When using an S3 Files access point, the root directory must either be set to \"/\" or be omitted"
        ) { $0.volumes = s3(accessPoint: s3ARN + "/access-point/fsap-1", root: "/a") },
        .refused(
            "port 65536 for S3",
            "TransitEncryptionPort must be from 1 to 65535"
        ) { $0.volumes = s3(port: 65_536) },
        .refused("a relative directory of S3", badDirectory) { $0.volumes = s3(root: "a") },
        .accepted("S3 Files") { $0.volumes = s3(accessPoint: s3ARN + "/access-point/fsap-1", port: 2999, root: "/") },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
