import AWSModels
import Testing

@testable import ControlPlaneAPI

@Suite struct FargateTaskRuleTests {
    static func fargate(_ name: String, _ message: String?, _ change: @escaping RuleCase.Change) -> RuleCase {
        RuleCase(name: name, message: message) {
            $0.becomeFargate()
            change(&$0)
        }
    }

    static func noSize(_ cpu: Int, _ memory: Int) -> String {
        "No Fargate configuration exists for given values: \(cpu) CPU, \(memory) memory. See the Amazon ECS "
            + "documentation for the valid values."
    }

    static func unsupported(_ field: String) -> String { "Fargate compatible task definitions do not support \(field)" }

    static let mode = "Fargate only supports network mode ‘awsvpc’."

    static let cases: [RuleCase] = [
        fargate("the least there can be", nil) { _ in },
        fargate("bridge", mode) { $0.networkMode = .bridge },
        fargate("no network mode", mode) { $0.networkMode = nil },
        fargate("no cpu", "Fargate requires that 'cpu' be defined at the task level.") { $0.cpu = nil },
        fargate("no memory", "Fargate requires that 'memory' be defined at the task level.") { $0.memory = nil },
        fargate("no memory anywhere", "Fargate requires that 'memory' be defined at the task level.") {
            $0.memory = nil
            $0.app.memory = nil
        },
        fargate("a pair that is not there", noSize(1024, 1024)) {
            $0.cpu = "1 vCPU"
            $0.memory = "1GB"
        },
        fargate("a pair that is there", nil) {
            $0.cpu = "1 vCPU"
            $0.memory = "2GB"
        },
        fargate("Windows with less than a vCPU", noSize(512, 1024)) {
            $0.cpu = "512"
            $0.memory = "1024"
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2022Core)
        },
        fargate("Windows with a vCPU", nil) {
            $0.cpu = "1024"
            $0.memory = "2048"
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2022Core)
        },
        fargate("an old Windows", unsupported("operatingSystemFamily WINDOWS_SERVER_2016_FULL")) {
            $0.cpu = "1024"
            $0.memory = "2048"
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2016Full)
        },
        fargate(
            "containers with more cpu than the task",
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
        ) {
            $0.app.cpu = 128
            $0.add("side") { $0.cpu = 129 }
        },
        fargate("containers with the task's cpu", nil) {
            $0.app.cpu = 128
            $0.add("side") { $0.cpu = 128 }
        },
        fargate(
            "the host's processes",
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode "
                + "is 'task'."
        ) { $0.pidMode = .host },
        fargate("the task's processes", nil) { $0.pidMode = .task },
        fargate("an ipcMode", "Fargate compatible task definitions do not support ipcMode.") { $0.ipcMode = .task },
        fargate("a constraint", unsupported("constraints")) {
            $0.placementConstraints = [PlatformRuleTests.member("attribute:a == b")]
        },
        fargate("a path of the host", unsupported("sourcePath")) { $0.volumes = [VolumeRuleTests.host("/srv")] },
        fargate("a Docker volume", unsupported("dockerVolumeConfiguration")) {
            $0.volumes = VolumeConfigurationRuleTests.docker(ECS.DockerVolumeConfiguration())
        },
        fargate("an FSx", unsupported("fsxWindowsFileServerVolumeConfiguration")) {
            $0.volumes = VolumeConfigurationRuleTests.fsx("fs-1", credentials: VolumeConfigurationRuleTests.secret)
        },
        fargate("an empty volume and EFS", nil) {
            $0.volumes = VolumeConfigurationRuleTests.efs() + [ECS.Volume(name: "scratch")]
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }

    @Test func tableIsTheOneOfTheDocumentation() {
        let pairs = FargateSizes.table.map { ($0.cpuUnits, $0.memoryMiB.first, $0.memoryMiB.last, $0.memoryMiB.count) }
        let expected: [(Int, Int?, Int?, Int)] = [
            (256, 512, 2048, 3), (512, 1024, 4096, 4), (1024, 2048, 8192, 7), (2048, 4096, 16_384, 13),
            (4096, 8192, 30_720, 23), (8192, 16_384, 61_440, 12), (16_384, 32_768, 122_880, 12),
            (32_768, 61_440, 249_856, 3),
        ]
        #expect(pairs.count == expected.count)
        for (pair, row) in zip(pairs, expected) { #expect(pair == row) }
        #expect(FargateSizes.table.filter(\.isForWindows).map(\.cpuUnits) == [1024, 2048, 4096])
        #expect(!FargateSizes.has(cpuUnits: 8192, memoryMiB: 17_408, isWindows: false))
    }
}
