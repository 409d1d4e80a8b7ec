import Foundation
import Testing

@testable import ControlPlaneState

@Suite struct TaskSetTests {
    private static var here: [String: Any] { ["cluster": "default", "service": "s"] }

    private func external() async throws -> TestControlPlane {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService("s", ["deploymentController": ["type": "EXTERNAL"], "desiredCount": 10])
        return plane
    }

    private func call(
        _ plane: TestControlPlane, _ operation: String, _ options: [String: Any]
    ) async throws -> [String: Any] {
        try await plane.call(operation, options.merging(Self.here) { $1 }).object("taskSet")
    }

    private func create(_ plane: TestControlPlane, _ options: [String: Any] = [:]) async throws -> [String: Any] {
        try await call(plane, "CreateTaskSet", ["taskDefinition": "web:1"].merging(options) { $1 })
    }

    @Test func anExternalServiceHasNoDeployments() async throws {
        let plane = try await external()
        let service = try await plane.describeService()
        #expect(service.list("deployments").isEmpty)
        #expect(service["taskSets"] != nil)
        #expect(service["taskDefinition"] == nil)
        #expect(try await plane.serviceDeployments().isEmpty)
        let empty = try await plane.createService(
            "none", ["deploymentController": ["type": "EXTERNAL"], "desiredCount": 0])
        #expect(empty.number("desiredCount") == 0)
    }

