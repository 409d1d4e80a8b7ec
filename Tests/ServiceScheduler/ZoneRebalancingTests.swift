import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct ZoneRebalancingTests {
    private func scene(_ counts: [Int], max: Int = 200) -> Scene {
        var scene = Scene(desired: counts.reduce(0, +), max: max)
        scene.complete()
        scene.service.balancedZones = ["us-1a", "us-1b", "us-1c"]
        for (zone, count) in counts.enumerated() {
            scene.add(instance: "i-\(zone)", zone: zone)
            scene.add(count, .healthy, on: zone)
        }
        return scene
    }

    @Test func startsInThePoorestZoneAndStopsInTheRichest() {
        var scene = scene([4, 2, 0])
        var plan = scene.plan()
        #expect(
            plan.actions.filter { if case .start = $0 { true } else { false } } == [
                .start(count: 2, of: DeploymentKey(1), on: .zone(2), because: .zoneBalance)
            ])
        #expect(
            plan.events == [
                "(service web) is not AZ balanced with 4 tasks in us-1a, 2 tasks in us-1b, and 0 tasks in us-1c. "
                    + "AZ Rebalancing in progress."
            ])
        scene.add(1, .healthy, on: 2)
        scene.add(1, .pending, on: 2)
        #expect(scene.plan().actions.isEmpty)
        scene.tasks.removeLast()
        scene.add(1, .healthy, on: 2)
        plan = scene.plan()
        #expect(plan.stops == [3, 4])
        #expect(plan.stopCauses == [.zoneBalance])
        #expect(
            plan.events == [
                "(service web, taskSet ecs-svc/1) has stopped 2 running tasks in us-1a due to AZ rebalancing: "
                    + "(task 4) (task 3)."
            ])
        scene.tasks.removeAll { plan.stops.contains($0.key.rawValue) }
        #expect(
            scene.plan().events == [
                "(service web) is AZ balanced with 2 tasks in us-1a, 2 tasks in us-1b, and 2 tasks in us-1c.",
                "(service web) has reached a steady state.",
            ])
        #expect(scene.plan().actions.isEmpty)
    }

    @Test(arguments: [[2, 2, 1], [1, 0, 0], [1, 1, 0], [0, 0, 0]])
    func zonesThatDifferByOneAreEven(counts: [Int]) {
        var scene = scene(counts)
        #expect(scene.plan().starts.isEmpty)
    }

    @Test func maximumPercentLimitsHowManyMoveAtOnce() {
        var limited = scene([6, 0, 0], max: 117)
        #expect(limited.plan().starts == [1: 1])
        var none = scene([3, 0, 0], max: 125)
        #expect(none.plan().starts.isEmpty)
    }

    @Test func isGivenUpWhenADeploymentBegins() {
        var scene = scene([4, 2, 0])
        _ = scene.plan()
        scene.add(2, .pending, on: 2)
        scene.deploy(2)
        _ = scene.plan()
        #expect(scene.service.state.rebalancing == nil)
    }

    @Test func beginsOnlyAfterTheDeployment() {
        var scene = scene([0, 0, 0])
        scene.service.desiredCount = 4
        scene.add(1, .stopping, on: 1)
        scene.deploy(2)
        scene.add(4, .healthy, of: 2, on: 0)
        #expect(scene.plan().starts.isEmpty)
        scene.tasks.removeFirst()
        #expect(scene.plan().actions.contains(.complete(DeploymentKey(2))))
        #expect(scene.plan().starts == [2: 2])
    }

    @Test func isGivenUpWhenTheDeploymentFails() {
        var scene = scene([4, 2, 0])
        _ = scene.plan()
        scene.deploy(2)
        scene.change(2) { $0.state.rolloutState = .failed }
        _ = scene.plan()
        #expect(scene.service.state.rebalancing == nil)
    }

    @Test func isGivenUpWhenATaskTurnsUnhealthy() {
        var scene = scene([4, 2, 0])
        _ = scene.plan()
        scene.tasks.removeLast()
        scene.add(1, .unhealthy, on: 1)
        let pending = scene.add(2, .pending, on: 2)
        // One of the two is what is missing now, and the other is one too many.
        #expect(scene.plan().stops == [pending[1]])
        #expect(scene.service.state.rebalancing == nil)
    }

    @Test func protectedTasksAreNotMoved() {
        var scene = scene([0, 0, 0])
        scene.service.desiredCount = 4
        scene.add(4, .healthy, on: 0, protectedFor: 100)
        let plan = scene.plan()
        #expect(plan.starts.isEmpty)
        #expect(plan.wakesIn == 100)
    }

    @Test func aZoneWithoutRoomIsNotTriedAgainAtOnce() {
        var scene = scene([3, 0, 0])
        scene.change(1) { $0.unplaced = Unplaced(cause: .noInstanceFitsInZone("us-1c"), triedAt: Scene.start) }
        let plan = scene.plan()
        #expect(plan.starts.isEmpty)
        #expect(
            plan.events.first
                == "(service web) is unable to place a task in us-1c because no container instance met all of its "
                + "requirements.")
        // What is missing elsewhere is not held back by it.
        scene.tasks.removeLast()
        #expect(scene.plan().starts == [1: 1])
    }
}
