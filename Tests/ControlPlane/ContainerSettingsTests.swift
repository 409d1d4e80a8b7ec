import AWSModels
import AgentProtocol
import ControlPlaneState
import Placement
import Testing

@testable import AgentGateway

/// What of a container definition an agent is told as it is.
@Suite struct ContainerSettingsTests {
    private static func taken(_ json: String) throws -> ContainerSpecification {
        let container = try shape(ECS.ContainerDefinition.self, json)
        var specification = ContainerSpecification(name: "app", image: "box")
        specification.takeSettings(of: container)
        specification.takeLogConfiguration(of: container, taskID: "0123")
        return specification
    }

    @Test func everything() throws {
        let taken = try Self.taken(
            """
            {"hostname": "h", "dnsServers": ["192.0.2.1"], "dnsSearchDomains": ["x"],
             "extraHosts": [{"hostname": "a", "ipAddress": "192.0.2.2"}], "links": ["db:data"],
             "privileged": true, "readonlyRootFilesystem": true, "interactive": true, "pseudoTerminal": true,
             "dockerSecurityOptions": ["no-new-privileges"],
             "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": -1}],
             "systemControls": [{"namespace": "net.x", "value": "1"}],
             "linuxParameters": {
               "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}, "initProcessEnabled": true,
               "devices": [{"hostPath": "/dev/null", "containerPath": "/n", "permissions": ["read", "mknod"]},
                           {"hostPath": "/dev/zero"}],
               "sharedMemorySize": 5, "maxSwap": 0, "swappiness": 0,
               "tmpfs": [{"containerPath": "/t", "size": 6, "mountOptions": ["ro"]}]}}
            """)
        var expected = ContainerSettings()
        expected.hostname = "h"
        expected.dnsServers = ["192.0.2.1"]
        expected.dnsSearchDomains = ["x"]
        expected.extraHosts = [.init(hostname: "a", ipAddress: "192.0.2.2")]
        expected.links = ["db:data"]
        expected.privileged = true
        expected.readonlyRootFilesystem = true
        expected.interactive = true
        expected.pseudoTerminal = true
        expected.dockerSecurityOptions = ["no-new-privileges"]
        expected.ulimits = [.init(name: "nofile", softLimit: 1, hardLimit: -1)]
        expected.systemControls = [.init(namespace: "net.x", value: "1")]
        expected.addedCapabilities = ["NET_ADMIN"]
        expected.droppedCapabilities = ["ALL"]
        expected.initProcessEnabled = true
        expected.devices = [
            .init(hostPath: "/dev/null", containerPath: "/n", permissions: [.read, .mknod]),
            .init(hostPath: "/dev/zero"),
        ]
        expected.sharedMemorySizeMiB = 5
        expected.maxSwapMiB = 0
        expected.swappiness = 0
        expected.tmpfs = [.init(containerPath: "/t", sizeMiB: 6, mountOptions: ["ro"])]
        #expect(taken.settings == expected)
    }

    @Test(arguments: [
        "{}", #"{"linuxParameters": {}}"#,
        #"{"privileged": false, "links": [], "hostname": "", "dnsServers": [], "ulimits": [], "interactive": false}"#,
        #"{"linuxParameters": {"initProcessEnabled": false, "capabilities": {"add": []}, "tmpfs": [], "devices": []}}"#,
    ])
    func nothing(json: String) throws {
        let taken = try Self.taken(json)
        #expect(taken.settings == nil)
        #expect(taken.dependsOn == nil)
        #expect(taken.logConfiguration == nil)
    }

    @Test(arguments: [true, false]) func aContainerWithoutNetworkPublishesNothing(isDisabled: Bool) throws {
        var taken = try Self.taken(#"{"disableNetworking": \#(isDisabled)}"#)
        taken.takePorts([PortAssignment(containerPort: 80, hostPort: HostPort(.tcp, 8080), isDynamic: false)])
        #expect(taken.settings?.disableNetworking == (isDisabled ? true : nil))
        #expect(taken.portBindings.map(\.hostPort) == (isDisabled ? [] : [8080]))
    }

    @Test func whatIsLinkedHasToRun() throws {
        #expect(
            try Self.taken(#"{"links": ["db:data", "cache"]}"#).dependsOn == [
                .init("db", .start), .init("cache", .start),
            ])
        var specification = ContainerSpecification(name: "app", image: "box")
        specification.dependsOn = [.init("db", .healthy)]
        let container = try shape(ECS.ContainerDefinition.self, #"{"links": ["db", "db:data", "cache"]}"#)
        specification.takeSettings(of: container)
        #expect(specification.dependsOn == [.init("db", .healthy), .init("cache", .start)])
    }

    @Test func logs() throws {
        let json = #"{"logConfiguration": {"logDriver": "syslog", "options": {"mode": "blocking", "tag": "x"}}}"#
        #expect(
            try Self.taken(json).logConfiguration
                == LogConfiguration(logDriver: "syslog", options: ["mode": "blocking", "tag": "x"]))
        let secret =
            #"{"logConfiguration": {"logDriver": "splunk", "secretOptions": [{"name": "a", "valueFrom": "b"}]}}"#
        #expect(
            try Self.taken(secret).logConfiguration
                == LogConfiguration(logDriver: "splunk", secretOptions: [.init(name: "a", valueFrom: "b")]))
    }

    @Test func aStreamHasItsPrefixAndTheTask() throws {
        func options(_ driver: String, _ prefix: String) throws -> [String: String]? {
            let options = #"{"awslogs-region": "r", "awslogs-stream-prefix": "\#(prefix)"}"#
            return try Self.taken(#"{"logConfiguration": {"logDriver": "\#(driver)", "options": \#(options)}}"#)
                .logConfiguration?.options
        }
        #expect(try options("awslogs", "web") == ["awslogs-region": "r", "awslogs-stream": "web/app/0123"])
        #expect(try options("awslogs", "") == ["awslogs-region": "r"])
        #expect(try options("fluentd", "web")?["awslogs-stream-prefix"] == "web")
    }
}
