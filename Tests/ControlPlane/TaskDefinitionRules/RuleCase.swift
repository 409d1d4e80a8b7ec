import AWSModels
import AWSProtocol
import Testing

@testable import ControlPlaneAPI

/// A request that is right but for one change, and what registration says of it.
struct RuleCase: Sendable, CustomTestStringConvertible {
    typealias Change = @Sendable (inout ECS.RegisterTaskDefinitionRequest) -> Void

    let name: String
    /// The whole message of the refusal; nil if the request is accepted.
    let message: String?
    let change: Change

    static func refused(_ name: String, _ message: String, _ change: @escaping Change) -> Self {
        Self(name: name, message: message, change: change)
    }

    static func accepted(_ name: String, _ change: @escaping Change) -> Self {
        Self(name: name, message: nil, change: change)
    }

    var testDescription: String { name }

    var request: ECS.RegisterTaskDefinitionRequest {
        var request = ECS.RegisterTaskDefinitionRequest()
        request.family = "web"
        request.containerDefinitions = [ECS.ContainerDefinition(image: "busybox", memory: 64, name: "app")]
        change(&request)
        return request
    }

    func verify() {
        do {
            try TaskDefinitionRule.check(request)
            #expect(message == nil)
        } catch {
            #expect(error.code == "ClientException")
            #expect(error.message == message)
        }
    }
}

extension ECS.RegisterTaskDefinitionRequest {
    /// The container that every request of these tests has.
    var app: ECS.ContainerDefinition {
        get { containerDefinitions?.first ?? ECS.ContainerDefinition() }
        set { containerDefinitions?[0] = newValue }
    }

    mutating func add(_ name: String, _ change: (inout ECS.ContainerDefinition) -> Void = { _ in }) {
        var container = ECS.ContainerDefinition(essential: false, image: "busybox", memory: 64, name: name)
        change(&container)
        containerDefinitions?.append(container)
    }

    /// Asks for Fargate, and keeps what it asks for.
    mutating func becomeFargate() {
        requiresCompatibilities = [.fargate]
        networkMode = .awsvpc
        cpu = "256"
        memory = "512"
        executionRoleArn = "ecsTaskExecutionRole"
    }

    mutating func become(_ launchType: ECS.Compatibility, _ mode: ECS.NetworkMode? = nil) {
        requiresCompatibilities = [launchType]
        networkMode = mode
    }

    mutating func mount(_ volume: ECS.Volume) {
        volumes = (volumes ?? []) + [volume]
        app.mountPoints =
            (app.mountPoints ?? []) + [
                ECS.MountPoint(containerPath: "/mnt/\(volume.name ?? "")", sourceVolume: volume.name)
            ]
    }

    mutating func log(_ driver: ECS.LogDriver, _ options: [String: String] = [:]) {
        app.logConfiguration = ECS.LogConfiguration(logDriver: driver, options: options)
    }
}
