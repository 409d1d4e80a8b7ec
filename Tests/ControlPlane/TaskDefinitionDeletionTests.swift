import ControlPlaneState
import Controllers
import Foundation
import Support
import Testing

@Suite struct TaskDefinitionDeletionTests {
    /// A plane with `web:1` INACTIVE and `web:2` ACTIVE.
    private func plane(running: Bool = false) async throws -> (TestControlPlane, task: String) {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition("web")
        var task = ""
        if running {
            task = try await plane.call("RunTask", ["taskDefinition": "web:1"]).list("tasks")[0].text("taskArn")
        }
        try await plane.registerTaskDefinition("web")
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web:1"])
        return (plane, task)
    }

    private func listed(_ plane: TestControlPlane, _ status: String) async throws -> [String] {
        try await pages(plane, "ListTaskDefinitions", "taskDefinitionArns", ["status": status])
            .map { String($0.split(separator: "/")[1]) }
    }

    private func families(_ plane: TestControlPlane, _ status: String) async throws -> [String] {
        try await pages(plane, "ListTaskDefinitionFamilies", "families", ["status": status])
    }

    @Test func whatNothingRefersToIsGone() async throws {
        let (plane, _) = try await plane()
        let output = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1"]])
        let definition = output.list("taskDefinitions")[0]
        #expect(output.list("failures").isEmpty)
        #expect(definition.text("status") == "DELETE_IN_PROGRESS")
        #expect(definition["deleteRequestedAt"] as? Double == TestControlPlane.start.timeIntervalSince1970)
        #expect(definition["deregisteredAt"] as? Double == TestControlPlane.start.timeIntervalSince1970)
        #expect(
            try await plane.failure("DescribeTaskDefinition", ["taskDefinition": "web:1"]).message
                == "Unable to describe task definition.")
        for status in ["INACTIVE", "DELETE_IN_PROGRESS"] { #expect(try await listed(plane, status) == []) }
        #expect(try await listed(plane, "ACTIVE") == ["web:2"])
        #expect(try await plane.registerTaskDefinition("web").hasSuffix("web:3"))
    }

    @Test func whatATaskRefersToStaysUntilTheTaskIsForgotten() async throws {
        let (plane, task) = try await plane(running: true)
        let expiry = Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding)
        _ = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1"]])
        await expiry.pass()
        #expect(try await listed(plane, "DELETE_IN_PROGRESS") == ["web:1"])
        #expect(try await listed(plane, "INACTIVE") == [])
        let described = try await plane.call("DescribeTaskDefinition", ["taskDefinition": "web:1"])
        #expect(described.object("taskDefinition").text("status") == "DELETE_IN_PROGRESS")
        let refused = try await plane.failure("RunTask", ["taskDefinition": "web:1"])
        #expect(refused.code == "ClientException")
        #expect(refused.message == "TaskDefinition is inactive")
        let again = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web:1"])
        #expect(again.object("taskDefinition").text("status") == "DELETE_IN_PROGRESS")

