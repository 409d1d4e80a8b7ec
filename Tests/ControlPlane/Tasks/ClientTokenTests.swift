import AWSModels
import AWSProtocol
import ControlPlaneState
import Controllers
import Foundation
import Support
import Testing

@testable import ControlPlaneAPI

@Suite struct ClientTokenTests {
    private static func plane() async throws -> TestControlPlane {
        let plane = try TestControlPlane()
        try await plane.registerInstance(cpu: 8192, memory: 8192)
        try await plane.registerTaskDefinition("web", cpu: 10, memory: 10)
        return plane
    }

    @Test func theSameRequestInOtherWordsIsTheSame() async throws {
        let plane = try await Self.plane()
        let input: [String: Any] = ["taskDefinition": "web", "clientToken": "t", "count": 2]
        let first = try await plane.call("RunTask", input)
        for cluster in ["default", "arn:aws:ecs:us-east-1:123456789012:cluster/default"] {
            let again = try await plane.call("RunTask", input.merging(["cluster": cluster]) { $1 })
            #expect(NSDictionary(dictionary: again).isEqual(to: first))
        }
        // What it named may be gone by now: that call was made, and this one only asks what came of it.
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web:1"])
        #expect(try await plane.call("RunTask", input).list("tasks").count == 2)
        #expect(try await pages(plane, "ListTasks", "taskArns", [:]).count == 2)
    }

    @Test func anotherRequestIsAConflictThatNamesTheTasks() async throws {
        let plane = try await Self.plane()
        let input: [String: Any] = ["taskDefinition": "web", "clientToken": "t", "count": 2]
        let arns = try await plane.call("RunTask", input).list("tasks").map { $0.text("taskArn") }
        do {
            _ = try await plane.call("RunTask", input.merging(["startedBy": "other"]) { $1 })
            Issue.record("the conflict went unnoticed")
        } catch let error as AWSError {
            #expect(error.code == "ConflictException")
            #expect(error.fields["resourceIds"] == .array(arns.map { .string($0) }))
        }
        _ = try await plane.call("CreateCluster", ["clusterName": "other"])
        let elsewhere = try await plane.failure("RunTask", input.merging(["cluster": "other"]) { $1 })
        #expect(
            elsewhere.message == "No Container Instances were found in your cluster.", "a token is its cluster's own")
    }

    @Test func whatPlacedNothingMayBeTriedAgain() async throws {
        let plane = try await Self.plane()
        try await plane.registerTaskDefinition("big", cpu: 9000)
        let input: [String: Any] = ["taskDefinition": "big", "clientToken": "t"]
        #expect(try await plane.call("RunTask", input).list("failures")[0].text("reason") == "RESOURCE:CPU")
        try await plane.registerInstance(cpu: 10_000)
        #expect(try await plane.call("RunTask", input).list("tasks").count == 1)
    }

    /// Running them again would be once too often, and an empty answer would be no answer.
    @Test func forgottenTasksAreMissing() async throws {
        let plane = try await Self.plane()
        let input: [String: Any] = ["taskDefinition": "web", "clientToken": "t", "count": 2]
        let arns = try await plane.call("RunTask", input).list("tasks").map { $0.text("taskArn") }
        _ = try await plane.call("SubmitTaskStateChange", ["task": arns[0], "status": "STOPPED"])
        let expiry = Expiry(
            state: plane.state, retention: .init(stoppedTaskSeconds: 3600), now: { plane.clock.now }, log: .discarding)
        plane.clock.advance(by: 3601)
        await expiry.pass()
        let again = try await plane.call("RunTask", input)
        #expect(again.list("tasks").map { $0.text("taskArn") } == [arns[1]])
        #expect(again.list("failures").map { $0.text("arn") } == [arns[0]])
        #expect(again.list("failures").map { $0.text("reason") } == ["MISSING"])
        plane.clock.advance(by: 86_400)
        await expiry.pass()
        let anew = try await plane.call("RunTask", input).list("tasks").map { $0.text("taskArn") }
        #expect(Set(anew).isDisjoint(with: arns) && anew.count == 2)
    }

    /// ECS gives StartTask no token, and ignores members that it does not know.
    @Test func startTaskHasNone() async throws {
        let plane = try await Self.plane()
        let instance = try await plane.registerInstance()
        let input: [String: Any] = ["taskDefinition": "web", "containerInstances": [instance], "clientToken": "t"]
        let first = try await plane.call("StartTask", input).list("tasks")[0].text("taskArn")
        #expect(try await plane.call("StartTask", input).list("tasks")[0].text("taskArn") != first)
    }
}
