import AWSModels
import Testing

/// EXTERNAL and MANAGED_INSTANCES.
@Suite struct OtherLaunchTypeRuleTests {
    static func managed(_ name: String, _ field: String, _ change: @escaping RuleCase.Change) -> RuleCase {
        .refused(name, "Managed Instances compatible task definitions do not support \(field)") {
            $0.become(.managedInstances, .host)
            change(&$0)
        }
    }

    static let cases: [RuleCase] = [
        .refused(
            "awsvpc for EXTERNAL",
            "Tasks using the External launch type do not support networkMode 'awsvpc'. The supported values are "
                + "'bridge', 'host' and 'none'."
        ) { $0.become(.external, .awsvpc) },
        .accepted("bridge for EXTERNAL") { $0.become(.external, .bridge) },
        .accepted("none for EXTERNAL") { $0.become(.external, .noneValue) },
        .refused(
            "faults for EXTERNAL", "Tasks using the External launch type do not support enableFaultInjection"
        ) {
            $0.become(.external)
            $0.enableFaultInjection = true
        },
        .accepted("faults for EC2") {
            $0.become(.ec2, .host)
            $0.enableFaultInjection = true
        },
        .refused(
            "bridge for MANAGED_INSTANCES",
            "Tasks using Managed Instances do not support networkMode 'bridge'. The supported values are 'awsvpc', "
                + "'host' and 'none'."
        ) { $0.become(.managedInstances, .bridge) },
        .accepted("nothing said for MANAGED_INSTANCES") { $0.become(.managedInstances) },
        .accepted("awsvpc for MANAGED_INSTANCES") { $0.become(.managedInstances, .awsvpc) },
        .accepted("what only Fargate forbids") {
            $0.become(.managedInstances, .host)
            $0.app.privileged = true
            $0.app.resourceRequirements = PlatformRuleTests.gpu("1")
            $0.volumes = [VolumeRuleTests.host("/srv")]
        },
        managed("Windows", "Windows containers") {
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2022Core)
        },
        managed("storage", "ephemeralStorage") { $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 30) },
        managed("an ipcMode", "ipcMode") { $0.ipcMode = .task },
        managed("a proxy", "proxyConfiguration") {
            ProxyConfigurationRuleTests.proxy(&$0)
        },
        managed("a Docker volume", "dockerVolumeConfiguration") {
            $0.volumes = VolumeConfigurationRuleTests.docker(ECS.DockerVolumeConfiguration())
        },
        managed("an FSx", "fsxWindowsFileServerVolumeConfiguration") {
            $0.volumes = VolumeConfigurationRuleTests.fsx("fs-1", credentials: VolumeConfigurationRuleTests.secret)
        },
        managed("no network", "disableNetworking") { $0.app.disableNetworking = true },
        managed("domains", "dnsSearchDomains") { $0.app.dnsSearchDomains = ["example.com"] },
        managed("DNS servers", "dnsServers") { $0.app.dnsServers = ["10.0.0.2"] },
        managed("labels", "dockerLabels") { $0.app.dockerLabels = ["a": "b"] },
        managed("security options", "dockerSecurityOptions") { $0.app.dockerSecurityOptions = ["no-new-privileges"] },
        managed("extra hosts", "extraHosts") { $0.app.extraHosts = NetworkModeRuleTests.host("a", "10.0.0.1") },
        managed("a host name", "hostname") { $0.app.hostname = "web" },
        managed("swap", "maxSwap") { $0.app.linuxParameters = ECS.LinuxParameters(maxSwap: 1) },
        managed("shared memory", "sharedMemorySize") {
            $0.app.linuxParameters = ECS.LinuxParameters(sharedMemorySize: 1)
        },
        managed("swappiness", "swappiness") { $0.app.linuxParameters = ECS.LinuxParameters(swappiness: 1) },
        managed("tmpfs", "tmpfs") { $0.app.linuxParameters = LinuxParameterRuleTests.memory("/run") },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
