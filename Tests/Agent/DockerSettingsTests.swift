import AgentProtocol
import Testing

@testable import AgentRuntime

/// The words that the settings add to those of a container without any.
private func added(
    network: ContainerLaunch.Network = .bridge, memoryMiB: Int? = nil, _ change: (inout ContainerSettings) -> Void
) throws -> [String] {
    var launch = ContainerLaunch(name: "ecs-app-1-web-0", image: "box", network: network, memoryMiB: memoryMiB)
    let plain = try DockerArguments.run(launch, ownEnvironment: [:]).arguments
    var settings = ContainerSettings()
    change(&settings)
    launch.settings = settings
    let line = try DockerArguments.run(launch, ownEnvironment: [:])
    #expect(line.standardInput == nil && line.environment.isEmpty)
    #expect(line.arguments.suffix(2) == ["--", "box"])
    return line.arguments.filter { !plain.contains($0) }
}

private typealias Change = @Sendable (inout ContainerSettings) -> Void

@Suite struct DockerSettingsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var words: [String]
        var memoryMiB: Int?
        var change: @Sendable (inout ContainerSettings) -> Void

        init(_ words: String..., memoryMiB: Int? = nil, change: @escaping @Sendable (inout ContainerSettings) -> Void) {
            self.words = words
            self.memoryMiB = memoryMiB
            self.change = change
        }

        var testDescription: String { words.joined(separator: " ") }
    }

    @Test(arguments: [
        Case { _ in },
        Case("--privileged") { $0.privileged = true },
        Case("--read-only") { $0.readonlyRootFilesystem = true },
        Case("--interactive") { $0.interactive = true },
        Case("--tty") { $0.pseudoTerminal = true },
        Case("--init") { $0.initProcessEnabled = true },
        Case {
            $0.privileged = false
            $0.readonlyRootFilesystem = false
            $0.interactive = false
            $0.pseudoTerminal = false
            $0.initProcessEnabled = false
        },
        Case("--cap-add=NET_ADMIN", "--cap-add=SYS_TIME", "--cap-drop=ALL") {
            $0.addedCapabilities = ["NET_ADMIN", "SYS_TIME"]
            $0.droppedCapabilities = ["ALL"]
        },
        Case("--security-opt=no-new-privileges") { $0.dockerSecurityOptions = ["no-new-privileges"] },
        Case("--security-opt=no-new-privileges=false", "--security-opt=apparmor=a:b") {
            $0.dockerSecurityOptions = ["no-new-privileges:false", "apparmor:a:b"]
        },
        Case("--security-opt=label=user:USER", "--security-opt=label=disable") {
            $0.dockerSecurityOptions = ["label:user:USER", "label=disable"]
        },
        Case("--ulimit=nofile=10:20", "--ulimit=core=-1:-1") {
            $0.ulimits = [
                .init(name: "nofile", softLimit: 10, hardLimit: 20), .init(name: "core", softLimit: -1, hardLimit: -1),
            ]
        },
        Case("--sysctl=net.ipv4.ip_local_port_range=1024 = 65000") {
            $0.systemControls = [.init(namespace: "net.ipv4.ip_local_port_range", value: "1024 = 65000")]
        },
        Case("--shm-size=128m") { $0.sharedMemorySizeMiB = 128 },
        Case(
            "--device=/dev/null:/dev/null:rwm", "--device=/dev/zero:/dev/nought:rm", "--device=/dev/full:/dev/full:rwm"
        ) {
            $0.devices = [
                .init(hostPath: "/dev/null"),
                .init(hostPath: "/dev/zero", containerPath: "/dev/nought", permissions: [.mknod, .read, .read]),
                .init(hostPath: "/dev/full", permissions: []),
            ]
        },
        Case("--tmpfs=/run:size=64m", "--tmpfs=/a,b:size=1m,exec,mode=700") {
            $0.tmpfs = [
                .init(containerPath: "/run", sizeMiB: 64),
                .init(containerPath: "/a,b", sizeMiB: 1, mountOptions: ["exec", "mode=700"]),
            ]
        },
        // The limit is of memory and swap together; 0 is no swap at all.
        Case("--memory-swap=164m", "--memory-swappiness=0", memoryMiB: 100) {
            $0.maxSwapMiB = 64
            $0.swappiness = 0
        },
        Case("--memory-swap=100m", memoryMiB: 100) { $0.maxSwapMiB = 0 },
        Case(memoryMiB: 100) { $0.swappiness = 60 },
        Case("--hostname=web.example") { $0.hostname = "web.example" },
        Case("--dns=192.0.2.1", "--dns=2001:db8::1", "--dns-search=a.example", "--dns-search=.") {
            $0.dnsServers = ["192.0.2.1", "2001:db8::1"]
            $0.dnsSearchDomains = ["a.example", "."]
        },
        Case("--add-host=db:192.0.2.7", "--add-host=six:2001:db8::7", "--add-host=me:host-gateway") {
            $0.extraHosts = [
                .init(hostname: "db", ipAddress: "192.0.2.7"), .init(hostname: "six", ipAddress: "2001:db8::7"),
                .init(hostname: "me", ipAddress: "host-gateway"),
            ]
        },
        Case("--link=ecs-app-1-db-0:database") { $0.links = ["ecs-app-1-db-0:database"] },
    ])
    func whatEachFieldBecomes(example: Case) throws {
        #expect(try added(memoryMiB: example.memoryMiB, example.change) == example.words)
    }

    /// Values that would say something else to docker than the definition says.
    private static let spoilt: [Change] = [
        { $0.devices = [.init(hostPath: "/dev/null:/dev/sda")] },
        { $0.devices = [.init(hostPath: "/dev/null", containerPath: "/dev/null:rwm")] },
        { $0.devices = [.init(hostPath: "/dev/null", containerPath: "/a:\u{301}rwm")] },
        { $0.devices = [.init(hostPath: "vendor.com/gpu=all")] },
        { $0.devices = [.init(hostPath: "")] },
        { $0.tmpfs = [.init(containerPath: "/run:exec,size=1g", sizeMiB: 1)] },
        { $0.tmpfs = [.init(containerPath: "run", sizeMiB: 1)] },
        { $0.tmpfs = [.init(containerPath: "/run", sizeMiB: 1, mountOptions: ["ro,size=1g"])] },
        { $0.tmpfs = [.init(containerPath: "/run", sizeMiB: 1, mountOptions: ["ro,\u{301}size=1g"])] },
        { $0.tmpfs = [.init(containerPath: "/run", sizeMiB: 1, mountOptions: [""])] },
        { $0.extraHosts = [.init(hostname: "db:192.0.2.1", ipAddress: "x")] },
        { $0.extraHosts = [.init(hostname: "db=192.0.2.1", ipAddress: "x")] },
        { $0.extraHosts = [.init(hostname: "", ipAddress: "192.0.2.1")] },
        { $0.ulimits = [.init(name: "nofile=1:1", softLimit: 1, hardLimit: 1)] },
        { $0.systemControls = [.init(namespace: "net.a=1", value: "1")] },
        { $0.systemControls = [.init(namespace: "", value: "1")] },
        // The command line reads this file as root.
        { $0.dockerSecurityOptions = ["seccomp=/etc/shadow"] },
        { $0.dockerSecurityOptions = ["systempaths=unconfined"] },
        { $0.dockerSecurityOptions = [""] },
        { $0.dockerSecurityOptions = ["label:a\0"] },
        { $0.hostname = "a\0b" },
    ]

    @Test(arguments: spoilt.indices) func whatTheLineCannotCarryIsRefused(index: Int) {
        do throws(RuntimeError) {
            var launch = ContainerLaunch(name: "ecs-app-1-web-0", image: "box")
            var settings = ContainerSettings()
            Self.spoilt[index](&settings)
            launch.settings = settings
            let line = try DockerArguments.run(launch, ownEnvironment: [:])
            Issue.record("\(line.arguments)")
        } catch {
            #expect(error.reason.hasPrefix("CannotCreateContainerError: "))
        }
    }

    @Test func swapNeedsMemory() throws {
        let error = #expect(throws: RuntimeError.self) { _ = try added { $0.maxSwapMiB = 0 } }
        #expect(
            error?.reason
                == "CannotCreateContainerError: linuxParameters.maxSwap is on top of the container's memory, of which it "
                + "has no limit")
    }

    @Test(arguments: DockerArgumentsTests.hostile) func noValueBecomesAnOption(word: String) throws {
        let words = try added {
            $0.hostname = word
            $0.links = [word]
            $0.dnsServers = [word]
            $0.dnsSearchDomains = [word]
            $0.extraHosts = [.init(hostname: "h", ipAddress: word)]
            $0.dockerSecurityOptions = ["label:\(word)"]
            $0.systemControls = [.init(namespace: "net.x", value: word)]
            $0.addedCapabilities = [word]
            $0.droppedCapabilities = [word]
        }
        #expect(
            words == [
                "--hostname=\(word)", "--dns=\(word)", "--dns-search=\(word)", "--add-host=h:\(word)", "--link=\(word)",
                "--cap-add=\(word)", "--cap-drop=\(word)", "--security-opt=label=\(word)", "--sysctl=net.x=\(word)",
            ])
    }

    /// Docker refuses these of a container that joins the network of another, and links outside of a bridge.
    @Test func theNetworkIsItsOwners() throws {
        let change: Change = {
            $0.hostname = "h"
            $0.links = ["a:b"]
            $0.dnsServers = ["192.0.2.1"]
            $0.dnsSearchDomains = ["x"]
            $0.extraHosts = [.init(hostname: "e", ipAddress: "192.0.2.2")]
            $0.systemControls = [.init(namespace: "net.x", value: "1")]
        }
        let names = ["--hostname=h", "--dns=192.0.2.1", "--dns-search=x", "--add-host=e:192.0.2.2"]
        #expect(try added(network: .bridge, change) == names + ["--link=a:b", "--sysctl=net.x=1"])
        #expect(try added(network: .host, change) == names + ["--sysctl=net.x=1"])
        #expect(try added(network: .none, change) == names + ["--sysctl=net.x=1"])
        #expect(try added(network: .container("4a"), change) == ["--sysctl=net.x=1"])
    }
}

