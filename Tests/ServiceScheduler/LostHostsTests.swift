import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct LostHostsTests {
    private func scene() -> Scene {
        var scene = Scene(desired: 4)
        scene.complete()
        scene.add(instance: "i-1")
        scene.add(instance: "i-2")
        scene.add(2, .healthy, on: 0)
        scene.add(2, .healthy, on: 1)
        _ = scene.plan()
        scene.instances[1].lastHeardAt = scene.now
        return scene
    }

    @Test func tasksAreReplacedAfterAMinute() {
        var scene = scene()
        scene.advance(59)
        var plan = scene.plan()
        #expect(plan.actions.isEmpty)
        #expect(plan.wakesIn == 60)
        scene.advance(1)
        plan = scene.plan()
        #expect(plan.actions == [.start(count: 2, of: DeploymentKey(1), on: .anywhere, because: .missing)])
    }

    @Test func howLongIsASetting() {
        var scene = scene()
        scene.settings.replaceAfterSeconds = 6
        scene.advance(6)
        #expect(scene.plan().starts == [1: 2])
    }

    @Test func whenTheHostIsBackTheSurplusGoesAndTheRestStays() {
        var scene = scene()
        scene.advance(60)
        let replacements = scene.add(1, .pending, on: 0) + scene.add(1, .maturing, on: 0)
        #expect(scene.plan().actions.isEmpty)
        scene.instances[1].lastHeardAt = nil
        #expect(scene.plan().stops == replacements)
    }

    @Test func aTaskThatDiedMeanwhileLeavesItsReplacement() {
        var scene = scene()
        scene.advance(60)
        let replacements = scene.add(2, .pending, on: 0)
        _ = scene.plan()
        scene.instances[1].lastHeardAt = nil
        scene.tasks.removeAll { $0.key.rawValue == 4 }
        #expect(scene.plan().stops == [replacements[1]])
    }

    @Test func lostTasksOfAnEarlierDeploymentDoNotHoldUpTheNext() {
        var scene = scene()
        scene.advance(60)
        scene.deploy(2)
        scene.tasks.removeFirst(2)
        scene.add(4, .healthy, of: 2, on: 0)
        let plan = scene.plan()
        #expect(plan.stops == [3, 4])
        #expect(plan.actions.contains(.complete(DeploymentKey(2))))
    }
}
