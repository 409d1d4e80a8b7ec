import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct ScaleInOrderTests {
    /// Two instances in zone 0, one in zone 1, one in zone 2.
    private func scene(_ desired: Int) -> Scene {
        var scene = Scene(desired: desired)
        scene.complete()
        for (number, zone) in [0, 0, 1, 2].enumerated() { scene.add(instance: "i-\(number)", zone: zone) }
        return scene
    }

    private func taskCounts(_ scene: Scene, without stopped: [Int], by place: (Instance) -> Int) -> [Int: Int] {
        scene.tasks.reduce(into: [:]) { counts, task in
            guard let instance = task.instance, !stopped.contains(task.key.rawValue) else { return }
            counts[place(scene.instances[instance]), default: 0] += 1
        }
    }

    @Test func thoseThatAreNotHealthyGoFirst() {
        var scene = scene(2)
        scene.add(3, .healthy, on: 0)
        let maturing = scene.add(1, .maturing, on: 2)
        let pending = scene.add(1, .pending, on: 3)
        #expect(scene.plan().stops == [3] + maturing + pending)
    }

    @Test func thoseThatCannotBeSeenGoBeforeOthers() {
        var scene = scene(1)
        scene.add(1, .healthy, on: 0)
        let unseen = scene.add(1, .healthy, on: 2)
        scene.add(1, .healthy, on: 3)
        scene.service.desiredCount = 2
        scene.instances[2].lastHeardAt = scene.now.addingTimeInterval(-31)
        #expect(scene.plan().stops == unseen)
    }

    @Test func protectedOnesStay() {
        var scene = scene(2)
        scene.add(3, .healthy, on: 0, protectedFor: 10)
        let other = scene.add(1, .healthy, on: 1)
        scene.service.desiredCount = 3
        #expect(scene.plan().stops == other)
    }

    @Test func protectionThatIsOverIsNone() {
        var scene = scene(1)
        scene.add(2, .healthy, on: 0, protectedFor: -1)
        #expect(scene.plan().stops.count == 1)
    }

    /// By default: the zone with most tasks, there the instance with most.
    @Test func zonesAndThenInstancesStayEven() {
        var scene = scene(6)
        scene.add(5, .healthy, on: 0)
        scene.add(1, .healthy, on: 1)
        scene.add(3, .healthy, on: 2)
        scene.add(3, .healthy, on: 3)
        let stops = scene.plan().stops
        #expect(stops.count == 6)
        #expect(taskCounts(scene, without: stops) { $0.zone ?? -1 } == [0: 2, 1: 2, 2: 2])
        #expect(taskCounts(scene, without: stops) { Int($0.id.suffix(1)) ?? -1 } == [0: 1, 1: 1, 2: 2, 3: 2])
    }

    @Test func spreadOverInstancesDoesNotLookAtZones() {
        var scene = scene(8)
        scene.service.terminationRule = TerminationRule(usesSpreadGroups: false, instances: .mostTasks)
        for instance in 0..<4 { scene.add([3, 3, 4, 2][instance], .healthy, on: instance) }
        let stops = scene.plan().stops
        #expect(taskCounts(scene, without: stops) { Int($0.id.suffix(1)) ?? -1 } == [0: 2, 1: 2, 2: 2, 3: 2])
    }

    @Test func binpackEmptiesTheInstanceWithMostFree() {
        var scene = scene(5)
        scene.service.terminationRule = TerminationRule(usesSpreadGroups: false, instances: .mostFree)
        for (instance, free) in [100, 300, 200, 50].enumerated() {
            scene.instances[instance].freeResource = free
            scene.add(2, .healthy, on: instance)
        }
        #expect(scene.plan().stops == [3, 4, 6])
    }

    @Test func ofEqualOnesTheYoungestGo() {
        var scene = scene(3)
        scene.add(5, .healthy, on: 0)
        #expect(scene.plan().stops == [4, 5])
    }

    @Test func tasksWithoutAnInstanceAreNoTrouble() {
        var scene = scene(1)
        scene.add(2, .pending)
        scene.add(2, .healthy, on: 3)
        #expect(scene.plan().stops.count == 3)
    }
}