@Suite struct DockerLoggingTests {
    private static func words(_ configuration: LogConfiguration) throws -> [String] {
        var launch = ContainerLaunch(name: "ecs-app-1-web-0", image: "box")
        launch.logConfiguration = configuration
        return try DockerArguments.run(launch, ownEnvironment: [:]).arguments.filter { $0.hasPrefix("--log-") }
    }

    @Test(arguments: [
        "json-file", "journald", "syslog", "fluentd", "gelf", "awslogs", "splunk", "local", "none", "--privileged",
    ])
    func theDriverIsDockers(driver: String) throws {
        #expect(try Self.words(.init(logDriver: driver)) == ["--log-driver=\(driver)"])
    }

    @Test func optionsAreDockers() throws {
        let options = [
            "max-size": "10m", "mode": "non-blocking", "max-buffer-size": "4m", "tag": "--privileged, a=b\nc $(id)",
            "-x": "y",
        ]
        #expect(
            try Self.words(.init(logDriver: "json-file", options: options)) == [
                "--log-driver=json-file", "--log-opt=-x=y", "--log-opt=max-buffer-size=4m", "--log-opt=max-size=10m",
                "--log-opt=mode=non-blocking", "--log-opt=tag=--privileged, a=b\nc $(id)",
            ])
    }

    @Test(arguments: ["", "a=b", "a=\u{301}b"]) func whatIsNoNameOfAnOptionIsRefused(name: String) {
        #expect(throws: RuntimeError.self) {
            try Self.words(.init(logDriver: "json-file", options: [name: "x"]))
        }
    }
}
