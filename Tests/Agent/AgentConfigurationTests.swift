import AgentConfiguration
import AgentEngine
import AgentNetwork
import AgentResources
import AgentSecrets
import AgentSession
import Foundation
import Support
import Testing

private func read(_ arguments: [String] = [], _ environment: [String: String] = [:], file: String? = nil) throws
    -> AgentConfiguration
{
    let outcome = try AgentConfiguration.reader.read(
        arguments: arguments, environment: environment, readFile: { _ throws(ConfigurationError) in file })
    guard case .settings(let values) = outcome else { throw CancellationError() }
    return try AgentConfiguration(values)
}

@Suite struct AgentConfigurationTests {
    @Test func defaultsAreThoseOfTheDesign() throws {
        let configuration = try read()
        #expect(configuration.controlPlane == "http://127.0.0.1:8600")
        #expect(configuration.session.cluster == "default")
        #expect(configuration.dataDirectory == "/var/lib/stevedore/agent")
        #expect(configuration.runtime == "docker")
        #expect(configuration.session.joinToken == nil)
        #expect(configuration.session.key == nil)
        #expect(configuration.imagePullBehavior == .default)
        #expect(configuration.stopTimeoutSeconds == 30)
        #expect(configuration.cleanUpWaitSeconds == 10800)
        #expect(configuration.housekeeping.cleanUpJitterSeconds == 0)
        #expect(configuration.housekeeping.images == ImageCleanupPolicy())
        #expect(configuration.housekeeping.runtimeCheckInterval == .seconds(60))
        #expect(configuration.startTimeoutSeconds == 420)
        #expect(configuration.pullTimeoutSeconds == 7200)
        #expect(configuration.share.reservedPorts == [22, 2375, 2376, 51678, 51679])
        #expect(configuration.share.reservedUDPPorts == [])
        #expect(configuration.pullInactivitySeconds == 60)
        #expect(configuration.registryLogins.credential(for: "box") == nil)
        #expect(configuration.policy.loggingDrivers(of: ["local", "json-file"]) == ["json-file", "none"])
        #expect(configuration.resources == ResourceConfiguration())
        #expect(!configuration.share.isGPUSupportEnabled)
        #expect(configuration.share.gpuRuntime == "nvidia")
        #expect(configuration.share.dynamicPortRange == nil)
    }

    @Test func resources() throws {
        let resources = try read(
            [],
            [
                "ECS_ENABLE_TASK_CPU_MEM_LIMIT": "FALSE", "ECS_CGROUP_PATH": "/cgroup", "ECS_CGROUP_CPU_PERIOD": "8ms",
                "ECS_TASK_PIDS_LIMIT": "4194304", "ECS_SHARED_VOLUME_MATCH_FULL_CONFIG": "true",
                "STEVEDORE_ENVIRONMENT_FILES_DIR": "/srv/env",
            ]
        ).resources
        var expected = ResourceConfiguration()
        expected.limitsTasks = false
        expected.cgroupRoot = "/cgroup"
        expected.cpuPeriodMicroseconds = 8000
        expected.pidsLimit = 4_194_304
        expected.matchesSharedVolumesFully = true
        expected.environmentFilesDirectory = "/srv/env"
        #expect(resources == expected)
        #expect(try read([], ["ECS_TASK_PIDS_LIMIT": ""]).resources == ResourceConfiguration())
    }

    @Test func interfacesOfTasks() throws {
        #expect(try read().awsvpc == AwsvpcConfiguration())
        #expect(try read().isTaskENIEnabled == nil)
        let configuration = try read(
            [],
            [
                "ECS_ENABLE_TASK_ENI": "true", "ECS_CNI_PLUGINS_PATH": "/opt/cni/bin",
                "STEVEDORE_AWSVPC_MODE": "macvlan", "STEVEDORE_AWSVPC_PARENT": "eth1",
                "STEVEDORE_HOST_ADDRESS": "192.0.2.1",
            ])
        var expected = AwsvpcConfiguration()
        expected.pluginDirectory = "/opt/cni/bin"
        expected.mode = .macvlan(parent: "eth1")
        #expect(configuration.awsvpc == expected)
        #expect(configuration.isTaskENIEnabled == true)
        #expect(configuration.hostAddress == "192.0.2.1")
        let wrong = [
            ["STEVEDORE_AWSVPC_MODE": "bridge"], ["STEVEDORE_AWSVPC_MODE": "ipvlan"],
            ["STEVEDORE_AWSVPC_MODE": "ipvlan", "STEVEDORE_AWSVPC_PARENT": "e/h"],
            ["STEVEDORE_HOST_ADDRESS": "127.0.0.1"], ["ECS_CNI_PLUGINS_PATH": "cni"], ["ECS_ENABLE_TASK_ENI": "maybe"],
        ]
        for settings in wrong {
            #expect(throws: ConfigurationError.self, "\(settings)") { try read([], settings) }
        }
    }

