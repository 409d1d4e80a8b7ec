import AWSModels
import Testing

@Suite struct LinuxParameterRuleTests {
    static func unknown(_ name: String) -> String {
        "Unrecognized capability name \(name). Names are those of Linux without CAP_, such as SYS_PTRACE."
    }

    static func invalid(_ field: String, _ what: String) -> String {
        "Invalid '\(field)' setting for container 'app'. \(what)"
    }

    static func memory(_ path: String, size: Int = 1, options: [String] = []) -> ECS.LinuxParameters {
        ECS.LinuxParameters(tmpfs: [ECS.Tmpfs(containerPath: path, mountOptions: options, size: size)])
    }

    static let cases: [RuleCase] = [
        .refused("an unknown capability", unknown("CAP_SYS_ADMIN")) {
            $0.app.linuxParameters = ECS.LinuxParameters(capabilities: ECS.KernelCapabilities(add: ["CAP_SYS_ADMIN"]))
        },
        .refused("an unknown capability to drop", unknown("sys_admin")) {
            $0.app.linuxParameters = ECS.LinuxParameters(capabilities: ECS.KernelCapabilities(drop: ["sys_admin"]))
        },
        .accepted("capabilities") {
            $0.app.linuxParameters = ECS.LinuxParameters(
                capabilities: ECS.KernelCapabilities(add: ["NET_ADMIN"], drop: ["ALL"]))
        },
        .refused("a relative device", invalid("devices", "'dev/fuse' is not an absolute path.")) {
            $0.app.linuxParameters = ECS.LinuxParameters(devices: [ECS.Device(hostPath: "dev/fuse")])
        },
        .refused("a relative device inside", invalid("devices", "'fuse' is not an absolute path.")) {
            $0.app.linuxParameters = ECS.LinuxParameters(
                devices: [ECS.Device(containerPath: "fuse", hostPath: "/dev/fuse")])
        },
        .refused(
            "a device that would be two",
            invalid("devices", "'/dev/null:/dev/sda' has a colon in it, which no path here can have.")
        ) {
            $0.app.linuxParameters = ECS.LinuxParameters(devices: [ECS.Device(hostPath: "/dev/null:/dev/sda")])
        },
        .refused(
            "a colon with an accent",
            invalid("devices", "'/dev/x:\u{301}' has a colon in it, which no path here can have.")
        ) {
            $0.app.linuxParameters = ECS.LinuxParameters(
                devices: [ECS.Device(containerPath: "/dev/x:\u{301}", hostPath: "/dev/null")])
        },
        .refused(
            "a tmpfs with options in its path",
            invalid("tmpfs", "'/run:exec' has a colon in it, which no path here can have.")
        ) {
            $0.app.linuxParameters = memory("/run:exec")
        },
        .accepted("a device") {
            $0.app.linuxParameters = ECS.LinuxParameters(
                devices: [ECS.Device(hostPath: "/dev/fuse", permissions: [.read])])
        },
        .refused("no shared memory", invalid("sharedMemorySize", "It must be at least 1 MiB.")) {
            $0.app.linuxParameters = ECS.LinuxParameters(sharedMemorySize: 0)
        },
        .accepted("shared memory") { $0.app.linuxParameters = ECS.LinuxParameters(sharedMemorySize: 1) },
        .refused("negative swap", invalid("maxSwap", "It must be 0 or a positive number of MiB.")) {
            $0.app.linuxParameters = ECS.LinuxParameters(maxSwap: -1)
        },
        .refused("swappiness of 101", invalid("swappiness", "It must be from 0 to 100.")) {
            $0.app.linuxParameters = ECS.LinuxParameters(maxSwap: 0, swappiness: 101)
        },
        .accepted("swap") { $0.app.linuxParameters = ECS.LinuxParameters(maxSwap: 0, swappiness: 100) },
        .accepted("swappiness without swap, which is ignored") {
            $0.app.linuxParameters = ECS.LinuxParameters(swappiness: 0)
        },
        .refused("a relative tmpfs", invalid("tmpfs", "'run' is not an absolute path.")) {
            $0.app.linuxParameters = memory("run")
        },
        .refused("an empty tmpfs", invalid("tmpfs", "The size must be at least 1 MiB.")) {
            $0.app.linuxParameters = memory("/run", size: 0)
        },
        .refused("an unknown option", invalid("tmpfs", "Unrecognized mount option size=1g.")) {
            $0.app.linuxParameters = memory("/run", options: ["size=1g"])
        },
        .refused("two options in one", invalid("tmpfs", "Unrecognized mount option mode=755,size=1g.")) {
            $0.app.linuxParameters = memory("/run", options: ["mode=755,size=1g"])
        },
        .accepted("a tmpfs") { $0.app.linuxParameters = memory("/run", options: ["noexec", "mode=755"]) },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
