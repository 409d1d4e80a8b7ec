import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct TaskSetTests {
    private func scene(desired: Int, scales: [Double]) -> Scene {
        var scene = Scene(desired: desired)
        scene.service = Service(
            name: "web", deploymentController: .external, desiredCount: desired,
            deployments: scales.enumerated().map { number, scale in
                Deployment(
                    key: DeploymentKey(number + 1), id: "ecs-svc/\(number + 1)",
                    status: number == 0 ? .primary : .active,
                    scalePercent: scale)
            })
        return scene
    }

    @Test(arguments: [
        (10, 50.0, 5), (5, 50, 3), (3, 33.3, 1), (10, 70, 7), (1, 1, 1), (7, 0, 0), (1000, 0.1, 1), (250, 64.4, 161),
        (3, 100, 3),
    ])
    func countIsRoundedUp(desired: Int, scale: Double, count: Int) {
        var scene = scene(desired: desired, scales: [scale])
        #expect(scene.plan().starts[1] ?? 0 == count)
        #expect(scene.state()?.desiredCount == count)
    }

    @Test func eachHasItsOwnCountAndNoneGivesWay() {
        var scene = scene(desired: 4, scales: [100, 50])
        scene.add(4, .healthy, of: 1)
        scene.add(3, .healthy, of: 2)
        let plan = scene.plan()
        #expect(plan.stops == [7])
        #expect(plan.starts.isEmpty)
        #expect(scene.state(1)?.stabilityStatus == .steadyState)
        // What remains of the second is what it should be.
        #expect(scene.state(2)?.stabilityStatus == .steadyState)
    }

    @Test func stabilityIsDatedWhenItChanges() {
        var scene = scene(desired: 1, scales: [100])
        _ = scene.plan()
        #expect(scene.state()?.stabilityStatus == .stabilizing)
        #expect(scene.state()?.stabilityStatusAt == Scene.start)
        scene.advance(10)
        scene.add(1, .healthy)
        #expect(scene.plan().events == ["(service web) has reached a steady state."])
        #expect(scene.state()?.stabilityStatus == .steadyState)
        scene.advance(10)
        _ = scene.plan()
        #expect(scene.state()?.stabilityStatusAt == Scene.start.addingTimeInterval(10))
    }

    @Test func aDeletedOneIsEmptiedAndRemoved() {
        var scene = scene(desired: 2, scales: [100, 100])
        scene.service.deployments[1].status = .draining
        scene.add(2, .healthy, of: 1)
        let own = scene.add(2, .healthy, of: 2)
        let plan = scene.plan()
        #expect(plan.stops == own)
        #expect(plan.stopCauses == [.deletion])
        scene.tasks.removeLast(2)
        #expect(scene.plan().actions == [.remove(DeploymentKey(2)), .post(.steadyState)])
    }

    @Test func withoutAnyThereIsNothingToBeSteady() {
        var scene = scene(desired: 2, scales: [])
        #expect(scene.plan().actions.isEmpty)
    }

    @Test func isNotADeployment() {
        var scene = scene(desired: 1, scales: [100])
        scene.add(1, .healthy)
        #expect(!scene.plan().actions.contains(.complete(DeploymentKey(1))))
    }

    @Test func drainsLikeADeployment() {
        var scene = scene(desired: 2, scales: [100])
        scene.add(instance: "i-1", status: .draining)
        scene.add(2, .healthy, on: 0)
        var plan = scene.plan()
        #expect(plan.starts == [1: 2])
        #expect(plan.stops.isEmpty)
        scene.add(2, .healthy)
        plan = scene.plan()
        #expect(plan.stops == [1, 2])
    }
}
