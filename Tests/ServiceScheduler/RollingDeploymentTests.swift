import ServiceScheduler
import Testing

@Suite struct RollingDeploymentTests {
    /// A deployment of `desired` healthy tasks, and a new one.
    private func update(desired: Int, min: Int, max: Int) -> Scene {
        var scene = Scene(desired: desired, min: min, max: max)
        scene.add(desired, .healthy)
        scene.complete()
        scene.deploy(2)
        return scene
    }

    struct Case: Sendable {
        let desired, min, max, started, stopped: Int
    }

    /// The examples of ECS's documentation, and how both percentages are rounded.
    @Test(arguments: [
        Case(desired: 4, min: 50, max: 100, started: 2, stopped: 2),
        Case(desired: 2, min: 75, max: 200, started: 2, stopped: 0),
        Case(desired: 3, min: 100, max: 125, started: 0, stopped: 0),
        Case(desired: 4, min: 100, max: 200, started: 4, stopped: 0),
        Case(desired: 4, min: 100, max: 150, started: 2, stopped: 0),
        Case(desired: 10, min: 34, max: 115, started: 7, stopped: 6),
        Case(desired: 1, min: 0, max: 100, started: 1, stopped: 1),
        Case(desired: 5, min: 100, max: 110, started: 0, stopped: 0),
    ])
    func firstStepIsWithinBothBounds(example: Case) {
        var scene = update(desired: example.desired, min: example.min, max: example.max)
        let plan = scene.plan()
        #expect(plan.starts[2] ?? 0 == example.started)
        #expect(plan.stops.count == example.stopped)
        #expect(plan.starts[1] == nil)
    }

