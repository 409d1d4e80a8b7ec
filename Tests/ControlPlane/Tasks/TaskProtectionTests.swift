import ControlPlaneState
import Foundation
import Testing

@testable import ControlPlaneAPI

@Suite struct TaskProtectionTests {
    /// A cluster with tasks of a service, as they will be once there are services, and one of nobody's.
    private static func plane(services count: Int = 1) async throws -> (
        TestControlPlane, tasks: [String], alone: String
    ) {
        let plane = try TestControlPlane()
        try await plane.registerInstance(cpu: 8192, memory: 8192)
        try await plane.registerTaskDefinition("web", cpu: 10, memory: 10)
        var tasks: [String] = []
        for _ in 0..<count {
            let arn = try await plane.runTask()
            try await plane.change(arn) { $0.group = "service:web" }
            tasks.append(arn)
        }
        return (plane, tasks, try await plane.runTask())
    }

    private static let unknown = "arn:aws:ecs:us-east-1:123456789012:task/default/" + String(repeating: "0", count: 32)

    @Test func protectsForTwoHoursUnlessAskedOtherwise() async throws {
        let (plane, tasks, _) = try await Self.plane()
        func update(_ options: [String: Any]) async throws -> [String: Any] {
            let input = options.merging(["cluster": "default", "tasks": tasks]) { $1 }
            return try await plane.call("UpdateTaskProtection", input).list("protectedTasks")[0]
        }
        func protection() async throws -> [String: Any] {
            try await plane.call("GetTaskProtection", ["cluster": "default", "tasks": tasks]).list("protectedTasks")[0]
        }
        #expect(try await protection()["protectionEnabled"] as? Bool == false)
        let start = TestControlPlane.start.timeIntervalSince1970
        let first = try await update(["protectionEnabled": true])
        #expect(first.text("taskArn") == tasks[0])
        #expect(first["protectionEnabled"] as? Bool == true)
        #expect(first["expirationDate"] as? Double == start + 7200)
        let read = try await protection()
        #expect(read["protectionEnabled"] as? Bool == true)
        #expect(read["expirationDate"] as? Double == start + 7200)

        plane.clock.advance(by: 60)
        let second = try await update(["protectionEnabled": true, "expiresInMinutes": 1])
        #expect(second["expirationDate"] as? Double == start + 120, "asking again starts the time anew")
        plane.clock.advance(by: 59)
        #expect(try await protection()["protectionEnabled"] as? Bool == true)
        plane.clock.advance(by: 1)
        let expired = try await protection()
        #expect(expired["protectionEnabled"] as? Bool == false)
        #expect(expired["expirationDate"] == nil)

        _ = try await update(["protectionEnabled": true, "expiresInMinutes": 2880])
        let cleared = try await update(["protectionEnabled": false])
        #expect(cleared["protectionEnabled"] as? Bool == false)
        #expect(cleared["expirationDate"] == nil)
        #expect(try await protection()["protectionEnabled"] as? Bool == false)
    }

    @Test func survivesARestart() async throws {
        let (plane, tasks, _) = try await Self.plane()
        let input: [String: Any] = ["cluster": "default", "tasks": tasks]
        _ = try await plane.call("UpdateTaskProtection", input.merging(["protectionEnabled": true]) { $1 })
        let again = try TestControlPlane(store: plane.store, seed: 2)
        let described = try await again.call("GetTaskProtection", input).list("protectedTasks")
        #expect(described.map { $0["protectionEnabled"] as? Bool } == [true])
    }

    @Test func onlyTasksOfServicesThatAreToRunOn() async throws {
        let (plane, tasks, alone) = try await Self.plane(services: 2)
        _ = try await plane.call("StopTask", ["task": tasks[1]])
        let input: [String: Any] = [
            "cluster": "default", "tasks": [alone, tasks[1], Self.unknown, tasks[0], tasks[0]],
        ]
        let updated = try await plane.call("UpdateTaskProtection", input.merging(["protectionEnabled": true]) { $1 })
        #expect(updated.list("protectedTasks").map { $0.text("taskArn") } == [tasks[0]])
        #expect(updated.list("failures").map { $0.text("arn") } == [alone, tasks[1], Self.unknown])
        #expect(updated.list("failures").map { $0.text("reason") } == ["TASK_NOT_VALID", "TASK_NOT_VALID", "MISSING"])
        let read = try await plane.call("GetTaskProtection", input)
        #expect(read.list("protectedTasks").map { $0.text("taskArn") } == [tasks[1], tasks[0]])
        #expect(read.list("failures").map { $0.text("reason") } == ["TASK_NOT_VALID", "MISSING"])
    }

    @Test(arguments: [0, -1, 2881]) func minutesAreCheckedWhateverBecomesOfThem(minutes: Int) async throws {
        let (plane, _, alone) = try await Self.plane()
        for isEnabled in [true, false] {
            let failure = try await plane.failure(
                "UpdateTaskProtection",
                ["cluster": "default", "tasks": [alone], "protectionEnabled": isEnabled, "expiresInMinutes": minutes])
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message == "expiresInMinutes must be from 1 to 2880; found \(minutes).")
        }
    }

    @Test func listsHaveLimits() async throws {
        let (plane, _, _) = try await Self.plane()
        func failure(_ operation: String, _ count: Int, cluster: String = "default") async throws -> (String, String) {
            let tasks = Array(repeating: Self.unknown, count: count)
            let input: [String: Any] = ["cluster": cluster, "tasks": tasks, "protectionEnabled": true]
            return try await plane.failure(operation, input)
        }
        #expect(try await failure("GetTaskProtection", 101).1 == "tasks can have at most 100 items.")
        #expect(try await failure("UpdateTaskProtection", 11).1 == "tasks can have at most 10 items.")
        for operation in ["GetTaskProtection", "UpdateTaskProtection"] {
            #expect(try await failure(operation, 0).1 == "Tasks cannot be empty.")
            #expect(try await failure(operation, 1, cluster: "none").0 == "InvalidParameterException")
        }
        #expect(
            try await plane.failure("GetTaskProtection", ["cluster": "none", "tasks": ["x"]]).code
                == "ClusterNotFoundException")
    }
}
