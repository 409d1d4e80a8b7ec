import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct DaemonTests {
    private func scene(_ instances: Int, min: Int = 0) -> Scene {
        var scene = Scene(desired: 0, min: min, max: 100, strategy: .daemon)
        for number in 0..<instances { scene.add(instance: "i-\(number)") }
        return scene
    }

    private func places(_ plan: Plan) -> [Int] {
        plan.actions.compactMap { action in
            if case .start(1, _, .instance(let place), _) = action { place } else { nil }
        }
    }

    @Test func oneOnEachInstanceThatMayHaveOne() {
        var scene = scene(5)
        scene.instances[1].canRunDaemon = false
        scene.instances[2].status = .draining
        scene.instances[3].lastHeardAt = scene.now.addingTimeInterval(-10)
        scene.add(1, .healthy, on: 4)
        #expect(places(scene.plan()) == [0])
        #expect(scene.service.state.desiredCount == 3)
    }

    @Test func aNewInstanceGetsItsOwn() {
        var scene = scene(2)
        scene.add(1, .healthy, on: 0)
        scene.add(1, .healthy, on: 1)
        #expect(scene.plan().actions.contains(.complete(DeploymentKey(1))))
        scene.add(instance: "i-new")
        #expect(
            scene.plan().actions == [
                .start(count: 1, of: DeploymentKey(1), on: .instance(2), because: .missing)
            ])
    }

    @Test func isTheLastToLeaveADrainingInstance() {
        var scene = scene(2)
        scene.add(1, .healthy, on: 0)
        let leaving = scene.add(1, .healthy, on: 1)
        scene.instances[1].status = .draining
        scene.instances[1].hasTasksToDrain = true
        #expect(scene.plan().stops.isEmpty)
        scene.instances[1].hasTasksToDrain = false
        let plan = scene.plan()
        #expect(plan.stops == leaving)
        #expect(plan.stopCauses == [.draining])
        scene.tasks.removeLast()
        #expect(scene.plan().events == ["(service web) has reached a steady state."])
    }

    @Test func leavesAnInstanceThatDoesNotMatchAnyMore() {
        var scene = scene(2)
        scene.add(1, .healthy, on: 0)
        let misplaced = scene.add(1, .healthy, on: 1, protectedFor: 100)
        scene.instances[1].canRunDaemon = false
        let plan = scene.plan()
        #expect(plan.stops == misplaced)
        #expect(plan.stopCauses == [.constraint])
    }

    /// 0 and 100 percent: all at once, and on each instance the old one is STOPPED before the new one starts.
    @Test func updatesStopFirst() {
        var scene = scene(3)
        for place in 0..<3 { scene.add(1, .healthy, on: place) }
        scene.complete()
        scene.deploy(2)
        let plan = scene.plan()
        #expect(plan.stops == [1, 2, 3])
        #expect(plan.starts.isEmpty)
        scene.tasks = []
        scene.add(1, .stopping, on: 0)
        #expect(places(scene.plan()) == [1, 2])
    }

    @Test func theMinimumHoldsDuringAnUpdate() {
        var scene = scene(3, min: 50)
        for place in 0..<3 { scene.add(1, .healthy, on: place) }
        scene.complete()
        scene.deploy(2)
        let plan = scene.plan()
        #expect(plan.stops.count == 1)
        scene.tasks.removeAll { plan.stops.contains($0.key.rawValue) }
        scene.add(1, .maturing, of: 2, on: 2)
        #expect(scene.plan().stops.isEmpty)
    }

    @Test func aMinimumOf100IsStuck() {
        var scene = scene(2, min: 100)
        for place in 0..<2 { scene.add(1, .healthy, on: place) }
        scene.complete()
        scene.deploy(2)
        #expect(scene.plan().actions == [.post(.stuckDeployment)])
    }

    @Test func aLostHostIsNotWaitedForAndHasItsTaskWhenItIsBack() {
        var scene = scene(2)
        scene.add(1, .healthy, on: 0)
        scene.add(1, .healthy, on: 1)
        _ = scene.plan()
        scene.instances[1].lastHeardAt = scene.now
        scene.advance(60)
        #expect(scene.plan().starts.isEmpty)
        #expect(scene.service.state.desiredCount == 1)
        scene.instances[1].lastHeardAt = nil
        let plan = scene.plan()
        #expect(plan.stops.isEmpty && plan.starts.isEmpty)
        #expect(scene.service.state.desiredCount == 2)
    }

    @Test func anInstanceThatFailsDoesNotHoldUpOthers() {
        var scene = scene(1)
        scene.add(1, .failedToStart, on: 0, age: 0)
        #expect(scene.plan().starts.isEmpty)
        scene.add(instance: "i-good")
        #expect(places(scene.plan()) == [1])
        scene.add(1, .maturing, on: 1)
        scene.advance(1)
        #expect(places(scene.plan()) == [0])
    }

    @Test func anInstanceWithoutRoomIsTriedAgainLater() {
        var scene = scene(2)
        scene.instances[1].daemonRefusedAt = scene.now
        scene.change(1) { $0.unplaced = Unplaced(cause: .noInstanceFits(closest: nil), triedAt: Scene.start) }
        let plan = scene.plan()
        #expect(places(plan) == [0])
        #expect(plan.events.count == 1)
        scene.advance(60)
        #expect(places(scene.plan()) == [0, 1])
    }

    @Test func unhealthyOnesAreReplacedInTheirPlace() {
        var scene = scene(3, min: 67)
        scene.complete()
        scene.add(1, .healthy, on: 0)
        let unhealthy = scene.add(1, .unhealthy, on: 1) + scene.add(1, .unhealthy, on: 2)
        #expect(scene.plan().stops == [unhealthy[0]])
    }

    @Test func thereIsNeverASecondOne() {
        var scene = scene(1)
        let second = scene.add(1, .pending, on: 0)
        scene.add(1, .healthy, on: 0)
        #expect(scene.plan().stops == second)
    }
}