    @Test func flagsBeforeEnvironmentBeforeFile() throws {
        let file = """
            ECS_CLUSTER=from-file
            ECS_DATADIR=/data
            ECS_INSTANCE_ATTRIBUTES={"stack":"prod","bare":null}
            ECS_RESERVED_PORTS=[22,80]
            ECS_CONTAINER_STOP_TIMEOUT=1m30s
            ECS_LOGLEVEL=warn
            ECS_ENABLE_GPU_SUPPORT=true
            ECS_NVIDIA_RUNTIME=
            ECS_DYNAMIC_HOST_PORT_RANGE=40000-40999
            ECS_NO_SUCH_SETTING=true
            """
        let configuration = try read(
            ["--cluster", "from-flag"], ["ECS_CLUSTER": "from-environment", "ECS_DATADIR": "/env"], file: file)
        #expect(configuration.session.cluster == "from-flag")
        #expect(configuration.dataDirectory == "/env")
        #expect(configuration.attributes == [.init("bare", nil), .init("stack", "prod")])
        #expect(configuration.share.reservedPorts == [22, 80])
        #expect(configuration.stopTimeoutSeconds == 90)
        #expect(configuration.logLevel == .warning)
        #expect(configuration.share.isGPUSupportEnabled)
        #expect(configuration.share.gpuRuntime == nil)
        #expect(configuration.share.dynamicPortRange == 40000...40999)
        #expect(configuration.unknownKeys == ["ECS_NO_SUCH_SETTING"])
    }

    @Test func whatTasksMayUse() throws {
        let usual = try read().policy
        #expect(usual.allowsPrivileged)
        #expect(usual.securityFeatures == ["privileged-container"])
        let policy = try read(
            [],
            [
                "ECS_DISABLE_PRIVILEGED": "1", "ECS_SELINUX_CAPABLE": "true", "ECS_APPARMOR_CAPABLE": "T",
                "ECS_AVAILABLE_LOGGING_DRIVERS": #"["syslog","journald","none"]"#,
            ]
        ).policy
        #expect(!policy.allowsPrivileged)
        #expect(policy.securityFeatures == ["selinux", "apparmor"])
        #expect(policy.loggingDrivers(of: ["json-file", "journald"]) == ["journald", "none"])
    }

    struct Bad: Sendable {
        var arguments: [String] = []
        var environment: [String: String] = [:]
        var exitCode: Int32 = 78
        var names: String
    }

    @Test(arguments: [
        Bad(arguments: ["--control-plane", "ftp://x"], exitCode: 64, names: "--control-plane"),
        Bad(arguments: ["--cluster="], exitCode: 64, names: "--cluster"),
        Bad(arguments: ["--log-format", "xml"], exitCode: 64, names: "--log-format"),
        Bad(environment: ["ECS_DATADIR": "relative"], names: "ECS_DATADIR"),
        Bad(environment: ["ECS_IMAGE_PULL_BEHAVIOR": "never"], names: "ECS_IMAGE_PULL_BEHAVIOR"),
        Bad(environment: ["ECS_CONTAINER_STOP_TIMEOUT": "0s"], names: "ECS_CONTAINER_STOP_TIMEOUT"),
        Bad(environment: ["ECS_CONTAINER_START_TIMEOUT": "10"], names: "ECS_CONTAINER_START_TIMEOUT"),
        Bad(environment: ["ECS_RESERVED_MEMORY": "-1"], names: "ECS_RESERVED_MEMORY"),
        Bad(environment: ["ECS_RESERVED_PORTS": "[0]"], names: "ECS_RESERVED_PORTS"),
        Bad(environment: ["ECS_DYNAMIC_HOST_PORT_RANGE": "60999-32768"], names: "ECS_DYNAMIC_HOST_PORT_RANGE"),
        Bad(environment: ["ECS_ENABLE_GPU_SUPPORT": "perhaps"], names: "ECS_ENABLE_GPU_SUPPORT"),
        Bad(environment: ["ECS_INSTANCE_ATTRIBUTES": "{\"a\":1}"], names: "ECS_INSTANCE_ATTRIBUTES"),
        Bad(environment: ["ECS_AVAILABLE_LOGGING_DRIVERS": "json-file"], names: "ECS_AVAILABLE_LOGGING_DRIVERS"),
        Bad(environment: ["ECS_DISABLE_PRIVILEGED": "yes"], names: "ECS_DISABLE_PRIVILEGED"),
        Bad(environment: ["AWS_ACCESS_KEY_ID": "x"], names: "AWS_ACCESS_KEY_ID"),
        Bad(environment: ["ECS_ENABLE_TASK_CPU_MEM_LIMIT": "yes"], names: "ECS_ENABLE_TASK_CPU_MEM_LIMIT"),
        Bad(environment: ["ECS_CGROUP_CPU_PERIOD": "101ms"], names: "ECS_CGROUP_CPU_PERIOD"),
        Bad(environment: ["ECS_CGROUP_PATH": "cgroup"], names: "ECS_CGROUP_PATH"),
        Bad(environment: ["ECS_TASK_PIDS_LIMIT": "0"], names: "ECS_TASK_PIDS_LIMIT"),
        Bad(environment: ["STEVEDORE_ENVIRONMENT_FILES_DIR": "env"], names: "STEVEDORE_ENVIRONMENT_FILES_DIR"),
        Bad(environment: ["ECS_IMAGE_CLEANUP_INTERVAL": "9m"], names: "at least 10m0s"),
        Bad(environment: ["ECS_NUM_IMAGES_DELETE_PER_CYCLE": "0"], names: "ECS_NUM_IMAGES_DELETE_PER_CYCLE"),
        Bad(environment: ["ECS_DISABLE_IMAGE_CLEANUP": "maybe"], names: "ECS_DISABLE_IMAGE_CLEANUP"),
    ])
    func whatIsWrongIsNamed(bad: Bad) throws {
        do {
            _ = try read(bad.arguments, bad.environment)
            Issue.record("accepted")
        } catch let error as ConfigurationError {
            #expect(error.exitCode == bad.exitCode)
            #expect(error.message.contains(bad.names), "\(error.message)")
        }
    }

