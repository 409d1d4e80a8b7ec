import ServiceScheduler
import Testing

@Suite struct CircuitBreakerTests {
    private func update(
        desired: Int, rollsBack: Bool = true, isEnabled: Bool = true, hasCompleted: Bool = true,
        isRollback: Bool = false
    ) -> Scene {
        var scene = Scene(desired: desired, breaker: .init(isEnabled: isEnabled, rollsBack: rollsBack))
        scene.add(desired, .healthy)
        scene.complete()
        scene.deploy(2, isRollback: isRollback)
        if hasCompleted { scene.service.lastCompleted = RollbackTarget(key: DeploymentKey(1), id: "ecs-svc/1") }
        return scene
    }

    @Test(arguments: [(1, 3), (5, 3), (6, 3), (7, 4), (25, 13), (399, 200), (400, 200), (5000, 200)])
    func failsAtTheThreshold(desired: Int, threshold: Int) {
        var scene = update(desired: desired, rollsBack: false)
        scene.add(threshold - 1, .failedToStart, of: 2)
        _ = scene.plan()
        #expect(scene.state(2)?.rolloutState == .inProgress)
        #expect(scene.state(2)?.failedTaskCount == threshold - 1)
        #expect(scene.state(2)?.circuitBreaker.status == .monitoring)
        scene.add(1, .failedToStart, of: 2)
        let plan = scene.plan()
        #expect(plan.actions.prefix(2) == [.fail(DeploymentKey(2)), .post(.deploymentFailed("ecs-svc/2"))])
        #expect(scene.state(2)?.rolloutStateReason == "ECS deployment circuit breaker: tasks failed to start.")
        #expect(scene.state(2)?.circuitBreaker.status == .triggered)
    }

    @Test func rollsBackToTheLastCompletedDeployment() {
        var scene = update(desired: 2)
        scene.add(3, .failedToStart, of: 2)
        let plan = scene.plan()
        #expect(
            plan.actions == [
                .fail(DeploymentKey(2)), .post(.deploymentFailed("ecs-svc/2")),
                .rollBack(from: DeploymentKey(2), to: .init(key: DeploymentKey(1), id: "ecs-svc/1")),
                .post(.rollingBack(to: "ecs-svc/1")),
            ])
        #expect(
            plan.events == [
                "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.",
                "(service web) rolling back to deployment ecs-svc/1.",
            ])
        #expect(
            scene.state(2)?.rolloutStateReason
                == "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
    }

    @Test(arguments: [(true, false), (false, true)])
    func stallsWhereThereIsNothingToRollBackTo(isRollback: Bool, hasCompleted: Bool) {
        var scene = update(desired: 2, hasCompleted: hasCompleted || isRollback, isRollback: !hasCompleted)
        if !isRollback { scene.service.lastCompleted = nil }
        scene.add(3, .failedToStart, of: 2)
        #expect(scene.plan().actions == [.fail(DeploymentKey(2)), .post(.deploymentFailed("ecs-svc/2"))])
        #expect(scene.plan().actions.isEmpty)
        scene.tasks.removeFirst()
        #expect(scene.plan().starts.isEmpty)
    }

    @Test func whatAFailedDeploymentWasToReplaceStays() {
        var scene = update(desired: 4, rollsBack: false)
        scene.service.deploymentConfiguration.minimumHealthyPercent = 0
        scene.change(2) { $0.state.rolloutState = .failed }
        #expect(scene.plan().actions.isEmpty)
        let own = scene.add(2, .healthy, of: 2)
        #expect(scene.plan().stops == own)
        scene.service.desiredCount = 0
        #expect(scene.plan().stops == [1, 2, 3, 4] + own)
    }

    @Test func aTaskThatRunsBeginsTheSecondStage() {
        var scene = update(desired: 2, rollsBack: false)
        scene.add(2, .failedToStart, of: 2)
        _ = scene.plan()
        scene.add(1, .maturing, of: 2)
        _ = scene.plan()
        #expect(scene.state(2)?.failedTaskCount == 0)
        scene.add(10, .failedToStart, of: 2)
        _ = scene.plan()
        #expect(scene.state(2)?.rolloutState == .inProgress)
    }

    @Test func tasksThatFailTheirChecksCountInTheSecondStage() {
        var scene = update(desired: 4, rollsBack: false)
        scene.add(4, .unhealthy, of: 2)
        let plan = scene.plan()
        #expect(plan.stops == [5, 6, 7, 8])
        #expect(plan.actions.contains(.fail(DeploymentKey(2))))
        #expect(plan.starts.isEmpty)
        #expect(scene.state(2)?.failedTaskCount == 4)
    }

    @Test func tasksThatSomethingElseStoppedDoNotCount() {
        var scene = update(desired: 1)
        for _ in 0..<5 {
            scene.tasks.append(
                ServiceTask(
                    key: TaskKey(99), deployment: DeploymentKey(2), instance: nil, createdAt: scene.now,
                    phase: .stopped(.calledOff)))
        }
        _ = scene.plan()
        #expect(scene.state(2)?.failedTaskCount == 0)
    }

    @Test func withoutACircuitBreakerItOnlyCounts() {
        var scene = update(desired: 1, isEnabled: false)
        scene.add(20, .failedToStart, of: 2)
        _ = scene.plan()
        #expect(scene.state(2)?.rolloutState == .inProgress)
        #expect(scene.state(2)?.failedTaskCount == 20)
        #expect(scene.state(2)?.circuitBreaker.status == .disabled)
    }

    @Test func isDoneWithTheDeployment() {
        var scene = Scene(desired: 1, breaker: .init(isEnabled: true, rollsBack: true))
        scene.add(1, .healthy)
        _ = scene.plan()
        #expect(scene.state()?.circuitBreaker.status == .complete)
        scene.add(10, .failedToStart)
        _ = scene.plan()
        #expect(scene.state()?.rolloutState == .completed)
        #expect(scene.state()?.failedTaskCount == 0)
    }
}
