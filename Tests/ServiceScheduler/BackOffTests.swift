import FoundationEssentials
import ServiceScheduler
import Testing

@Suite struct BackOffTests {
    /// Lets each attempt fail as soon as it is made.
    ///
    /// - Returns: the delays between the attempts, in seconds.
    private func delays(_ count: Int, deployment: Int = 1, tasks: Int = 1) -> [Double] {
        var scene = Scene(desired: tasks)
        if deployment > 1 { scene.deploy(deployment) }
        var delays: [Double] = []
        for _ in 0..<count {
            scene.add(tasks, .failedToStart, of: deployment, age: 0)
            let plan = scene.plan()
            #expect(plan.starts.isEmpty)
            guard let notBefore = scene.state(deployment)?.backOff.notBefore else { return delays }
            delays.append(notBefore.timeIntervalSince(scene.now))
            scene.now = notBefore
            #expect(scene.plan().starts == [deployment: tasks])
        }
        return delays
    }

    @Test func delaysDoubleUpTo27Minutes() {
        for (attempt, delay) in delays(14).enumerated() {
            let full = min(1620, pow(2, attempt))
            #expect(delay <= full && delay >= 0.8 * full - 0.001)
        }
    }

    private func pow(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * base }
    }

    @Test func deploymentsDoNotWaitAlike() {
        #expect(delays(5) == delays(5))
        #expect(Set((2..<20).map { delays(1, deployment: $0)[0] }).count > 12)
    }

    @Test func tasksThatFailTogetherAreOneAttempt() {
        let many = delays(4, tasks: 20)
        #expect(many == delays(4))
    }

    @Test func tasksThatFailLaterThanOthersOfTheirAttemptDoNotCountAgain() {
        var scene = Scene(desired: 3)
        scene.add(1, .failedToStart, age: 2)
        _ = scene.plan()
        scene.advance(0.5)
        scene.add(1, .failedToStart, age: 2)
        _ = scene.plan()
        #expect(scene.state()?.backOff.failedAttempts == 1)
        scene.advance(1)
        scene.add(1, .failedToStart, age: 0)
        _ = scene.plan()
        #expect(scene.state()?.backOff.failedAttempts == 2)
    }

    @Test func saysSoAfterThreeAttempts() {
        var scene = Scene(desired: 1)
        var events: [[String]] = []
        for _ in 0..<5 {
            scene.add(1, .failedToStart, age: 0)
            events.append(scene.plan().events)
            scene.advance(100)
        }
        #expect(events == [[], [], ["(service web) is unable to consistently start tasks successfully."], [], []])
    }

    @Test func aTaskThatRunsEndsIt() {
        var scene = Scene(desired: 2)
        scene.add(1, .failedToStart, age: 0)
        _ = scene.plan()
        scene.advance(0.1)
        scene.add(1, .maturing)
        #expect(scene.plan().starts == [1: 1])
        #expect(scene.state()?.backOff == BackOffState())
    }

    @Test func tasksThatStopAfterRunningAreReplacedAtOnce() {
        var scene = Scene(desired: 1)
        for _ in 0..<10 {
            scene.add(1, .stoppedAfterRunning, age: 0)
            #expect(scene.plan().starts == [1: 1])
        }
    }

    @Test func aNewDeploymentDoesNotWait() {
        var scene = Scene(desired: 1)
        scene.add(1, .failedToStart, age: 0)
        #expect(scene.plan().starts.isEmpty)
        scene.deploy(2)
        #expect(scene.plan().starts == [2: 1])
    }
}