    @Test func housekeepingIsAsTheAmazonAgentsFileSaysIt() throws {
        let file = """
            ECS_IMAGE_CLEANUP_INTERVAL=10m
            ECS_IMAGE_MINIMUM_CLEANUP_AGE=5m
            ECS_NUM_IMAGES_DELETE_PER_CYCLE=7
            ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP=true
            NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE=2h
            ECS_EXCLUDE_UNTRACKED_IMAGE=a:1, b
            ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1h
            ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER=10m
            """
        let housekeeping = try read(file: file).housekeeping
        #expect(housekeeping.cleanUpJitterSeconds == 600)
        let images = housekeeping.images
        #expect((images.interval, images.minimumAge) == (.seconds(600), .seconds(300)))
        #expect((images.untrackedMinimumAge, images.untrackedContainerAge) == (.seconds(7200), .seconds(3600)))
        #expect((images.limit, images.includesUntracked, images.isEnabled) == (7, true, true))
        #expect(images.excluded == ["a:1", "b"])
    }

    @Test(arguments: [["ECS_DISABLE_IMAGE_CLEANUP": "true"], ["ECS_IMAGE_PULL_BEHAVIOR": "prefer-cached"]])
    func imageCleanupCanBeOff(environment: [String: String]) throws {
        #expect(try read([], environment).housekeeping.images.isEnabled == false)
    }

    @Test(arguments: [
        (["--wait", "--timeout", "5m"], Duration.seconds(300)), (["--wait"], nil), ([], nil),
    ])
    func drainTakesATimeoutWithWait(arguments: [String], timeout: Duration?) throws {
        let outcome = try DrainConfiguration.reader.read(
            arguments: arguments, environment: [:], readFile: { _ throws(ConfigurationError) in nil })
        guard case .settings(let values) = outcome else { throw CancellationError() }
        let configuration = try DrainConfiguration(values)
        #expect(configuration.timeout == timeout)
        #expect(configuration.waits == !arguments.isEmpty)
        #expect(configuration.dataDirectory == "/var/lib/stevedore/agent")
    }

    @Test(arguments: [["--timeout", "5m"], ["--undo", "--wait"], ["--timeout=soon", "--wait"], ["now"]])
    func drainRefuses(arguments: [String]) throws {
        #expect(throws: ConfigurationError.self) {
            let outcome = try DrainConfiguration.reader.read(
                arguments: arguments, environment: [:], readFile: { _ throws(ConfigurationError) in nil })
            guard case .settings(let values) = outcome else { return }
            _ = try DrainConfiguration(values)
        }
    }

    @Test(arguments: [(5, "5s"), (60, "1m0s"), (420, "7m0s"), (3605, "1h0m5s")])
    func durationsAreWrittenAsGoWritesThem(seconds: Int, text: String) {
        #expect(GoDuration.text(.seconds(seconds)) == text)
    }

    struct Length: Sendable {
        var text: String
        var seconds: Double?
    }

    @Test(arguments: [
        Length(text: "3h", seconds: 10800), Length(text: "1h30m", seconds: 5400), Length(text: "1.5m", seconds: 90),
        Length(text: "500ms", seconds: 0.5), Length(text: "0", seconds: 0), Length(text: "", seconds: nil),
        Length(text: "10", seconds: nil),
        Length(text: "-1s", seconds: nil), Length(text: "h", seconds: nil), Length(text: "1y", seconds: nil),
        Length(text: "1s ", seconds: nil),
        Length(text: "1..2s", seconds: nil), Length(text: "٣s", seconds: nil),
    ])
    func durations(length: Length) { #expect(GoDuration.seconds(length.text) == length.seconds) }
}
