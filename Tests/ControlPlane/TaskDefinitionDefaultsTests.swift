import AWSModels
import AWSProtocol
import Foundation
import Testing

@testable import ControlPlaneAPI

@Suite struct TaskDefinitionDefaultsTests {
    /// Registers, and checks that DescribeTaskDefinition says the same.
    private func registered(_ json: String) async throws -> [String: Any] {
        let plane = try TestControlPlane()
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        let output = try await plane.call("RegisterTaskDefinition", input).object("taskDefinition")
        let described = try await plane.call(
            "DescribeTaskDefinition", ["taskDefinition": output.text("taskDefinitionArn")])
        #expect(described.object("taskDefinition") as NSDictionary == output as NSDictionary)
        return output
    }

    @Test func aContainerGetsWhatECSFillsIn() async throws {
        let definition = try await registered(
            #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"portMappings":[{"containerPort":80}]}]}"#
        )
        let container = definition.list("containerDefinitions")[0]
        #expect(container["cpu"] as? Int == 0)
        #expect(container["essential"] as? Bool == true)
        for list in ["environment", "mountPoints", "volumesFrom", "systemControls"] {
            #expect((container[list] as? [Any])?.isEmpty == true)
        }
        #expect(container.list("portMappings")[0].text("protocol") == "tcp")
        #expect(container.list("portMappings")[0]["hostPort"] as? Int == 0)
        for absent in ["healthCheck", "links", "logConfiguration", "ulimits", "dockerLabels"] {
            #expect(container[absent] == nil)
        }
        for list in ["volumes", "placementConstraints", "requiresAttributes"] {
            #expect((definition[list] as? [Any])?.isEmpty == true)
        }
        for absent in [
            "networkMode", "requiresCompatibilities", "cpu", "memory", "taskRoleArn", "executionRoleArn", "pidMode",
            "ipcMode", "proxyConfiguration", "ephemeralStorage", "runtimePlatform", "inferenceAccelerators",
            "enableFaultInjection", "deregisteredAt", "deleteRequestedAt",
        ] {
            #expect(definition[absent] == nil)
        }
        #expect(definition.text("status") == "ACTIVE")
        #expect(definition.text("registeredBy") == TestControlPlane.root.arn)
        #expect(definition["registeredAt"] as? Double == TestControlPlane.start.timeIntervalSince1970)
    }

    @Test(arguments: [("host", 80), ("awsvpc", 80), ("bridge", 0)])
    func theHostPortFollowsTheNetworkMode(networkMode: String, hostPort: Int) {
        var request = ECS.RegisterTaskDefinitionRequest()
        request.networkMode = ECS.NetworkMode(rawValue: networkMode)
        var container = ECS.ContainerDefinition()
        container.portMappings = [
            ECS.PortMapping(containerPort: 80), ECS.PortMapping(containerPortRange: "90-99", protocol: .udp),
        ]
        request.containerDefinitions = [container]
        let definition = ECS.TaskDefinition(registering: request, registeredAt: Date(), registeredBy: "")
        let mappings = definition.containerDefinitions?[0].portMappings ?? []
        #expect(mappings[0] == ECS.PortMapping(containerPort: 80, hostPort: hostPort, protocol: .tcp))
        #expect(mappings[1] == ECS.PortMapping(containerPortRange: "90-99", protocol: .udp))
    }

    @Test func aHealthCheckGetsItsTimes() async throws {
        let definition = try await registered(
            #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"healthCheck":{"command":["CMD","true"],"timeout":7}}]}"#
        )
        let healthCheck = definition.list("containerDefinitions")[0].object("healthCheck")
        #expect(healthCheck["interval"] as? Int == 30)
        #expect(healthCheck["timeout"] as? Int == 7)
        #expect(healthCheck["retries"] as? Int == 3)
        #expect(healthCheck["startPeriod"] == nil)
    }

