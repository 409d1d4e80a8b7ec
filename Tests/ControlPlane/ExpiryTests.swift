import Controllers
import Foundation
import Placement
import Support
import Testing

@testable import ControlPlaneState

@Suite struct ExpiryTests {
    private static let now = TestControlPlane.start
    private static let hour = 3600.0

    /// STOPPED tasks of these ages in hours, numbered from the oldest.
    private static func stopped(_ hours: [Double]) -> OrderedSet<TaskTable.StoppedKey> {
        var set = OrderedSet<TaskTable.StoppedKey>()
        for (index, age) in hours.sorted(by: >).enumerated() {
            set.insert(TaskTable.StoppedKey(stoppedAt: now.addingTimeInterval(-age * hour), sequence: index))
        }
        return set
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var ages: [Double]
        var keptHours = 168.0
        var limit = 100_000
        var batch = 500
        var forgotten: [Int]
        var why: String
        var testDescription: String { why }
    }

    @Test(arguments: [
        Case(ages: [], forgotten: [], why: "nothing"),
        Case(ages: [169, 168.1, 168, 1], forgotten: [0, 1], why: "older than 7 days"),
        Case(ages: [3, 2, 1.5], keptHours: 2.5, forgotten: [0], why: "a shorter time"),
        Case(ages: [1.1, 0.9], keptHours: 0, forgotten: [0], why: "never less than an hour"),
        Case(ages: [5, 4, 3, 2], limit: 2, forgotten: [0, 1], why: "too many: the oldest go"),
        Case(ages: [5, 4, 3, 2], limit: 4, forgotten: [], why: "just enough"),
        Case(ages: [2, 0.9, 0.8, 0.7], limit: 1, forgotten: [0], why: "too many, but not in their first hour"),
        Case(ages: [1], limit: 0, forgotten: [], why: "an hour is kept whole"),
        Case(ages: [2, 1.5, 0.5], limit: 0, forgotten: [0, 1], why: "no more than an hour is wanted"),
        Case(ages: [200, 199, 2], limit: 2, forgotten: [0, 1], why: "old and too many count once"),
        Case(ages: [200, 199, 198], batch: 2, forgotten: [0, 1], why: "a batch at a time"),
    ]) func decides(test: Case) {
        let retention = Expiry.Retention(stoppedTaskSeconds: test.keptHours * Self.hour, stoppedTaskLimit: test.limit)
        let found = retention.expired(Self.stopped(test.ages), now: Self.now, limit: test.batch)
        #expect(found.map(\.sequence) == test.forgotten)
    }

    /// Whatever happens, no task goes in its first hour, none stays beyond its time, and of those between only as many
    /// go as are too many.
    @Test(arguments: 0..<200) func keepsItsPromises(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ages = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            Double.random(in: 0...6, using: &generator)
        }
        let kept = Double.random(in: 0...5, using: &generator)
        let limit = Int.random(in: 0...60, using: &generator)
        let retention = Expiry.Retention(stoppedTaskSeconds: kept * Self.hour, stoppedTaskLimit: limit)
        let set = Self.stopped(ages)
        let found = retention.expired(set, now: Self.now, limit: .max)
        let old = ages.filter { $0 > max(kept, 1) }.count
        let possible = ages.filter { $0 > 1 }.count
        #expect(found.count == min(possible, max(old, ages.count - limit)))
        #expect(found.map(\.sequence) == Array(0..<found.count), "the oldest first")
    }

    @Test func stoppedTasksAreForgottenAfterTheirTime() async throws {
        let plane = try TestControlPlane()
        let expiry = Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding)
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let run = try await plane.call("RunTask", ["taskDefinition": "web", "count": 2, "clientToken": "t"])
        let arns = run.list("tasks").map { $0.text("taskArn") }
        _ = try await plane.call("SubmitTaskStateChange", ["task": arns[0], "status": "STOPPED", "reason": "why"])
        plane.clock.advance(by: 7 * 86_400)
        #expect(await expiry.pass() == 1, "the token is older than a day")
        #expect(plane.state.peek { $0.access.runTaskToken(cluster: .default, clientToken: "t") == nil })
        let kept = try await plane.call("DescribeTasks", ["tasks": arns]).list("tasks")[0]
        #expect(kept.text("stoppedReason") == "why")
        plane.clock.advance(by: 1)
        #expect(await expiry.pass() == 1)
        let described = try await plane.call("DescribeTasks", ["tasks": arns])
        #expect(described.list("failures").map { $0.text("reason") } == ["MISSING"])
        #expect(described.list("tasks").map { $0.text("taskArn") } == [arns[1]], "one that runs is never forgotten")
    }

    @Test func tooManyStoppedTasksAreForgottenEarlier() async throws {
        let plane = try TestControlPlane()
        let expiry = Expiry(
            state: plane.state, retention: .init(stoppedTaskLimit: 2), now: { plane.clock.now }, log: .discarding)
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        var arns: [String] = []
        for _ in 0..<4 {
            arns.append(try await plane.runTask())
            _ = try await plane.call("SubmitTaskStateChange", ["task": arns[arns.count - 1], "status": "STOPPED"])
            plane.clock.advance(by: 60)
        }
        #expect(await expiry.pass() == 0)
        plane.clock.advance(by: 3600)
        #expect(await expiry.pass() == 2)
        #expect(await expiry.pass() == 0)
        #expect(try await pages(plane, "ListTasks", "taskArns", ["desiredStatus": "STOPPED"]) == Array(arns[2...]))
    }
}
