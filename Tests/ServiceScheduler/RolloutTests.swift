import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct RolloutTests {
    private func update(desired: Int, min: Int, max: Int) -> Scene {
        var scene = Scene(desired: desired, min: min, max: max)
        scene.add(desired, .healthy)
        scene.complete()
        scene.deploy(2)
        return scene
    }

    private func rollout(_ scene: Scene) -> Rollout {
        ServicePlanner.rollout(scene.service, tasks: scene.tasks, instances: scene.instances, now: scene.now)
    }

    @Test func showsEachStep() {
        let rollout = rollout(update(desired: 4, min: 50, max: 100))
        let step = [
            "stop 2 tasks of deployment ecs-svc/1, which gives way to a later one (2 stay healthy: 50% of 4)",
            "start 2 tasks of deployment ecs-svc/2, which is being rolled out "
                + "(at most 4 may be there: 100% of 4)",
        ]
        let end = [
            "deployment ecs-svc/1 has no tasks left and is removed",
            "deployment ecs-svc/2 is COMPLETED: all its tasks are healthy and no others are left",
        ]
        #expect(rollout.steps.map(\.explanations) == [step, step, end])
        #expect(
            rollout.steps.first?.counts.map { "\($0.deployment) \($0.taskCount) \($0.healthyCount)" } == [
                "ecs-svc/1 2 2", "ecs-svc/2 2 2",
            ])
        #expect(rollout.outcome == .steady)
    }

    @Test func startsFirstWhereThereIsRoom() {
        let rollout = rollout(update(desired: 20, min: 100, max: 110))
        #expect(rollout.outcome == .steady)
        #expect(rollout.steps.count == 12)
        #expect(rollout.steps.dropLast().allSatisfy { $0.counts.map(\.taskCount).reduce(0, +) <= 22 })
    }

    @Test func saysThatItIsStuck() {
        let rollout = rollout(update(desired: 2, min: 100, max: 100))
        #expect(rollout.steps.isEmpty)
        guard case .stuck(let message?) = rollout.outcome else {
            Issue.record("it is stuck")
            return
        }
        #expect(message.hasPrefix("(service web) was unable to stop or start tasks during a deployment"))
    }

    @Test func saysUntilWhenItWaits() {
        var scene = Scene(desired: 1, min: 0)
        scene.add(1, .healthy, protectedFor: 300)
        scene.deploy(2)
        #expect(rollout(scene).outcome == .waits(until: scene.now.addingTimeInterval(300)))
    }

    @Test func hasALimit() {
        let scene = update(desired: 50, min: 100, max: 102)
        let rollout = ServicePlanner.rollout(
            scene.service, tasks: scene.tasks, instances: [], now: scene.now, stepLimit: 10)
        #expect(rollout.steps.count == 10)
        #expect(rollout.outcome == .unfinished)
    }

    @Test func daemonsAreShownByInstance() {
        var scene = Scene(desired: 0, min: 50, max: 100, strategy: .daemon)
        for number in 0..<4 {
            scene.add(instance: "i-\(number)")
            scene.add(1, .healthy, on: number)
        }
        scene.complete()
        scene.deploy(2)
        let rollout = rollout(scene)
        #expect(rollout.outcome == .steady)
        #expect(
            rollout.steps.flatMap(\.explanations).contains(
                "start 1 task of deployment ecs-svc/2 on i-3, which is being rolled out"))
    }

    @Test func showsDeletion() {
        var scene = Scene(desired: 2)
        scene.add(2, .healthy)
        scene.service.status = .draining
        #expect(rollout(scene).outcome == .inactive)
    }
}
