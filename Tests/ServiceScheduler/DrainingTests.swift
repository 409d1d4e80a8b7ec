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
        let stuck =
            "(service web) was unable to stop or start tasks during a deployment because of the service deployment "
            + "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
        #expect(scene.plan().actions == [.post(.stuckDeployment)])
        #expect(scene.plan().actions.isEmpty, "it is told once")
        // Something else happens, and it is stuck all the same.
        scene.tasks.removeFirst()
        #expect(scene.plan().starts == [1: 1])
        scene.add(1, .pending, on: 0)
        #expect(scene.plan().actions.isEmpty)
        scene.tasks.removeLast()
        scene.add(1, .healthy, on: 0)
        #expect(scene.plan().actions.isEmpty)
        scene.advance(21_600)
        #expect(scene.plan().events == [stuck])
        scene.service.deploymentConfiguration.maximumPercent = 150
        #expect(scene.plan().starts == [1: 2])
        #expect(!scene.service.state.notices.contains { $0.kind == .stuckDeployment })
    }

    @Test func aDaemonsTaskThatIsTheLastToLeaveIsNotStuck() {
        var scene = Scene(desired: 0, min: 100, max: 100, strategy: .daemon)
        scene.complete()
        for (id, status) in [("i-1", Instance.Status.active), ("i-2", .active), ("i-3", .draining)] {
            scene.instances.append(
                Instance(
                    id: id, status: status, hasTasksToDrain: status == .draining,
                    daemonRefusedAt: id == "i-2" ? scene.now : nil))
        }
        scene.add(1, .healthy, on: 0)
        scene.add(1, .healthy, on: 2)
        #expect(scene.plan().actions.isEmpty, "one finds no room, another waits for its neighbours")
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
