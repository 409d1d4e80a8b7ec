import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct ServiceDeletionTests {
    private func deleted() -> Scene {
        var scene = Scene(desired: 0)
        scene.service.status = .draining
        return scene
    }

    @Test func everyTaskStops() {
        var scene = deleted()
        scene.add(1, .pending)
        scene.add(1, .healthy, protectedFor: 1000)
        scene.add(1, .unhealthy, of: 9)
        let plan = scene.plan()
        #expect(plan.stops == [1, 2, 3])
        #expect(plan.stopCauses == [.deletion])
        #expect(!plan.actions.contains(.deactivate))
    }

    @Test func isInactiveWhenAllAreStopping() {
        var scene = deleted()
        let phases: [ServiceTask.Phase] = [.stopping(begun: true), .stopping(begun: false)]
        scene.tasks = phases.enumerated().map { number, phase in
            ServiceTask(
                key: TaskKey(number), deployment: DeploymentKey(1), instance: nil, createdAt: scene.now, phase: phase)
        }
        #expect(scene.plan().actions.isEmpty)
        scene.tasks.removeLast()
        #expect(scene.plan().actions == [.deactivate])
    }

    @Test func aLostHostIsNotWaitedFor() {
        var scene = deleted()
        scene.add(instance: "i-1")
        scene.add(1, .healthy, on: 0)
        scene.instances[0].lastHeardAt = scene.now.addingTimeInterval(-60)
        let plan = scene.plan()
        #expect(plan.stops == [1])
        #expect(plan.actions.contains(.deactivate))
    }

    @Test func nothingIsDoneForAnInactiveService() {
        var scene = deleted()
        scene.service.status = .inactive
        scene.service.desiredCount = 5
        #expect(scene.plan().actions.isEmpty)
    }
}
