import AWSModels
import Testing

@Suite struct MountPointRuleTests {
    static func mount(_ volume: String?, _ path: String?) -> ECS.MountPoint {
        ECS.MountPoint(containerPath: path, sourceVolume: volume)
    }

    static let cases: [RuleCase] = [
        .refused("an unknown volume", "Unknown volume 'v'.") { $0.app.mountPoints = [mount("v", "/v")] },
        .refused("no volume", "Unknown volume 'null'.") { $0.app.mountPoints = [mount(nil, "/v")] },
        .refused("no path", "mountPoints.containerPath should not be null or empty.") {
            $0.volumes = [ECS.Volume(name: "v")]
            $0.app.mountPoints = [mount("v", nil)]
        },
        .refused("a relative path", "mountPoints.containerPath must be an absolute path; found 'v'.") {
            $0.volumes = [ECS.Volume(name: "v")]
            $0.app.mountPoints = [mount("v", "v")]
        },
        .refused("one path twice", "containerPath values aren't unique across mountPoints.") {
            $0.volumes = [ECS.Volume(name: "v"), ECS.Volume(name: "w")]
            $0.app.mountPoints = [mount("v", "/v"), mount("w", "/v")]
        },
        .accepted("one volume at two paths, and one path in two containers") {
            $0.volumes = [ECS.Volume(name: "v")]
            $0.app.mountPoints = [mount("v", "/v"), mount("v", "/w")]
            $0.add("side") { $0.mountPoints = [mount("v", "/v")] }
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
