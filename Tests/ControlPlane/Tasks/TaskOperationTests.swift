import AWSModels
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import Placement
import Testing

@Suite struct TaskOperationTests {
    @Test func runsATaskAndAccountsForIt() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance(cpu: 1024, memory: 1000)
        try await plane.registerTaskDefinition("web", cpu: 256, memory: 100, portMappings: [["containerPort": 80]])
        let output = try await plane.call(
            "RunTask", ["taskDefinition": "web", "count": 3, "startedBy": "me", "tags": [["key": "k", "value": "v"]]])
        let tasks = output.list("tasks")
        #expect(tasks.count == 3)
        #expect(output.list("failures").isEmpty)
        for task in tasks {
            #expect(task.text("lastStatus") == "PENDING")
            #expect(task.text("desiredStatus") == "RUNNING")
            #expect(task.text("group") == "family:web")
            #expect(task.text("containerInstanceArn") == instance)
            #expect(task.list("tags").first?.text("key") == "k")
            #expect(task.list("containers").first?.text("lastStatus") == "PENDING")
        }
        let described = try await plane.call("DescribeContainerInstances", ["containerInstances": [instance]])
        #expect(remaining(described, "CPU") == 1024 - 3 * 256)
        #expect(remaining(described, "MEMORY") == 700)
        #expect(described.list("containerInstances")[0]["pendingTasksCount"] as? Int == 3)
    }

    @Test func saysWhyACopyHasNoHost() async throws {
        let plane = try TestControlPlane()
        try await plane.registerTaskDefinition("big", cpu: 800, memory: 100)
        #expect(try await plane.failure("RunTask", ["taskDefinition": "big"]).code == "ClusterNotFoundException")
        let instance = try await plane.registerInstance(cpu: 1024, memory: 1000)
        let output = try await plane.call("RunTask", ["taskDefinition": "big", "count": 2])
        #expect(output.list("tasks").count == 1)
        let failure = output.list("failures")[0]
        #expect(failure.text("arn") == instance)
        #expect(failure.text("reason") == "RESOURCE:CPU")
        #expect(failure.text("detail").contains("224 of 1024"))
    }

    @Test func anEmptyClusterHasNoInstances() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        try await plane.registerTaskDefinition()
        #expect(
            try await plane.failure("RunTask", ["taskDefinition": "web"]).message
                == "No Container Instances were found in your cluster.")
    }

    @Test(arguments: [0, 11, -1]) func countIsOneToTen(count: Int) async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        #expect(
            try await plane.failure("RunTask", ["taskDefinition": "web", "count": count]).code
                == "InvalidParameterException")
    }

    @Test func staticPortsAreGivenOnce() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition("web", portMappings: [["containerPort": 80, "hostPort": 8080]])
        let output = try await plane.call("RunTask", ["taskDefinition": "web", "count": 2])
        #expect(output.list("tasks").count == 1)
        #expect(output.list("failures")[0].text("reason") == "RESOURCE:PORTS")
    }

    @Test func aClientTokenRunsOnce() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let input: [String: Any] = ["taskDefinition": "web", "clientToken": "token-1"]
        let first = try await plane.call("RunTask", input)
        let again = try await plane.call("RunTask", input)
        #expect(first.list("tasks").map { $0.text("taskArn") } == again.list("tasks").map { $0.text("taskArn") })
        var other = input
        other["count"] = 2
        #expect(try await plane.failure("RunTask", other).code == "ConflictException")
    }

    @Test func overridesChangeWhatIsDemanded() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance(cpu: 1024, memory: 1000)
        try await plane.registerTaskDefinition("web", cpu: 100, memory: 100)
        let overrides: [String: Any] = [
            "containerOverrides": [["name": "app", "cpu": 500, "memory": 300, "command": ["x"]]]
        ]
        let output = try await plane.call("RunTask", ["taskDefinition": "web", "overrides": overrides])
        #expect(output.list("tasks")[0].list("containers")[0].text("cpu") == "500")
        let described = try await plane.call("DescribeContainerInstances", ["containerInstances": [instance]])
        #expect(remaining(described, "CPU") == 524)
        #expect(remaining(described, "MEMORY") == 700)
        let wrong: [String: Any] = ["containerOverrides": [["name": "nope"]]]
        #expect(
            try await plane.failure("RunTask", ["taskDefinition": "web", "overrides": wrong]).message
                == "Override for container named nope is not a container in the TaskDefinition.")
    }

    @Test func aStoppedTaskGivesBackWhatItHeld() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance(cpu: 1024, memory: 1000)
        try await plane.registerTaskDefinition("web", cpu: 256, memory: 100)
        let task = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0].text("taskArn")
        let stopped = try await plane.call("StopTask", ["task": task, "reason": "enough"])
        #expect(stopped.object("task").text("desiredStatus") == "STOPPED")
        #expect(stopped.object("task").text("stoppedReason") == "enough")
        #expect(stopped.object("task").text("stopCode") == "UserInitiated")
        _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED"])
        let described = try await plane.call("DescribeContainerInstances", ["containerInstances": [instance]])
        #expect(remaining(described, "CPU") == 1024)
        let final = try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0]
        #expect(final.text("lastStatus") == "STOPPED")
        #expect(final.text("stoppedReason") == "enough")
        #expect(
            try await plane.failure("StopTask", ["task": String(repeating: "0", count: 32)]).message
                == "The referenced task was not found.")
    }

    @Test func startsATaskOnEachInstanceThatIsNamed() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.registerInstance(cpu: 100)
        let second = try await plane.registerInstance()
        try await plane.registerTaskDefinition("web", cpu: 256, memory: 100)
        let output = try await plane.call(
            "StartTask", ["taskDefinition": "web", "containerInstances": [first, second, "0123"]])
        #expect(output.list("tasks").map { $0.text("containerInstanceArn") } == [second])
        #expect(output.list("failures").map { $0.text("reason") } == ["RESOURCE:CPU", "MISSING"])
    }

    @Test func listsByEveryFilter() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.registerInstance(cpu: 8192)
        let second = try await plane.registerInstance(cpu: 8192)
        try await plane.registerTaskDefinition("a", cpu: 1, memory: 6)
        try await plane.registerTaskDefinition("b", cpu: 1, memory: 6)
        for _ in 0..<3 {
            _ = try await plane.call(
                "StartTask", ["taskDefinition": "a", "containerInstances": [first, second], "startedBy": "x"])
            _ = try await plane.call("StartTask", ["taskDefinition": "b", "containerInstances": [first]])
        }
        func list(_ input: [String: Any]) async throws -> Int {
            try await pages(plane, "ListTasks", "taskArns", input).count
        }
        #expect(try await list(["maxResults": 2]) == 9)
        #expect(try await list(["family": "a"]) == 6)
        #expect(try await list(["family": "a", "containerInstance": second]) == 3)
        #expect(try await list(["family": "b", "containerInstance": second]) == 0)
        #expect(try await list(["startedBy": "x"]) == 6)
        #expect(try await list(["launchType": "EC2", "containerInstance": first]) == 6)
        #expect(try await list(["launchType": "FARGATE"]) == 0)
        #expect(try await list(["desiredStatus": "STOPPED"]) == 0)
        #expect(try await list(["desiredStatus": "PENDING"]) == 0)
        #expect(try await plane.failure("ListTasks", ["serviceName": "s"]).code == "ServiceNotFoundException")
        #expect(
            try await plane.failure("ListTasks", ["startedBy": "x", "family": "a"]).code == "InvalidParameterException")
    }

    @Test func deregisteringByForceStopsTheTasks() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let task = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0].text("taskArn")
        #expect(
            try await plane.failure("DeregisterContainerInstance", ["containerInstance": instance]).message
                == "Found running tasks on the instance.")
        let gone = try await plane.call("DeregisterContainerInstance", ["containerInstance": instance, "force": true])
        #expect(gone.object("containerInstance").text("status") == "INACTIVE")
        let stopped = try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0]
        #expect(stopped.text("lastStatus") == "STOPPED")
        #expect(stopped.text("stoppedReason") == "Container instance deregistration forced by user")
    }

    /// Everything that was acknowledged is there after a restart, and hosts hold exactly what their tasks hold.
    @Test func aRestartChangesNothing() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance(cpu: 4096, memory: 4096)
        try await plane.registerTaskDefinition(
            "web", portMappings: [["containerPort": 80], ["containerPort": 81, "hostPort": 9000]])
        let run = try await plane.call("RunTask", ["taskDefinition": "web", "count": 1])
        let before = try await plane.call("DescribeContainerInstances", ["containerInstances": [instance]])
        let again = try TestControlPlane(store: plane.store, seed: 2)
        let after = try await again.call("DescribeContainerInstances", ["containerInstances": [instance]])
        #expect(NSDictionary(dictionary: before).isEqual(to: after))
        let tasks = try await again.call("DescribeTasks", ["tasks": run.list("tasks").map { $0.text("taskArn") }])
        #expect(NSArray(array: tasks.list("tasks")).isEqual(to: run.list("tasks").map { without($0, "tags", []) }))
        let second = try await again.call("RunTask", ["taskDefinition": "web"])
        #expect(second.list("failures")[0].text("reason") == "RESOURCE:PORTS")
    }

    private func without(_ object: [String: Any], _ name: String, _ value: Any) -> [String: Any] {
        var object = object
        object[name] = value
        return object
    }

    private func remaining(_ described: [String: Any], _ name: String) -> Int? {
        let resources = described.list("containerInstances").first?.list("remainingResources") ?? []
        return resources.first { $0.text("name") == name }?["integerValue"] as? Int
    }
}