    @Test func showsWhatECSShows() async throws {
        let plane = try await external()
        let taskSet = try await create(
            plane,
            ["scale": ["value": 25, "unit": "PERCENT"], "externalId": "e", "tags": [["key": "k", "value": "v"]]])
        #expect(
            Set(taskSet.keys) == [
                "clusterArn", "computedDesiredCount", "createdAt", "externalId", "id", "launchType", "loadBalancers",
                "pendingCount", "runningCount", "scale", "serviceArn", "serviceRegistries", "stabilityStatus",
                "stabilityStatusAt", "status", "tags", "taskDefinition", "taskSetArn", "updatedAt",
            ])
        #expect(taskSet.text("status") == "ACTIVE")
        #expect(taskSet.text("stabilityStatus") == "STABILIZING")
        #expect(taskSet.number("computedDesiredCount") == 3, "rounded up")
        #expect(taskSet.text("taskSetArn") == TestControlPlane.prefix + "task-set/default/s/" + taskSet.text("id"))
        #expect(taskSet.text("launchType") == "EC2")
        let service = try await plane.describeService()
        #expect(service.list("taskSets") as NSArray == [taskSet] as NSArray)
        let plain = try await create(plane)
        #expect(plain.object("scale")["value"] as? Double == 0)
    }

    @Test func countsItsTasks() async throws {
        let plane = try await external()
        let id = try await create(plane, ["scale": ["value": 100, "unit": "PERCENT"]]).text("id")
        try await plane.startTask(of: id, status: "RUNNING")
        try await plane.startTask(of: id)
        let taskSet = try await plane.describeService().list("taskSets")[0]
        #expect((taskSet.number("runningCount"), taskSet.number("pendingCount")) == (1, 1))
        #expect(try await plane.describeService().number("runningCount") == 1)
    }

    @Test func thePrimaryOnesConfigurationIsTheServices() async throws {
        let plane = try await external()
        let first = try await create(plane)
        let second = try await create(plane, ["taskDefinition": "web:2"])
        let primary = { (taskSet: [String: Any]) in
            try await call(plane, "UpdateServicePrimaryTaskSet", ["primaryTaskSet": taskSet.text("taskSetArn")])
        }
        #expect(try await primary(first).text("status") == "PRIMARY")
        plane.clock.advance(by: 1)
        #expect(try await primary(second).text("status") == "PRIMARY")
        let service = try await plane.describeService()
        #expect(service.text("taskDefinition").hasSuffix("web:2"))
        #expect(service.list("taskSets").map { $0.text("status") } == ["ACTIVE", "PRIMARY"])
    }

    @Test func scalesAndIsDeleted() async throws {
        let plane = try await external()
        let id = try await create(plane).text("id")
        let scaled = try await call(
            plane, "UpdateTaskSet", ["taskSet": id, "scale": ["value": 70, "unit": "PERCENT"]])
        #expect(scaled.number("computedDesiredCount") == 7, "70 % of 10 is no more than 7")
        let failure = try await plane.failure("DeleteTaskSet", Self.here.merging(["taskSet": id]) { $1 })
        #expect(failure.message == "The task set cannot be deleted while it is scaled above 0.")
        try await plane.startTask(of: id)
        let deleted = try await call(plane, "DeleteTaskSet", ["taskSet": id, "force": true])
        #expect(deleted.text("status") == "DRAINING")
        #expect(deleted.number("computedDesiredCount") == 0)
        #expect(try await plane.describeService().list("taskSets").count == 1, "it has a task")
        let changed = try await plane.failure(
            "UpdateTaskSet",
            ["cluster": "default", "service": "s", "taskSet": id, "scale": ["value": 1, "unit": "PERCENT"]])
        #expect(changed.message.contains("DRAINING"))
        let other = try await create(plane).text("id")
        _ = try await call(plane, "DeleteTaskSet", ["taskSet": other])
        #expect(try await plane.describeService().list("taskSets").map { $0.text("id") } == [id], "the other had none")
    }

    @Test func describesThoseThatAreNamed() async throws {
        let plane = try await external()
        let sets = [try await create(plane, ["tags": [["key": "k", "value": "v"]]]), try await create(plane)]
        let all = try await plane.call("DescribeTaskSets", Self.here)
        #expect(all.list("taskSets").map { $0.text("id") } == sets.map { $0.text("id") })
        #expect(all.list("taskSets").allSatisfy { $0.list("tags").isEmpty })
        let input: [String: Any] = [
            "taskSets": [sets[1].text("id"), "nope", sets[0].text("taskSetArn")], "include": ["TAGS"],
        ]
        let named = try await plane.call("DescribeTaskSets", input.merging(Self.here) { $1 })
        #expect(named.list("taskSets").map { $0.text("id") } == [sets[1].text("id"), sets[0].text("id")])
        #expect(named.list("taskSets")[1].list("tags").count == 1)
        #expect(
            named.list("failures").map { $0.text("arn") } == [TestControlPlane.prefix + "task-set/default/s/nope"])
    }

    @Test func aClientTokenStandsForOneRequest() async throws {
        let plane = try await external()
        let first = try await create(plane, ["clientToken": "t"])
        #expect(try await create(plane, ["clientToken": "t"]).text("id") == first.text("id"))
        let failure = try await plane.failure(
            "CreateTaskSet",
            ["cluster": "default", "service": "s", "taskDefinition": "web:2", "clientToken": "t"])
        #expect(failure.message == "The clientToken was used before with other parameters.")
    }

    @Test func taskSetsAreTagged() async throws {
        let plane = try await external()
        let arn = try await create(plane).text("taskSetArn")
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [["key": "b", "value": "2"]]])
        let tags = try await plane.call("ListTagsForResource", ["resourceArn": arn]).list("tags")
        #expect(tags.map { $0.text("key") } == ["b"])
    }

    @Test func aDeletedServiceDrainsThem() async throws {
        let plane = try await external()
        try await plane.startTask(of: try await create(plane).text("id"))
        let deleted = try await plane.call("DeleteService", ["service": "s", "force": true]).object("service")
        #expect(deleted.list("taskSets").map { $0.text("status") } == ["DRAINING"])
    }

    @Test(arguments: [
        ("CreateTaskSet", #"{"service":"nope","taskDefinition":"web"}"#, "ServiceNotFoundException", "not found"),
        ("CreateTaskSet", #"{"service":"rolling","taskDefinition":"web"}"#, "InvalidParameterException", "EXTERNAL"),
        ("CreateTaskSet", #"{"service":"ended","taskDefinition":"web"}"#, "ServiceNotActiveException", "not ACTIVE"),
        ("CreateTaskSet", #"{"taskDefinition":"nope"}"#, "ClientException", "TaskDefinition not found."),
        (
            "CreateTaskSet", #"{"taskDefinition":"web","scale":{"value":101}}"#, "InvalidParameterException",
            "a number from 0 to 100"
        ),
        (
            "CreateTaskSet", #"{"taskDefinition":"web","loadBalancers":[{"targetGroupArn":"t"}]}"#,
            "InvalidParameterException", "loadBalancers is not supported"
        ),
        (
            "CreateTaskSet", #"{"taskDefinition":"web","launchType":"FARGATE"}"#, "InvalidParameterException",
            "does not support launch_type FARGATE"
        ),
        (
            "UpdateTaskSet", #"{"taskSet":"ecs-svc/1234567890123456789","scale":{"value":1}}"#,
            "TaskSetNotFoundException", "The specified task set does not exist."
        ),
        ("DeleteTaskSet", #"{"taskSet":"x"}"#, "TaskSetNotFoundException", "does not exist"),
        ("UpdateServicePrimaryTaskSet", #"{"primaryTaskSet":"x"}"#, "TaskSetNotFoundException", "does not exist"),
        (
            "DeleteTaskSet",
            #"{"taskSet":"arn:aws:ecs:us-east-1:123456789012:task-set/default/other/ecs-svc/1234567890123456789"}"#,
            "InvalidParameterException", "is not of the service s."
        ),
        ("DescribeTaskSets", #"{"service":"ended"}"#, "ServiceNotActiveException", "not ACTIVE"),
    ]) func refuses(operation: String, json: String, code: String, message: String) async throws {
        let plane = try await external()
        try await plane.createService("rolling")
        try await plane.createService("ended", ["deploymentController": ["type": "EXTERNAL"]])
        _ = try await plane.call("DeleteService", ["service": "ended", "force": true])
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        let failure = try await plane.failure(operation, Self.here.merging(input) { $1 })
        #expect(failure.code == code)
        #expect(failure.message.contains(message), "\(failure.message)")
    }

    @Test func thereAreAtMostFive() async throws {
        let plane = try await external()
        for _ in 0..<5 { _ = try await create(plane) }
        let failure = try await plane.failure("CreateTaskSet", Self.here.merging(["taskDefinition": "web"]) { $1 })
        #expect(failure.code == "LimitExceededException")
    }
}
