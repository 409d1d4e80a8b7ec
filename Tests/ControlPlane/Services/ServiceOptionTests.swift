import AWSModels
import ControlPlaneState
import Foundation
import Placement
import Testing

@testable import ControlPlaneAPI

/// What a service may ask for beside a number of tasks, from the request to what its tasks are.
@Suite struct ServiceOptionTests {
    private static func definition(_ family: String, _ options: [String: Any]) -> [String: Any] {
        let container: [String: Any] = [
            "name": "app", "image": "busybox", "memory": 8, "portMappings": [["containerPort": 80]],
        ]
        return options.merging(["family": family, "containerDefinitions": [container]]) { $1 }
    }

    /// Of hosts that can do what the tests' definitions ask for.
    private static var capabilities: [String: String] {
        let versions = (17...44).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }
        let others = ["ecs.capability.task-eni", "com.amazonaws.ecs.capability.task-iam-role"]
        return Dictionary(uniqueKeysWithValues: (versions + others).map { ($0, "") })
    }

    private static func tags(_ task: TaskRecord) -> [String] { task.tags.map { "\($0.key ?? "")=\($0.value ?? "")" } }

    // MARK: Tags

    @Test(arguments: [
        (#"{"propagateTags":"TASK_DEFINITION"}"#, ["from=definition"]),
        (#"{"propagateTags":"SERVICE"}"#, ["from=service"]),
        (#"{"propagateTags":"NONE"}"#, []),
        ("{}", []),
        (
            #"{"propagateTags":"TASK_DEFINITION","enableECSManagedTags":true}"#,
            ["from=definition", "aws:ecs:clusterName=default", "aws:ecs:serviceName=s"]
        ),
        (#"{"enableECSManagedTags":true}"#, ["aws:ecs:clusterName=default", "aws:ecs:serviceName=s"]),
    ])
    func tagsOfTasks(json: String, tags: [String]) async throws {
        let services = try await RunningServices.with()
        let tagged = Self.definition("tagged", ["tags": [["key": "from", "value": "definition"]]])
        _ = try await services.plane.call("RegisterTaskDefinition", tagged)
        var options = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        options["taskDefinition"] = "tagged"
        options["tags"] = [["key": "from", "value": "service"]]
        try await services.plane.createService("s", options)
        try await services.settle()
        #expect(services.tasks().map(Self.tags) == [tags, tags])
    }

    // MARK: ECS Exec

    private struct AnyRole: RoleCredentialsProvider {
        func credentials(ofRole role: String, at now: Date) -> RoleCredentials? {
            RoleCredentials(accessKeyID: "a", secretAccessKey: "s")
        }
    }

    private static var withRole: [String: Any] {
        definition("own", ["taskRoleArn": "arn:aws:iam::123456789012:role/app"])
    }

    @Test func tasksAreMadeForExecIfTheServiceIs() async throws {
        let services = try await RunningServices.with(hosts: 0, roles: AnyRole())
        try await services.addHost(zone: "zone-0", attributes: Self.capabilities)
        _ = try await services.plane.call("RegisterTaskDefinition", Self.withRole)
        let refusal = try await services.plane.failure(
            "CreateService",
            ["serviceName": "s", "taskDefinition": "web:1", "desiredCount": 1, "enableExecuteCommand": true])
        #expect(refusal.code == "InvalidParameterException")
        #expect(refusal.message.contains("because a valid taskRoleArn is not being used."))
        let service = try await services.plane.createService("s", ["taskDefinition": "own"])
        #expect(service["enableExecuteCommand"] as? Bool == false)
        try await services.pass(10)
        #expect(services.tasks().map(\.launch.enableExecuteCommand) == [false, false])
        // It is for the tasks of the next deployment.
        try await services.plane.updateService("s", ["enableExecuteCommand": true, "forceNewDeployment": true])
        try await services.pass(10)
        #expect(services.tasks().map(\.launch.enableExecuteCommand) == [true, true])
    }

    @Test func aServiceWhoseRoleNobodyHasSaysSo() async throws {
        let services = try await RunningServices.with()
        _ = try await services.plane.call("RegisterTaskDefinition", Self.withRole)
        try await services.plane.createService("s", ["taskDefinition": "own"])
        try await services.settle()
        #expect(services.tasks().isEmpty)
        #expect(try await services.messages().last?.contains("ECS was unable to assume the role") == true)
    }

    // MARK: awsvpc

    @Test func tasksOfAServiceHaveInterfacesInItsSubnets() async throws {
        let services = try await RunningServices.with(hosts: 0)
        try await services.addHost(zone: "zone-0", attributes: Self.capabilities)
        try await services.addHost(zone: "zone-1", attributes: Self.capabilities)
        let instances = try await services.plane.call("ListContainerInstances")["containerInstanceArns"] ?? []
        let described = try await services.plane.call("DescribeContainerInstances", ["containerInstances": instances])
        let subnets = described.list("containerInstances").map { instance in
            instance.list("attributes").first { $0.text("name") == "ecs.subnet-id" }?.text("value") ?? ""
        }
        _ = try await services.plane.call(
            "RegisterTaskDefinition", Self.definition("own", ["networkMode": "awsvpc"]))
        let missing = try await services.plane.failure(
            "CreateService", ["serviceName": "s", "taskDefinition": "own", "desiredCount": 1])
        #expect(missing.code == "InvalidParameterException")
        func network(_ subnet: String) -> [String: Any] { ["awsvpcConfiguration": ["subnets": [subnet]]] }
        try await services.plane.createService(
            "s", ["taskDefinition": "own", "networkConfiguration": network(subnets[0])])
        try await services.pass(10)
        func interfaces() async throws -> [String] {
            let arns = try await services.plane.call("ListTasks", ["serviceName": "s"])["taskArns"] as? [String] ?? []
            let tasks = try await services.plane.call("DescribeTasks", ["tasks": arns]).list("tasks")
            return tasks.compactMap { task in
                task.list("attachments").first?.list("details").first { $0.text("name") == "subnetId" }?.text("value")
            }
        }
        #expect(try await interfaces() == [subnets[0], subnets[0]])
        try await services.plane.updateService("s", ["networkConfiguration": network(subnets[1])])
        try await services.pass(10)
        #expect(try await interfaces() == [subnets[1], subnets[1]], "another network is another deployment")
        #expect(
            try await services.plane.serviceDeployments().map { $0.text("status") } == ["SUCCESSFUL", "SUCCESSFUL"])
    }

    // MARK: Zones

    @Test func aNewZoneGetsItsShareWithoutATaskLess() async throws {
        let services = try await RunningServices.with(hosts: 1)
        try await services.plane.createService("s", ["desiredCount": 4])
        try await services.pass(10)
        let added = try await services.addHost(zone: "zone-1")
        var fewest = 4
        for _ in 0..<20 {
            try await services.pass(1)
            fewest = min(fewest, services.tasks().count { $0.lastStatus == .running && $0.desiredStatus == .running })
        }
        #expect(fewest == 4)
        let there = services.tasks().count { added.hasSuffix($0.containerInstance.rawValue) }
        #expect((services.tasks().count, there) == (4, 2))
        let messages = try await services.messages()
        #expect(messages.contains { $0.contains("is not AZ balanced with") })
        #expect(messages.contains { $0.contains("is AZ balanced with") })
    }

    @Test func withoutRebalancingANewZoneGetsNothing() async throws {
        let services = try await RunningServices.with(hosts: 1)
        try await services.plane.createService(
            "s", ["desiredCount": 4, "availabilityZoneRebalancing": "DISABLED"])
        try await services.pass(10)
        let added = try await services.addHost(zone: "zone-1")
        // Has it looked at, though nothing happened to its tasks.
        try await services.plane.updateService(
            "s", ["deploymentConfiguration": ["minimumHealthyPercent": 50, "maximumPercent": 200]])
        try await services.pass(20)
        #expect(services.tasks().count { added.hasSuffix($0.containerInstance.rawValue) } == 0)
    }

    // MARK: Protection

    private static func protect(
        _ services: RunningServices, _ tasks: [TaskRecord], _ isEnabled: Bool = true
    ) async throws -> (protected: Int, failures: [String]) {
        let input: [String: Any] = [
            "cluster": "default", "tasks": tasks.map(\.id.description), "protectionEnabled": isEnabled,
        ]
        let output = try await services.plane.call("UpdateTaskProtection", input)
        return (output.list("protectedTasks").count, output.list("failures").map { $0.text("reason") })
    }

    @Test func protectedTasksAreNotScaledIn() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 4])
        try await services.pass(10)
        let kept = Array(services.tasks().suffix(2))
        #expect(try await Self.protect(services, kept) == (2, []))
        try await services.plane.updateService("s", ["desiredCount": 1])
        try await services.settle()
        #expect(services.tasks().map(\.id) == kept.map(\.id))
        #expect(
            try await services.messages().contains {
                $0.contains("The number of protected tasks are more than the desired count of tasks.")
            })
        #expect(try await Self.protect(services, [kept[1]], false) == (1, []))
        try await services.settle()
        #expect(services.tasks().map(\.id) == [kept[0].id])
    }

    @Test func protectionEndsByItself() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 2])
        try await services.pass(10)
        let input: [String: Any] = [
            "cluster": "default", "tasks": services.tasks().map(\.id.description), "protectionEnabled": true,
            "expiresInMinutes": 1,
        ]
        _ = try await services.plane.call("UpdateTaskProtection", input)
        try await services.plane.updateService("s", ["desiredCount": 0])
        try await services.pass(59)
        #expect(services.tasks().count == 2)
        try await services.pass(2)
        #expect(services.tasks().isEmpty)
    }

    /// What is protected keeps its protection, and can have it longer; it can be given up as well.
    @Test func whereTooManyAreProtectedNoOtherCanBe() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 3])
        try await services.pass(10)
        let tasks = services.tasks()
        #expect(try await Self.protect(services, Array(tasks.prefix(2))) == (2, []))
        try await services.plane.updateService("s", ["desiredCount": 1])
        #expect(try await Self.protect(services, [tasks[2]]) == (0, ["DEPLOYMENT_BLOCKED"]))
        #expect(try await Self.protect(services, [tasks[0]]) == (1, []), "longer")
        #expect(try await Self.protect(services, [tasks[0]], false) == (1, []))
        #expect(try await Self.protect(services, [tasks[2]]) == (1, []), "there are as many as there are to be")
    }

    @Test func protectedTasksHoldUpADeploymentAndNothingElse() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 2])
        try await services.pass(10)
        let kept = services.tasks()[0]
        #expect(try await Self.protect(services, [kept]) == (1, []))
        try await services.plane.updateService("s", ["taskDefinition": "web:2"])
        try await services.pass(20)
        #expect(services.tasks().map(\.taskDefinition.revision) == [1, 2, 2])
        #expect(services.tasks()[0].id == kept.id)
        #expect(try await services.plane.describeService().list("deployments").count == 2)
        #expect(try await Self.protect(services, [kept], false) == (1, []))
        try await services.pass(10)
        #expect(services.tasks().map(\.taskDefinition.revision) == [2, 2])
    }
}
