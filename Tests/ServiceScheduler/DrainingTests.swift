import ServiceScheduler
import Testing

@Suite struct DrainingTests {
    private func scene(min: Int, max: Int) -> Scene {
        var scene = Scene(desired: 4, min: min, max: max)
        scene.complete()
        scene.add(instance: "i-1")
        scene.add(instance: "i-2", status: .draining)
        scene.add(2, .healthy, on: 0)
        return scene
    }

    @Test func runningTasksAreReplacedFirst() {
        var scene = scene(min: 100, max: 200)
        scene.add(2, .healthy, on: 1, protectedFor: 1000)
        var plan = scene.plan()
        #expect(plan.actions == [.start(count: 2, of: DeploymentKey(1), on: .anywhere, because: .replacement)])
        scene.add(1, .healthy, on: 0)
        scene.add(1, .pending, on: 0)
        plan = scene.plan()
        #expect(plan.stops.count == 1)
        #expect(plan.stopCauses == [.draining])
    }

    @Test func theMinimumLetsThemGoFirst() {
        var scene = scene(min: 50, max: 100)
        let leaving = scene.add(2, .healthy, on: 1)
        let plan = scene.plan()
        #expect(plan.stops == leaving)
        #expect(plan.starts == [1: 2])
    }

    @Test func pendingTasksStopAtOnce() {
        var scene = scene(min: 100, max: 100)
        let leaving = scene.add(2, .pending, on: 1)
        #expect(scene.plan().stops == leaving)
    }

    @Test func with100And100ItCannotBeDrained() {
        var scene = scene(min: 100, max: 100)
        scene.add(2, .healthy, on: 1)
        #expect(scene.plan().actions.isEmpty)
    }

    @Test func isNotSteadyBeforeItIsDone() {
        var scene = scene(min: 100, max: 200)
        scene.add(2, .healthy, on: 0)
        scene.add(1, .stopping, on: 1)
        #expect(scene.plan().events.isEmpty)
        scene.tasks.removeLast()
        #expect(scene.plan().events == ["(service web) has reached a steady state."])
    }
}
