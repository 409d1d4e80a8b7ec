import AWSModels
import ControlPlaneState
import Foundation
import Testing

@testable import ControlPlaneAPI

/// What RunTask and StartTask take beside definition and overrides.
@Suite struct RunTaskOptionTests {
    private static func plane() async throws -> (TestControlPlane, instance: String) {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance(cpu: 8192, memory: 8192)
        try await plane.registerTaskDefinition("web", cpu: 10, memory: 10)
        return (plane, instance)
    }

    @Test func externalTasksArePlacedLikeOthers() async throws {
        let (plane, instance) = try await Self.plane()
        let task = try await plane.call("RunTask", ["taskDefinition": "web", "launchType": "EXTERNAL"]).list("tasks")[0]
        #expect(task.text("launchType") == "EXTERNAL")
        #expect(task.text("containerInstanceArn") == instance)
        let listed = try await plane.call("ListTasks", ["launchType": "EXTERNAL"])
        #expect(listed["taskArns"] as? [String] == [task.text("taskArn")])
        #expect((try await plane.call("ListTasks", ["launchType": "EC2"])["taskArns"] as? [String])?.isEmpty == true)
    }

    @Test func startTaskIsOfTheLaunchTypeThatTheDefinitionAllows() async throws {
        let (plane, instance) = try await Self.plane()
        for (compatibilities, expected) in [("EXTERNAL", "EXTERNAL"), ("EC2", "EC2")] {
            try await plane.put(try taskDefinition(#"{"compatibilities":["\#(compatibilities)"]}"#))
            let started = try await plane.call(
                "StartTask", ["taskDefinition": "web:1", "containerInstances": [instance]])
            #expect(started.list("tasks")[0].text("launchType") == expected)
        }
        try await plane.put(try taskDefinition(#"{"compatibilities":["FARGATE"]}"#))
        let failure = try await plane.failure(
            "StartTask", ["taskDefinition": "web:1", "containerInstances": [instance]])
        #expect(failure.message == "Task definition does not support launch_type EC2.")
    }

    /// StartTask names the hosts, so constraints have nothing to choose.
    @Test func startTaskPassesConstraintsBy() async throws {
        let (plane, instance) = try await Self.plane()
        try await plane.put(
            try taskDefinition(#"{"placementConstraints":[{"type":"memberOf","expression":"attribute:a == b"}]}"#))
        let input: [String: Any] = ["taskDefinition": "web:1", "containerInstances": [instance]]
        #expect(try await plane.call("StartTask", input).list("tasks").count == 1)
        let refused = try await plane.call("RunTask", ["taskDefinition": "web:1"]).list("failures")
        #expect(refused.map { $0.text("reason") } == ["MemberOf placement constraint unsatisfied."])
    }

    @Test func strategiesChooseTheHost() async throws {
        let plane = try TestControlPlane()
        let instances = [
            try await plane.registerInstance(cpu: 2000, memory: 1000),
            try await plane.registerInstance(cpu: 1000, memory: 3000),
        ]
        try await plane.registerTaskDefinition("web", cpu: 1, memory: 6)
        func hosts(_ type: String, _ field: String, group: String) async throws -> [String] {
            let output = try await plane.call(
                "RunTask",
                [
                    "taskDefinition": "web", "count": 10, "group": group,
                    "placementStrategy": [["type": type, "field": field]],
                ])
            return output.list("tasks").map { $0.text("containerInstanceArn") }
        }
        #expect(Set(try await hosts("binpack", "cpu", group: "a")) == [instances[1]])
        #expect(Set(try await hosts("binpack", "MEMORY", group: "b")) == [instances[0]])
        let spread = try await hosts("spread", "instanceId", group: "c")
        #expect(spread.filter { $0 == instances[0] }.count == 5)
    }

    @Test func requiredAttributesAreAskedOfHosts() async throws {
        let (plane, instance) = try await Self.plane()
        try await plane.put(
            try taskDefinition(
                #"{"requiresAttributes":[{"name":"ecs.capability.x"},{"name":"a","value":"1"}]}"#))
        let refused = try await plane.call("RunTask", ["taskDefinition": "web:1"]).list("failures")[0]
        #expect(refused.text("arn") == instance)
        #expect(refused.text("reason") == "ATTRIBUTE")
        #expect(refused.text("detail").contains("ecs.capability.x"))
        let started = try await plane.call("StartTask", ["taskDefinition": "web:1", "containerInstances": [instance]])
        #expect(started.list("failures")[0].text("reason") == "ATTRIBUTE")
        _ = try await plane.call(
            "RegisterContainerInstance",
            [
                "totalResources": [
                    ["name": "CPU", "type": "INTEGER", "integerValue": 100],
                    ["name": "MEMORY", "type": "INTEGER", "integerValue": 1000],
                ], "attributes": [["name": "ecs.capability.x"], ["name": "a", "value": "1"]],
            ])
        #expect(try await plane.call("RunTask", ["taskDefinition": "web:1"]).list("failures").isEmpty)
    }

    @Test func executeCommandIsStoredAndShown() async throws {
        let (plane, _) = try await Self.plane()
        for isEnabled in [true, false] {
            let arn = try await plane.runTask("web", ["enableExecuteCommand": isEnabled])
            let task = try await plane.call("DescribeTasks", ["tasks": [arn]]).list("tasks")[0]
            #expect(task["enableExecuteCommand"] as? Bool == isEnabled)
            let agents = task.list("containers")[0].list("managedAgents")
            #expect(agents.map { $0.text("name") } == (isEnabled ? ["ExecuteCommandAgent"] : []))
            #expect(agents.allSatisfy { $0.text("lastStatus") == "STOPPED" && $0.text("reason").contains("Exec") })
        }
        let failure = try await plane.failure("ExecuteCommand", ["command": "sh", "interactive": true, "task": "x"])
        #expect(failure.code == "UnsupportedFeatureException")
    }

    @Test func tagsOfRequestDefinitionAndECS() async throws {
        let (plane, _) = try await Self.plane()
        try await plane.put(
            try taskDefinition(),
            tags: (0..<50).map { ECS.Tag(key: "k\($0)", value: "definition") })
        func tags(_ options: [String: Any]) async throws -> [String: String] {
            let input = options.merging(["taskDefinition": "web:1"]) { $1 }
            let task = try await plane.call("RunTask", input).list("tasks")[0]
            return Dictionary(uniqueKeysWithValues: task.list("tags").map { ($0.text("key"), $0.text("value")) })
        }
        #expect(try await tags([:]).isEmpty)
        #expect(
            try await tags(["propagateTags": "NONE", "enableECSManagedTags": true]) == [
                "aws:ecs:clusterName": "default"
            ])
        let mine = ["tags": [["key": "k0", "value": "mine"]], "propagateTags": "TASK_DEFINITION"] as [String: Any]
        let both = try await tags(mine.merging(["enableECSManagedTags": true]) { $1 })
        #expect(both.count == 51)
        #expect((both["k0"], both["k1"]) == ("mine", "definition"))
        let tooMany = try await plane.failure(
            "RunTask",
            ["taskDefinition": "web:1", "propagateTags": "TASK_DEFINITION", "tags": [["key": "new", "value": ""]]])
        #expect(tooMany.message.contains("have 51 together"))
    }

    @Test(arguments: [
        (#"{"propagateTags":"SERVICE"}"#, "propagateTags"), (#"{"group":"service:x"}"#, "group"),
        (#"{"group":"\#(String(repeating: "x", count: 256))"}"#, "group"), (#"{"startedBy":"a\nb"}"#, "startedBy"),
        (#"{"startedBy":"\#(String(repeating: "x", count: 129))"}"#, "128"),
        (#"{"referenceId":"\#(String(repeating: "x", count: 1025))"}"#, "referenceId"),
        (#"{"clientToken":"\#(String(repeating: "x", count: 65))"}"#, "clientToken"),
        (#"{"clientToken":"a b"}"#, "clientToken"),
        (#"{"tags":[{"key":"AWS:x","value":""}]}"#, "aws:"),
    ]) func refuses(options: String, text: String) async throws {
        let (plane, _) = try await Self.plane()
        var input = try JSONSerialization.jsonObject(with: Data(options.utf8)) as? [String: Any] ?? [:]
        input["taskDefinition"] = "web"
        let failure = try await plane.failure("RunTask", input)
        #expect(failure.code == "InvalidParameterException")
        #expect(failure.message.contains(text))
    }

    @Test func labelsAreTaken() async throws {
        let (plane, instance) = try await Self.plane()
        let arn = try await plane.runTask("web", ["referenceId": "batch-1", "group": "", "startedBy": ""])
        let task = try await plane.call("DescribeTasks", ["tasks": [arn]]).list("tasks")[0]
        #expect(task.text("group") == "family:web")
        #expect(task["startedBy"] == nil)
        let long = String(repeating: "x", count: 37)
        let failure = try await plane.failure(
            "StartTask", ["taskDefinition": "web", "containerInstances": [instance], "startedBy": long])
        #expect(failure.message.contains("startedBy must be at most 36"))
    }
}
