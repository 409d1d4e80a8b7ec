import FoundationEssentials
import ServiceScheduler
import Testing

/// Whether a task is healthy shows in whether a deployment of one is COMPLETED.
@Suite struct HealthRuleTests {
    private func isHealthy(
        runningFor seconds: Double, _ container: ServiceTask.ContainerHealth, _ target: ServiceTask.TargetHealth,
        grace: Double = 0
    ) -> (Bool, Plan) {
        var scene = Scene(desired: 1, grace: grace)
        let startedAt = scene.now.addingTimeInterval(-seconds)
        scene.tasks = [
            ServiceTask(
                key: TaskKey(1), deployment: DeploymentKey(1), instance: nil, createdAt: startedAt,
                phase: .running(since: startedAt), containerHealth: container, targetHealth: target)
        ]
        let plan = scene.plan()
        return (plan.actions.contains(.complete(DeploymentKey(1))), plan)
    }

    @Test func withoutChecksATaskIsHealthyAfterAWhile() {
        let (isYet, plan) = isHealthy(runningFor: 4.5, .unchecked, .unused)
        #expect(!isYet)
        #expect(plan.wakesIn == 0.5)
        #expect(isHealthy(runningFor: 5, .unchecked, .unused).0)
    }

    @Test(arguments: [
        (ServiceTask.ContainerHealth.healthy, ServiceTask.TargetHealth.unused, true), (.unknown, .unused, false),
        (.unhealthy, .unused, false), (.unchecked, .unregistered, false), (.unchecked, .initial, false),
        (.unchecked, .healthy, true), (.unchecked, .unhealthy, false), (.healthy, .initial, false),
        (.unknown, .healthy, false), (.healthy, .healthy, true), (.unhealthy, .healthy, false),
    ])
    func checksAreAllNeeded(
        container: ServiceTask.ContainerHealth, target: ServiceTask.TargetHealth, isExpected: Bool
    ) {
        // One that is checked need not wait, and one that is not healthy does not become so by waiting.
        for seconds in [0.0, 1000] {
            #expect(isHealthy(runningFor: seconds, container, target).0 == isExpected)
        }
    }

    @Test(arguments: [
        (ServiceTask.ContainerHealth.unhealthy, ServiceTask.TargetHealth.unused), (.unchecked, .unhealthy),
    ])
    func failuresWithinTheGracePeriodAreIgnored(
        container: ServiceTask.ContainerHealth, target: ServiceTask.TargetHealth
    ) {
        let (isHealthyInGrace, plan) = isHealthy(runningFor: 20, container, target, grace: 60)
        #expect(!isHealthyInGrace)
        #expect(plan.actions.isEmpty)
        #expect(plan.wakesIn == 40)
        #expect(isHealthy(runningFor: 60, container, target, grace: 60).1.starts == [1: 1])
    }
}
