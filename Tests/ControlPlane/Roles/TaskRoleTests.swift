import AgentProtocol
import ControlPlaneState
import Foundation
import Synchronization
import Testing

/// Roles whose credentials a test gives and takes.
private final class FakeRoles: RoleCredentialsProvider {
    private let known = Mutex<[String: RoleCredentials]>([:])

    init(_ keys: [String: String]) { for (role, key) in keys { set(role, key) } }

    func set(_ role: String, _ key: String?) {
        known.withLock { $0[role] = key.map { RoleCredentials(accessKeyID: $0, secretAccessKey: "s") } }
    }

    func credentials(ofRole role: String, at now: Date) -> RoleCredentials? {
        known.withLock { $0[String(role.split(separator: "/").last ?? "")] }
    }
}

private func register(_ plane: TestControlPlane, role: String?) async throws {
    var input: [String: Any] = [
        "family": "web", "containerDefinitions": [["name": "app", "image": "busybox", "memory": 64]],
    ]
    input["taskRoleArn"] = role
    _ = try await plane.call("RegisterTaskDefinition", input)
}

private let capable = ["com.amazonaws.ecs.capability.task-iam-role"]

@Suite struct TaskRoleTests {
    @Test(arguments: ["RunTask", "StartTask"]) func aRoleWithoutCredentialsIsRefused(operation: String) async throws {
        let plane = try TestControlPlane(roles: FakeRoles(["other": "AKIA"]))
        let instance = try await plane.registerInstance(attributes: capable)
        try await register(plane, role: "app")
        var input: [String: Any] = ["taskDefinition": "web"]
        if operation == "StartTask" { input["containerInstances"] = [instance] }
        let failure = try await plane.failure(operation, input)
        #expect(failure.code == "ClientException")
        #expect(
            failure.message.hasPrefix("ECS was unable to assume the role 'arn:aws:iam::123456789012:role/app' that was")
        )
        input["overrides"] = ["taskRoleArn": "other"]
        let response = try await plane.call(operation, input)
        #expect(response.list("tasks").count == 1 && response.list("failures").isEmpty)
    }

    @Test func onlyHostsThatServeCredentialsGetTasksWithARole() async throws {
        let plane = try TestControlPlane(roles: FakeRoles(["app": "AKIA"]))
        try await plane.registerInstance()
        try await register(plane, role: "app")
        let response = try await plane.call("RunTask", ["taskDefinition": "web"])
        #expect(response.list("failures").first?.text("reason") == "ATTRIBUTE")
        try await plane.registerInstance(attributes: capable)
        #expect(try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks").count == 1)
    }
}

extension AgentGatewayTests.Messages {
    fileprivate mutating func credentials() async throws -> [TaskCredentials] {
        while let message = try await next() {
            if case .credentials(let message) = message { return message.tasks }
        }
        throw CancellationError()
    }
}

extension AgentGatewayTests {
    @Test func credentialsComeBeforeTheTasksThatNeedThem() async throws {
        let roles = FakeRoles(["app": "ONE"])
        try await withPlane(roles: roles) { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance(attributes: capable)
            var messages = Messages(try await listening.stream(instance))
            #expect(try await messages.credentials().isEmpty)
            #expect(try await messages.assignments().tasks.isEmpty)

            try await register(plane, role: "app")
            let arn = try await plane.runTask()
            let credentials = try await messages.credentials()
            #expect(credentials.map(\.taskArn) == [arn])
            #expect(credentials.map(\.roleArn) == ["arn:aws:iam::123456789012:role/app"])
            #expect(credentials.map(\.accessKeyID) == ["ONE"])
            let assigned = try await messages.assignments().tasks
            #expect(assigned.map(\.taskRoleArn) == ["arn:aws:iam::123456789012:role/app"])

            // News of the role goes along with the next news of the host; what did not change is not said again.
            roles.set("app", "TWO")
            let other = try await plane.runTask("web", ["overrides": ["taskRoleArn": "app"]])
            let renewed = try await messages.credentials()
            #expect(Set(renewed.map(\.taskArn)) == [arn, other])
            #expect(renewed.allSatisfy { $0.accessKeyID == "TWO" })
            _ = try await messages.assignments()
        }
    }

    @Test func aHostIsToldOfItsOwnTasksRolesAlone() async throws {
        try await withPlane(roles: FakeRoles(["app": "ONE"])) { listening in
            let plane = listening.plane
            let first = try await plane.registerInstance(attributes: capable)
            let second = try await plane.registerInstance(attributes: capable)
            try await register(plane, role: "app")
            _ = try await plane.call("StartTask", ["taskDefinition": "web", "containerInstances": [first]])
            var messages = Messages(try await listening.stream(second))
            #expect(try await messages.credentials().isEmpty)
            #expect(try await messages.assignments().tasks.isEmpty)
        }
    }

    @Test func whatATaskIsToldOfItself() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            try await register(plane, role: nil)
            _ = try await plane.runTask("web", ["group": "mine", "tags": [["key": "team", "value": "blue"]]])
            var messages = Messages(try await listening.stream(instance))
            let task = try #require(try await messages.assignments().tasks.first)
            #expect(task.launchType == .ec2)
            #expect(task.group == "mine")
            #expect(task.tags == ["team": "blue"])
            #expect(task.taskRoleArn == nil)
            let described = try await plane.call("DescribeTasks", ["tasks": [task.taskArn]]).list("tasks")
            #expect(task.containers[0].containerArn == described[0].list("containers")[0].text("containerArn"))
        }
    }
}