        plane.clock.advance(by: 60)
        let repeated = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1"]])
        #expect(
            repeated.list("taskDefinitions")[0]["deleteRequestedAt"] as? Double
                == TestControlPlane.start.timeIntervalSince1970)

        _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED"])
        await expiry.pass()
        #expect(try await listed(plane, "DELETE_IN_PROGRESS") == ["web:1"])
        plane.clock.advance(by: 8 * 86_400)
        await expiry.pass()
        #expect(try await listed(plane, "DELETE_IN_PROGRESS") == [])
    }

    /// The counts that say what can go are made again from the records.
    @Test func survivesARestart() async throws {
        let (before, task) = try await plane(running: true)
        _ = try await before.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1"]])
        let plane = try TestControlPlane(store: before.store)
        let expiry = Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding)
        await expiry.pass()
        let described = try await plane.call("DescribeTaskDefinition", ["taskDefinition": "web:1"])
        #expect(described.object("taskDefinition").text("status") == "DELETE_IN_PROGRESS")
        _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED"])
        plane.clock.advance(by: 8 * 86_400)
        await expiry.pass()
        #expect(
            try await plane.failure("DescribeTaskDefinition", ["taskDefinition": "web:1"]).code == "ClientException")
        let last = try TestControlPlane(store: before.store)
        #expect(try await listed(last, "DELETE_IN_PROGRESS") == [])
        #expect(try await last.registerTaskDefinition("web").hasSuffix("web:3"))
    }

    @Test(arguments: [
        ("web:2", "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2", "still in ACTIVE status"),
        ("web:9", "arn:aws:ecs:us-east-1:123456789012:task-definition/web:9", "does not exist"),
        (
            "arn:aws:ecs:us-east-1:999999999999:task-definition/web:1",
            "arn:aws:ecs:us-east-1:999999999999:task-definition/web:1", "does not exist"
        ), ("web", "web", "identifier is invalid"), ("web:x", "web:x", "identifier is invalid"),
        ("a b:1", "a b:1", "identifier is invalid"),
        ("arn:aws:ecs:us-east-1:123456789012:cluster/a", "arn:aws:ecs:us-east-1:123456789012:cluster/a", "invalid"),
    ]) func whatCannotBeDeletedIsAFailure(reference: String, arn: String, reason: String) async throws {
        let (plane, _) = try await plane()
        let output = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": [reference, "web:1"]])
        #expect(output.list("failures").map { $0.text("arn") } == [arn])
        #expect(output.list("failures")[0].text("reason").contains(reason))
        #expect(output.list("taskDefinitions").map { $0["revision"] as? Int } == [1])
    }

    @Test func aRevisionNamedTwiceIsAnsweredOnce() async throws {
        let (plane, _) = try await plane()
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"
        let output = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1", arn]])
        #expect(output.list("taskDefinitions").map { $0.text("taskDefinitionArn") } == [arn])
        #expect(output.list("failures").isEmpty)
    }

    @Test func theListHasOneToTen() async throws {
        let plane = try TestControlPlane()
        let empty = try await plane.failure("DeleteTaskDefinitions", ["taskDefinitions": [String]()])
        #expect(empty.code == "InvalidParameterException")
        #expect(empty.message == "size of TaskDefinition references list must be greater than 0")
        let many = try await plane.failure(
            "DeleteTaskDefinitions", ["taskDefinitions": (1...11).map { "web:\($0)" }])
        #expect(many.code == "InvalidParameterException")
        #expect(many.message == "Size of TaskDefinition references list cannot exceed 10")
    }

    @Test func aFamilyIsListedWhileARevisionIsLeft() async throws {
        let (plane, task) = try await plane(running: true)
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web:2"])
        _ = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1", "web:2"]])
        for (status, names) in [("ALL", ["web"]), ("INACTIVE", ["web"]), ("ACTIVE", [])] {
            #expect(try await families(plane, status) == names)
        }
        _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED"])
        plane.clock.advance(by: 8 * 86_400)
        await Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding).pass()
        for status in ["ALL", "INACTIVE", "ACTIVE"] { #expect(try await families(plane, status) == []) }
        #expect(try await plane.registerTaskDefinition("web").hasSuffix("web:3"))
        #expect(try await families(plane, "ACTIVE") == ["web"])
    }

    /// A transaction that fails leaves the indices as they were.
    @Test func aRefusedTransactionChangesNothing() async throws {
        struct Refused: Error {}
        let (plane, _) = try await plane()
        let id = TaskDefinitionID(family: "web", revision: 1)
        do {
            try await plane.state.transact { (tx: inout Tables) throws(Refused) in
                guard var record = tx.taskDefinitions[id] else { return }
                record.status = .deleteInProgress
                tx.put(record)
                _ = tx.purgeTaskDefinitions(limit: 10)
                throw Refused()
            }
            Issue.record("the transaction must fail")
        } catch {}
        #expect(try await listed(plane, "INACTIVE") == ["web:1"])
        #expect(try await listed(plane, "DELETE_IN_PROGRESS") == [])
        await Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding).pass()
        #expect(try await listed(plane, "INACTIVE") == ["web:1"])
    }
}
