import ControlPlaneState
import Foundation
import Testing

@Suite struct StopTaskTests {
    private static func plane() async throws -> (TestControlPlane, task: String) {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        return (plane, try await plane.runTask())
    }

    private static let long = String(repeating: "é", count: 2000)

    @Test(
        arguments: [
            (nil, "Task stopped by user"), ("", "Task stopped by user"), ("enough", "enough"),
            (long, String(repeating: "é", count: 1024)),
        ] as [(String?, String)]) func theReasonIsTheUsers(given: String?, shown: String) async throws
    {
        let (plane, task) = try await Self.plane()
        var input = ["task": task]
        input["reason"] = given
        let stopping = try await plane.call("StopTask", input).object("task")
        #expect(stopping.text("stoppedReason") == shown)
        #expect(stopping.text("stopCode") == "UserInitiated")
        #expect(stopping["stoppingAt"] as? Double == TestControlPlane.start.timeIntervalSince1970)
        #expect((stopping.text("desiredStatus"), stopping.text("lastStatus")) == ("STOPPED", "PENDING"))
    }

    /// One character can be any number of bytes.
    @Test func aReasonIsCutByWhatItHolds() async throws {
        let (plane, task) = try await Self.plane()
        let reason = "e" + String(repeating: "\u{301}", count: 5000)
        let stopping = try await plane.call("StopTask", ["task": task, "reason": reason]).object("task")
        #expect(stopping.text("stoppedReason").unicodeScalars.count == 1024)
    }

    @Test func whatIsStoppingOrStoppedIsGivenBackAsItIs() async throws {
        let (plane, task) = try await Self.plane()
        let first = try await plane.call("StopTask", ["task": task, "reason": "first"])
        plane.clock.advance(by: 5)
        let second = try await plane.call("StopTask", ["task": task, "reason": "second"])
        #expect(NSDictionary(dictionary: second).isEqual(to: first))
        _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED", "reason": "the agent's"])
        let stopped = try await plane.call("StopTask", ["task": task, "reason": "third"]).object("task")
        #expect((stopped.text("lastStatus"), stopped.text("stoppedReason")) == ("STOPPED", "first"))
    }

    @Test func whatEndedByItselfKeepsItsOwnCode() async throws {
        let (plane, task) = try await Self.plane()
        _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED", "reason": Self.long])
        let stopped = try await plane.call("StopTask", ["task": task]).object("task")
        #expect(stopped.text("stopCode") == "EssentialContainerExited")
        #expect(stopped.text("stoppedReason").count == 1024)
    }

    @Test(arguments: [
        ("nonsense", "InvalidParameterException"), ("", "InvalidParameterException"),
        (String(repeating: "0", count: 32), "InvalidParameterException"),
    ]) func anUnknownTask(reference: String, code: String) async throws {
        let (plane, _) = try await Self.plane()
        let failure = try await plane.failure("StopTask", ["task": reference])
        #expect(failure.code == code)
        #expect(failure.message == "The referenced task was not found.")
    }
}