    /// What the task as a whole was given comes back, sizes as plain numbers.
    @Test func echoesTheTaskLevel() {
        var request = ECS.RegisterTaskDefinitionRequest()
        request.family = "f"
        request.taskRoleArn = "arn:aws:iam::123456789012:role/t"
        request.executionRoleArn = "arn:aws:iam::123456789012:role/e"
        request.networkMode = .awsvpc
        request.cpu = "1 vCPU"
        request.memory = "2GB"
        request.pidMode = .task
        request.ipcMode = .task
        request.proxyConfiguration = ECS.ProxyConfiguration(containerName: "envoy", properties: [])
        request.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 30)
        request.runtimePlatform = ECS.RuntimePlatform(cpuArchitecture: .arm64)
        request.requiresCompatibilities = [.ec2]
        request.enableFaultInjection = true
        request.inferenceAccelerators = [ECS.InferenceAccelerator(deviceName: "d", deviceType: "t")]
        request.placementConstraints = [ECS.TaskDefinitionPlacementConstraint(expression: "x == y", type: .memberOf)]
        let definition = ECS.TaskDefinition(registering: request, registeredAt: Date(), registeredBy: "")
        #expect(definition.taskRoleArn == request.taskRoleArn)
        #expect(definition.executionRoleArn == request.executionRoleArn)
        #expect(definition.networkMode == .awsvpc)
        #expect(definition.cpu == "1024")
        #expect(definition.memory == "2048")
        #expect(definition.pidMode == .task)
        #expect(definition.ipcMode == .task)
        #expect(
            definition.proxyConfiguration
                == ECS.ProxyConfiguration(containerName: "envoy", properties: [], type: .appmesh))
        #expect(definition.ephemeralStorage == request.ephemeralStorage)
        #expect(definition.runtimePlatform == request.runtimePlatform)
        #expect(definition.requiresCompatibilities == [.ec2])
        #expect(definition.enableFaultInjection == true)
        #expect(definition.inferenceAccelerators == nil)
        #expect(definition.placementConstraints == request.placementConstraints)
    }

    @Test func emptyTextIsNothing() {
        var request = ECS.RegisterTaskDefinitionRequest()
        (request.taskRoleArn, request.executionRoleArn, request.cpu, request.memory) = ("", "", "", "")
        let definition = ECS.TaskDefinition(registering: request, registeredAt: Date(), registeredBy: "")
        #expect(definition.taskRoleArn == nil)
        #expect(definition.executionRoleArn == nil)
        #expect(definition.cpu == nil)
        #expect(definition.memory == nil)
    }

    struct VolumeCase: Sendable, CustomTestStringConvertible {
        var given: String
        var filled: String
        var testDescription: String { given }
    }

    @Test(arguments: [
        VolumeCase(given: #"{"name":"v"}"#, filled: #"{"name":"v","host":{}}"#),
        VolumeCase(
            given: #"{"name":"v","host":{"sourcePath":"/x"}}"#, filled: #"{"name":"v","host":{"sourcePath":"/x"}}"#),
        VolumeCase(
            given: #"{"name":"v","dockerVolumeConfiguration":{"driver":"local"}}"#,
            filled: #"{"name":"v","dockerVolumeConfiguration":{"driver":"local","scope":"task"}}"#),
        VolumeCase(
            given: #"{"name":"v","dockerVolumeConfiguration":{"scope":"shared","autoprovision":true}}"#,
            filled: #"{"name":"v","dockerVolumeConfiguration":{"scope":"shared","autoprovision":true}}"#),
        VolumeCase(
            given: #"{"name":"v","efsVolumeConfiguration":{"fileSystemId":"fs-1"}}"#,
            filled: #"{"name":"v","efsVolumeConfiguration":{"fileSystemId":"fs-1","rootDirectory":"/"}}"#),
        VolumeCase(
            given: #"{"name":"v","configuredAtLaunch":true}"#, filled: #"{"name":"v","configuredAtLaunch":true}"#),
    ]) func aVolumeGetsItsDefaults(volume: VolumeCase) throws {
        var request = ECS.RegisterTaskDefinitionRequest()
        request.volumes = [try AWSJSONCodec().decode(ECS.Volume.self, from: Array(volume.given.utf8))]
        let definition = ECS.TaskDefinition(registering: request, registeredAt: Date(), registeredBy: "")
        let expected = try AWSJSONCodec().decode(ECS.Volume.self, from: Array(volume.filled.utf8))
        #expect(definition.volumes == [expected])
    }
}