    @Test(arguments: [(2, 75, 100), (3, 100, 125), (1, 100, 100)])
    func saysThatItIsStuck(desired: Int, min: Int, max: Int) {
        var scene = update(desired: desired, min: min, max: max)
        #expect(
            scene.plan().events == [
                "(service web) was unable to stop or start tasks during a deployment because of the service deployment "
                    + "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
            ])
        #expect(scene.plan().actions.isEmpty)
    }

    @Test func isNotStuckWhileSomethingMoves() {
        var scene = update(desired: 2, min: 100, max: 100)
        scene.add(1, .stopping, of: 2)
        #expect(scene.plan().events.isEmpty)
    }

    @Test func oldTasksStopAsNewOnesBecomeHealthy() {
        var scene = update(desired: 4, min: 100, max: 150)
        scene.add(1, .healthy, of: 2)
        scene.add(1, .maturing, of: 2)
        let plan = scene.plan()
        #expect(plan.stops.count == 1)
        #expect(plan.starts == [2: 1])
        #expect(plan.stopCauses == [.deployment])
    }

    @Test func completesWhenTheOldTasksAreGone() {
        var scene = update(desired: 2, min: 100, max: 200)
        scene.tasks = []
        scene.add(1, .stopping)
        scene.add(2, .healthy, of: 2)
        #expect(scene.plan().actions.isEmpty)
        scene.tasks.removeFirst()
        #expect(
            scene.plan().actions == [
                .remove(DeploymentKey(1)), .complete(DeploymentKey(2)), .post(.deploymentCompleted("ecs-svc/2")),
                .post(.steadyState),
            ])
        #expect(scene.state(2)?.rolloutState == .completed)
        #expect(scene.state(2)?.rolloutStateReason == "ECS deployment ecs-svc/2 completed.")
    }

    @Test func saysThatItIsInProgress() {
        var scene = update(desired: 2, min: 100, max: 200)
        _ = scene.plan()
        #expect(scene.state(2)?.rolloutStateReason == "ECS deployment ecs-svc/2 in progress.")
        #expect(scene.state(2)?.desiredCount == 2)
        #expect(scene.state(1)?.desiredCount == 2)
    }

    @Test func oldTasksThatAreNotHealthyGoFirstAndNeedNoBudget() {
        var scene = Scene(desired: 4, min: 100, max: 200)
        scene.add(2, .healthy)
        let useless = scene.add(1, .pending) + scene.add(1, .unhealthy)
        scene.deploy(2)
        let plan = scene.plan()
        #expect(plan.stops == useless)
        #expect(plan.starts == [2: 4])
    }

    /// Two updates in a row, before the first one's tasks count as healthy: they are all there is.
    @Test func tasksThatMayBeHealthySoonAreSpared() {
        var scene = Scene(desired: 4, min: 50, max: 200)
        scene.add(4, .maturing)
        scene.deploy(2)
        #expect(scene.plan().stops.count == 2)
        scene.add(2, .healthy, of: 2)
        #expect(scene.plan().stops.count == 4)
    }

    @Test func ofSeveralDeploymentsInFlightTheOldestGivesWay() {
        var scene = Scene(desired: 4, min: 100, max: 200)
        let first = scene.add(3, .healthy, of: 1)
        let second = scene.add(2, .healthy, of: 2)
        scene.deploy(2)
        scene.deploy(3)
        scene.add(1, .healthy, of: 3)
        let plan = scene.plan()
        #expect(plan.stops.count == 2 && Set(plan.stops).isSubset(of: first))
        scene.add(3, .healthy, of: 3)
        #expect(scene.plan().stops == first + second)
        #expect(scene.state(2)?.desiredCount == 0)
    }

    @Test func desiredCountGrowsDuringADeployment() {
        var scene = update(desired: 4, min: 100, max: 200)
        scene.add(4, .maturing, of: 2)
        scene.service.desiredCount = 6
        let plan = scene.plan()
        #expect(plan.starts == [2: 2])
        #expect(plan.stops.isEmpty)
    }

    @Test func desiredCountShrinksDuringADeployment() {
        var scene = update(desired: 4, min: 100, max: 200)
        let new = scene.add(2, .healthy, of: 2) + scene.add(2, .pending, of: 2)
        scene.service.desiredCount = 2
        let plan = scene.plan()
        #expect(plan.stops == [1, 2, 3, 4] + new.suffix(2))
        #expect(plan.starts.isEmpty)
    }

    /// The old tasks hold the ports that the new ones need.
    @Test func withFullHostsTheOldTasksMakeRoomWithinTheMinimum() {
        var scene = update(desired: 4, min: 50, max: 200)
        scene.change(2) { $0.unplaced = Unplaced(cause: .noInstanceFits(closest: nil), triedAt: Scene.start) }
        let plan = scene.plan()
        #expect(plan.stops.count == 2)
        #expect(plan.starts.isEmpty)
        #expect(plan.wakesIn == 60)
    }

    @Test func withFullHostsAndNothingToSpareItWaits() {
        var scene = update(desired: 4, min: 100, max: 200)
        let closest = UnplacedCause.ClosestInstance(id: "abc", obstacle: .port)
        scene.change(2) { $0.unplaced = Unplaced(cause: .noInstanceFits(closest: closest), triedAt: Scene.start) }
        let plan = scene.plan()
        #expect(
            plan.events == [
                "(service web) was unable to place a task because no container instance met all of its requirements. "
                    + "The closest matching (container-instance abc) is already using a port required by your task. "
                    + "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
            ])
        #expect(plan.stops.isEmpty && plan.starts.isEmpty)
        scene.advance(60)
        #expect(scene.plan().starts == [2: 4])
    }

    @Test func protectedTasksStayUntilTheirProtectionEnds() {
        var scene = Scene(desired: 2, min: 0, max: 200)
        let protected = scene.add(1, .healthy, protectedFor: 90)
        let other = scene.add(1, .healthy)
        scene.deploy(2)
        scene.add(2, .healthy, of: 2)
        var plan = scene.plan()
        #expect(plan.stops == other)
        #expect(plan.wakesIn == 90)
        scene.tasks.removeAll { other.contains($0.key.rawValue) }
        scene.advance(90)
        plan = scene.plan()
        #expect(plan.stops == protected)
    }

    @Test func nothingIsWantedOfAServiceOfNone() {
        var scene = Scene(desired: 0)
        #expect(scene.plan().actions.contains(.complete(DeploymentKey(1))))
    }
}
