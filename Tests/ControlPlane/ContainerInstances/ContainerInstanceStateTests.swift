import ControlPlaneAPI
import ControlPlaneState
import Controllers
import Foundation
import Support
import Testing

@Suite struct ContainerInstanceStateTests {
    private let unknown = String(repeating: "0", count: 32)

    private func set(_ plane: TestControlPlane, _ status: String, _ ids: [String]) async throws -> [String: Any] {
        try await plane.call("UpdateContainerInstancesState", ["containerInstances": ids, "status": status])
    }

    @Test func drainingAndBack() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered()
        try await plane.registerTaskDefinition("web")
        let task = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0].text("taskArn")
        let before = try await plane.describe(arn)["version"] as? Int ?? 0

        let drained = try await set(plane, "DRAINING", [arn]).list("containerInstances")[0]
        #expect(drained.text("status") == "DRAINING")
        #expect(drained["version"] as? Int == before + 1)
        #expect(drained["pendingTasksCount"] as? Int == 1)
        let run = try await plane.call("RunTask", ["taskDefinition": "web"])
        #expect(run.list("tasks").isEmpty)
        #expect(
            try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0].text("desiredStatus") == "RUNNING"
        )
        let start = try await plane.call("StartTask", ["taskDefinition": "web", "containerInstances": [arn]])
        #expect(start.list("tasks").isEmpty)

        // Asking twice changes nothing.
        #expect(try await set(plane, "DRAINING", [arn]).list("containerInstances")[0]["version"] as? Int == before + 1)
        let cluster = try await plane.call("DescribeClusters").list("clusters")[0]
        #expect(cluster["registeredContainerInstancesCount"] as? Int == 1)

        #expect(try await set(plane, "ACTIVE", [arn]).list("containerInstances")[0]["version"] as? Int == before + 2)
        #expect(try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks").count == 1)
    }

    @Test func eachItemFailsByItself() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered()
        let gone = try await plane.registered()
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": gone])
        let output = try await set(plane, "DRAINING", [unknown, gone, arn])
        #expect(output.list("containerInstances").map { $0.text("containerInstanceArn") } == [arn])
        let failures = output.list("failures")
        #expect(failures.map { $0.text("reason") } == ["MISSING", "INACTIVE"])
        #expect(
            failures.map { $0.text("arn") } == [
                "arn:aws:ecs:us-east-1:123456789012:container-instance/default/\(unknown)", gone,
            ])
    }

    @Test func refuses() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered()
        for status in ["REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"] {
            let failure = try await plane.failure(
                "UpdateContainerInstancesState", ["containerInstances": [arn], "status": status])
            #expect(
                failure == (
                    "InvalidParameterException", "Container instance status should be one of [ACTIVE, DRAINING]"
                ))
        }
        for status in ["INACTIVE", "x", ""] {
            let failure = try await plane.failure(
                "UpdateContainerInstancesState", ["containerInstances": [arn], "status": status])
            #expect(failure.code == "InvalidParameterException", "\(status)")
        }
        let none = try await plane.failure(
            "UpdateContainerInstancesState", ["containerInstances": [String](), "status": "ACTIVE"])
        #expect(none == ("ClientException", "Container Instances cannot be empty."))
        let many = try await plane.failure(
            "UpdateContainerInstancesState",
            ["containerInstances": Array(repeating: arn, count: 11), "status": "DRAINING"])
        #expect(many == ("InvalidParameterException", "instanceIds can have at most 10 items."))
        #expect(try await plane.describe(arn).text("status") == "ACTIVE")
    }

    /// ECS's agent drains its own host when a spot instance is about to end.
    @Test func anAgentDrainsItsOwnHostOnly() async throws {
        let plane = try TestControlPlane()
        let own = try await plane.registered()
        let other = try await plane.registered()
        let id = ContainerInstanceID(String(own.suffix(32)))
        let agent = Caller(
            principal: .agent(cluster: .default, containerInstance: id), accessKeyID: "A", arn: "arn:agent/A")
        let input: [String: Any] = ["containerInstances": [own], "status": "DRAINING"]
        let output = try await plane.call("UpdateContainerInstancesState", input, as: agent)
        #expect(output.list("containerInstances").count == 1)
        for ids in [[other], [own, other], [unknown]] {
            let failure = try await plane.failure(
                "UpdateContainerInstancesState", ["containerInstances": ids, "status": "ACTIVE"], as: agent)
            #expect(failure.code == "AccessDeniedException")
        }
        #expect(try await plane.describe(own).text("status") == "DRAINING")
    }

    @Test func anAgentIsUpdatedOnItsHost() async throws {
        let plane = try TestControlPlane()
        let versioned = try await plane.register(["versionInfo": ["agentVersion": "1.2.3"]]).text(
            "containerInstanceArn")
        let plain = try await plane.registered()
        let update = try await plane.failure("UpdateContainerAgent", ["containerInstance": versioned])
        #expect(update.code == "NoUpdateAvailableException")
        #expect(update.message.contains("version 1.2.3"))
        #expect(update.message.contains("install the new stevedore-agent"))
        #expect(
            try await plane.failure("UpdateContainerAgent", ["containerInstance": plain]).code
                == "MissingVersionException")
        #expect(
            try await plane.failure("UpdateContainerAgent", ["containerInstance": unknown])
                == ("InvalidParameterException", "Referenced container instance \(unknown) not found."))
        #expect(
            try await plane.failure("UpdateContainerAgent", ["containerInstance": unknown, "cluster": "x"]).code
                == "ClusterNotFoundException")
    }

    @Test func deregisteringIsFinal() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered(attributes: ["stack": "prod"])
        let gone = try await plane.call("DeregisterContainerInstance", ["containerInstance": arn])
            .object("containerInstance")
        #expect(gone.text("status") == "INACTIVE")
        #expect(gone["agentConnected"] as? Bool == false)
        #expect(try await plane.describe(arn).text("status") == "INACTIVE")
        let failures: [(String, [String: Any], String)] = [
            ("DeregisterContainerInstance", ["containerInstance": arn, "force": true], "InvalidParameterException"),
            ("PutAttributes", ["attributes": [["name": "a", "targetId": arn]]], "TargetNotFoundException"),
            ("DeleteAttributes", ["attributes": [["name": "a", "targetId": arn]]], "TargetNotFoundException"),
            ("UpdateContainerAgent", ["containerInstance": arn], "InvalidParameterException"),
            (
                "RegisterContainerInstance", TestControlPlane.registration(["containerInstanceArn": arn]),
                "ClientException"
            ),
        ]
        for (operation, input, code) in failures {
            #expect(try await plane.failure(operation, input).code == code, "\(operation)")
        }
        let listed = try await plane.call("ListAttributes", ["targetType": "container-instance"])
        #expect(listed.list("attributes").isEmpty)
        #expect(
            try await plane.failure("DeregisterContainerInstance", ["containerInstance": unknown])
                == ("InvalidParameterException", "Referenced container instance \(unknown) not found."))
    }

    /// INACTIVE instances are described as long as their last tasks, and then are MISSING.
    @Test func inactiveInstancesAreForgottenInTheEnd() async throws {
        let plane = try TestControlPlane()
        let gone = try await plane.registered()
        let there = try await plane.registered()
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": gone])
        let clock = plane.clock
        let retention = Expiry.Retention(stoppedTaskSeconds: 3600)
        let expiry = Expiry(state: plane.state, retention: retention, now: { clock.now }, log: .discarding)
        clock.advance(by: 3600)
        #expect(await expiry.pass() == 0)
        clock.advance(by: 1)
        #expect(await expiry.pass() == 1)
        let described = try await plane.call("DescribeContainerInstances", ["containerInstances": [gone, there]])
        #expect(described.list("failures").map { $0.text("reason") } == ["MISSING"])
        #expect(described.list("containerInstances").map { $0.text("containerInstanceArn") } == [there])
        let again = try TestControlPlane(store: plane.store)
        #expect(again.state.peek { $0.containerInstances[ContainerInstanceID(String(gone.suffix(32)))] == nil })
    }

    @Test func healthIsToldOnlyWhenAskedFor() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.register([
            "tags": [["key": "k", "value": "v"]],
            "versionInfo": ["agentVersion": "1.2.3", "agentHash": "abc", "dockerVersion": "DockerVersion: 25.0.3"],
        ]).text("containerInstanceArn")
        let plain = try await plane.describe(arn)
        #expect(plain["healthStatus"] == nil)
        #expect(plain.list("tags").isEmpty)
        #expect(
            plain["statusReason"] == nil && plain["agentUpdateStatus"] == nil && plain["capacityProviderName"] == nil)
        #expect((plain["attachments"] as? [Any])?.isEmpty == true)
        #expect(plain.object("versionInfo").text("agentHash") == "abc")
        #expect(plain.object("versionInfo").text("dockerVersion") == "DockerVersion: 25.0.3")
        let full = try await plane.describe(arn, include: ["TAGS", "CONTAINER_INSTANCE_HEALTH"])
        #expect(full.list("tags").map { $0.text("key") } == ["k"])
        let health = full.object("healthStatus")
        #expect(health.text("overallStatus") == "INSUFFICIENT_DATA")
        #expect(health.list("details").map { $0.text("type") } == ["CONTAINER_RUNTIME"])
        #expect(health.list("details").map { $0.text("status") } == ["INSUFFICIENT_DATA"])
        #expect(health.list("details")[0]["lastUpdated"] as? Double == TestControlPlane.start.timeIntervalSince1970)
    }
}
