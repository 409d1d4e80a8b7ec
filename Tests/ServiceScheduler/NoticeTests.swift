import FoundationEssentials
import ServiceScheduler
import Testing

/// Which events are told, when, and in which words.
@Suite struct NoticeTests {
    private func unplaced(_ cause: UnplacedCause, at: Date) -> Scene {
        var scene = Scene(desired: 1)
        scene.now = at
        scene.change(1) { $0.unplaced = Unplaced(cause: cause, triedAt: at) }
        return scene
    }

    @Test func theSameIsToldAgainAfterSixHours() {
        var scene = unplaced(.noInstancesInCluster, at: Scene.start)
        #expect(scene.plan().events.count == 1)
        for hour in 1...5 {
            scene.now = Scene.start.addingTimeInterval(Double(hour) * 3600)
            #expect(scene.plan().events.isEmpty)
        }
        scene.now = Scene.start.addingTimeInterval(21_600)
        #expect(scene.plan().events.count == 1)
    }

    @Test func anotherCauseIsToldAtOnce() {
        var scene = unplaced(.noInstanceFits(closest: .init(id: "a", obstacle: .cpu)), at: Scene.start)
        #expect(scene.plan().events.count == 1)
        // Another instance is not another cause.
        let other = UnplacedCause.noInstanceFits(closest: .init(id: "b", obstacle: .cpu))
        scene.change(1) { $0.unplaced = Unplaced(cause: other, triedAt: Scene.start) }
        #expect(scene.plan().events.isEmpty)
        let memory = UnplacedCause.noInstanceFits(closest: .init(id: "b", obstacle: .memory))
        scene.change(1) { $0.unplaced = Unplaced(cause: memory, triedAt: Scene.start) }
        #expect(scene.plan().events.count == 1)
    }

    /// Tried again, refused again: that is still the same.
    @Test func tryingAgainDoesNotResolveIt() {
        var scene = unplaced(.noInstancesInCluster, at: Scene.start)
        _ = scene.plan()
        scene.change(1) { $0.unplaced = nil }
        #expect(scene.plan().starts == [1: 1])
        scene.change(1) { $0.unplaced = Unplaced(cause: .noInstancesInCluster, triedAt: Scene.start) }
        #expect(scene.plan().events.isEmpty)
    }

    @Test func whatWasResolvedIsToldAgain() {
        var scene = unplaced(.noInstancesInCluster, at: Scene.start)
        _ = scene.plan()
        scene.change(1) { $0.unplaced = nil }
        scene.add(1, .pending)
        _ = scene.plan()
        scene.tasks = []
        scene.change(1) { $0.unplaced = Unplaced(cause: .noInstancesInCluster, triedAt: Scene.start) }
        #expect(scene.plan().events.count == 1)
    }

    @Test func whatIsNotMissedAnyMoreIsNotToldOf() {
        var scene = unplaced(.noInstancesInCluster, at: Scene.start)
        scene.service.desiredCount = 0
        #expect(!scene.plan().events.contains { $0.contains("unable to place") })
        #expect(!scene.plan().events.contains { $0.contains("unable to place") })
    }

    @Test func steadyStateIsToldEverySixHoursAndWhenItIsReachedAgain() {
        var scene = Scene(desired: 1)
        scene.complete()
        scene.add(1, .healthy)
        let steady = ["(service web) has reached a steady state."]
        #expect(scene.plan().events == steady)
        scene.advance(21_599)
        #expect(scene.plan().events.isEmpty)
        scene.advance(1)
        #expect(scene.plan().events == steady)
        scene.tasks = []
        #expect(scene.plan().events.isEmpty)
        #expect(!scene.service.state.isSteady)
        scene.add(1, .healthy)
        #expect(scene.plan().events == steady)
    }

    private static let unable =
        "(service web) was unable to place a task because no container instance met all of its requirements."
    private static let more =
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

    struct Wording: Sendable {
        let event: ServiceEvent
        let message: String

        init(_ event: ServiceEvent, _ message: String) {
            self.event = event
            self.message = message
        }
    }

    /// spec/ecs-scheduling.md section 3.3, word for word.
    private static let wordings: [Wording] = [
        Wording(.started([TaskKey(1), TaskKey(2)]), "(service web) has started 2 tasks: (task t1) (task t2)."),
        Wording(.stopped([TaskKey(7)]), "(service web) has stopped 1 running tasks: (task t7)."),
        Wording(
            .registeredTargets(count: 1, targetGroup: "arn:tg"),
            "(service web) registered 1 targets in (target-group arn:tg)"),
        Wording(
            .deregisteredTargets(count: 2, targetGroup: "arn:tg"),
            "(service web) deregistered 2 targets in (target-group arn:tg)"),
        Wording(
            .drainingConnections(count: 1, deployment: "ecs-svc/5"),
            "(service web, taskSet ecs-svc/5) has begun draining connections on 1 tasks."),
        Wording(.throttled, "(service web) operations are being throttled. Will try again later."),
        Wording(
            .unableToPlace(.noInstancesInCluster),
            "\(unable) Reason: No Container Instances were found in your cluster. \(more)"),
        Wording(
            .unableToPlace(.noInstancesInCapacityProvider),
            "\(unable) Reason: No Container Instances were found in your capacity provider. \(more)"),
        Wording(
            .unableToPlace(.noInstanceFits(closest: .init(id: "abc", obstacle: .cpu))),
            "\(unable) The closest matching (container-instance abc) has insufficient CPU units available. \(more)"),
        Wording(
            .unableToPlace(.noInstanceFits(closest: .init(id: "abc", obstacle: .agentDisconnected))),
            "\(unable) The closest matching (container-instance abc) encountered error \"AGENT\". \(more)"),
        Wording(
            .unableToPlace(.noInstanceFits(closest: .init(id: "abc", obstacle: .memory))),
            "\(unable) The closest matching (container-instance abc) has insufficient memory available. \(more)"),
        Wording(
            .unableToPlace(.noInstanceFits(closest: .init(id: "abc", obstacle: .attribute))),
            "\(unable) The closest matching (container-instance abc) is missing an attribute required by your task. "
                + more),
        Wording(
            .unableToPlace(.other("Internal error")),
            "(service web) was unable to place a task. Reason: Internal error."),
        Wording(
            .unableToPlace(.roleNotAssumable(arn: "arn:role")),
            "(service web) failed to launch a task with (error ECS was unable to assume the role 'arn:role' that "
                + "was provided for this task. Please verify that the role being passed has the proper trust "
                + "relationship and permissions and that your IAM user has permissions to pass this role.)."),
    ]

    @Test(arguments: wordings)
    private func wordsAreThoseOfECS(wording: Wording) {
        let names = EventNames(taskID: { "t\($0.rawValue)" })
        #expect(wording.event.message(service: "web", names: names) == wording.message)
    }
}
