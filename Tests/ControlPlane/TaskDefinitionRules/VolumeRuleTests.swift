import AWSModels
import Testing

@Suite struct VolumeRuleTests {
    static let oneKind = "When the volume parameter is specified, only one volume configuration type should be used."
    static let badName = "volume.name contains invalid characters."

    static func host(_ path: String?) -> ECS.Volume {
        ECS.Volume(host: ECS.HostVolumeProperties(sourcePath: path), name: "v")
    }

    static func badPath(_ path: String) -> String { "host.sourcePath must be an absolute path; found '\(path)'." }

    static let cases: [RuleCase] = [
        .refused("no name", "volume.name should not be null or empty.") { $0.volumes = [ECS.Volume()] },
        .refused("a name with a slash", badName) { $0.volumes = [ECS.Volume(name: "a/b")] },
        .accepted("a name only") { $0.volumes = [ECS.Volume(name: "a_B-1")] },
        .refused("one name twice", "Volume names must be unique within a task definition; found 'v' more than once") {
            $0.volumes = [ECS.Volume(name: "v"), ECS.Volume(name: "v")]
        },
        .refused("a path and a file system", oneKind) {
            var volume = host("/srv")
            volume.efsVolumeConfiguration = ECS.EFSVolumeConfiguration(fileSystemId: "fs-1")
            $0.volumes = [volume]
        },
        .refused("at launch and by Docker", oneKind) {
            $0.volumes = [
                ECS.Volume(
                    configuredAtLaunch: true, dockerVolumeConfiguration: ECS.DockerVolumeConfiguration(), name: "v")
            ]
        },
        .accepted("an empty host beside another kind, as clients send it") {
            var volume = host(nil)
            volume.dockerVolumeConfiguration = ECS.DockerVolumeConfiguration()
            volume.configuredAtLaunch = false
            $0.volumes = [volume]
        },
        .refused("a blank path", "host.sourcePath should not be blank.") { $0.volumes = [host("")] },
        .refused("a relative path", badPath("srv")) { $0.volumes = [host("srv")] },
        .refused("a Windows path on Linux", badPath(#"C:\srv"#)) { $0.volumes = [host(#"C:\srv"#)] },
        .accepted("a path") { $0.volumes = [host("/srv/the data")] },
        .accepted("a Windows path on Windows") {
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2025Full)
            $0.volumes = [host(#"C:\srv"#)]
        },
        .refused("two at launch", "Only one volume of a task definition can be configured at launch.") {
            $0.mount(ECS.Volume(configuredAtLaunch: true, name: "a"))
            $0.mount(ECS.Volume(configuredAtLaunch: true, name: "b"))
        },
        .refused("one at launch that nobody mounts", "Volumes [v] are not referenced by any of the containers") {
            $0.volumes = [ECS.Volume(configuredAtLaunch: true, name: "v")]
        },
        .accepted("one at launch") { $0.mount(ECS.Volume(configuredAtLaunch: true, name: "v")) },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
