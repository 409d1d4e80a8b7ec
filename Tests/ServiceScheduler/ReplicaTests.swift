import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct ReplicaTests {
    private func settled(_ desired: Int, min: Int = 100, max: Int = 200) -> Scene {
        var scene = Scene(desired: desired, min: min, max: max)
        scene.complete()
        return scene
    }

    @Test func startsWhatIsMissing() {
        var scene = settled(5)
        scene.add(2, .healthy)
        scene.add(1, .pending)
        scene.add(1, .stoppedAfterRunning)
        let plan = scene.plan()
        #expect(plan.actions == [.start(count: 2, of: DeploymentKey(1), on: .anywhere, because: .missing)])
    }

    @Test func stopsWhatIsTooMuch() {
        var scene = settled(2)
        scene.add(3, .healthy)
        let last = scene.add(1, .pending)
        let plan = scene.plan()
        #expect(plan.stops.count == 2 && plan.stops.contains(last[0]))
        #expect(plan.stopCauses == [.scaleIn])
        // PENDING tasks are not "running tasks".
        #expect(plan.events == ["(service web) has stopped 1 running tasks: (task \(plan.stops[0]))."])
    }

    @Test func unhealthyTasksAreReplacedBeforeTheyStop() {
        var scene = settled(4)
        scene.add(2, .healthy)
        let unhealthy = scene.add(2, .unhealthy)
        var plan = scene.plan()
        #expect(plan.actions == [.start(count: 2, of: DeploymentKey(1), on: .anywhere, because: .replacement)])
        scene.add(1, .healthy)
        scene.add(1, .maturing)
        plan = scene.plan()
        #expect(plan.stops == [unhealthy[0]])
        #expect(plan.stopCauses == [.containerHealth])
        #expect(
            plan.events == [
                "(service web) (task \(unhealthy[0])) failed container health checks.",
                "(service web) has stopped 1 running tasks: (task \(unhealthy[0])).",
            ])
    }

    @Test func withoutRoomUnhealthyTasksStopOneAtATime() {
        var scene = settled(4, max: 100)
        scene.add(2, .healthy)
        let unhealthy = scene.add(2, .unhealthy)
        let plan = scene.plan()
        #expect(plan.stops == [unhealthy[0]])
        #expect(plan.starts == [1: 1])
        // While its replacement is on the way the other one may still be good for something.
        scene.tasks.removeAll { $0.key.rawValue == unhealthy[0] }
        scene.add(1, .pending)
        #expect(scene.plan().actions.isEmpty)
    }

    @Test func anUnhealthyTaskWhosePortItsReplacementNeedsStops() {
        var scene = settled(1)
        let unhealthy = scene.add(1, .unhealthy)
        scene.change(1) { $0.unplaced = Unplaced(cause: .noInstanceFits(closest: nil), triedAt: Scene.start) }
        let plan = scene.plan()
        #expect(plan.stops == unhealthy)
        #expect(plan.starts.isEmpty)
    }

    @Test func targetsThatFailAreNamed() {
        var scene = settled(1, max: 100)
        scene.add(1, .failsTarget)
        let plan = scene.plan()
        #expect(plan.stopCauses == [.targetHealth])
        let target = EventNames.Target(port: 8080, targetGroup: "arn:tg", reason: "Request timed out")
        let names = EventNames(taskID: { "\($0.rawValue)" }, target: { _ in target })
        #expect(
            ServiceEvent.failedTargetHealthChecks(TaskKey(1)).message(service: "web", names: names)
                == "(service web) (port 8080) is unhealthy in (target-group arn:tg) due to (reason Request timed out).")
        #expect(
            StopCause.targetHealth.stoppedReason(deployment: "ecs-svc/1", target: target)
                == "Task failed ELB health checks in (target-group arn:tg)")
    }

    @Test func tasksOfADeploymentThatIsNotKnownAnyMoreAreStopped() {
        var scene = settled(1)
        scene.add(1, .healthy)
        let stray = scene.add(1, .healthy, of: 9)
        #expect(scene.plan().stops == stray)
    }

    @Test func moreProtectedTasksThanDesiredBlockScalingIn() {
        var scene = settled(1)
        scene.add(3, .healthy, protectedFor: 600)
        let plan = scene.plan()
        #expect(plan.stops.isEmpty)
        #expect(
            plan.events == [
                "(service web) was unable to reach steady state because task set (ecs-svc/1) was unable to scale in. "
                    + "Reason: The number of protected tasks are more than the desired count of tasks."
            ])
        #expect(plan.wakesIn == 600)
        scene.advance(600)
        #expect(scene.plan().stops.count == 2)
    }

    @Test func healthyTasksAreSparedWhereTheOthersAreProtected() {
        var scene = settled(2, min: 50)
        let healthy = scene.add(3, .healthy)
        scene.add(2, .maturing, protectedFor: 600)
        let plan = scene.plan()
        #expect(plan.stops.count == 2 && Set(plan.stops).isSubset(of: healthy))
    }

    /// Nothing that is planned has to be planned again.
    @Test func steadyServiceHasNoPlan() {
        var scene = settled(3)
        scene.add(3, .healthy)
        #expect(scene.plan().events == ["(service web) has reached a steady state."])
        let plan = scene.plan()
        #expect(plan.actions.isEmpty)
        #expect(plan.wakesIn == 21_600)
    }
}
