import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

private func container(
    _ name: String, essential: Bool = true, _ change: (inout ContainerSpecification) -> Void
) -> ContainerSpecification {
    var container = container(name, essential: essential)
    change(&container)
    return container
}

private func waiter(_ name: String = "a", for condition: ContainerDependency.Condition) -> ContainerSpecification {
    container(name) { $0.dependsOn = [.init("b", condition)] }
}

private let exits: TaskMachine.Input = .exited("b", runtimeID: "b1", end(0))

private func end(_ code: Int) -> ContainerExit { ContainerExit(code: code, date: startOfTime) }

private func machine(
    _ containers: [ContainerSpecification], upfront: Bool = false, record change: (inout TaskRecord) -> Void = { _ in },
    isRestored: Bool = false
) -> TaskMachine {
    var record = TaskRecord(assignment: assignment("1", containers))
    record.holdsPorts = true
    change(&record)
    var settings = TaskMachine.Settings()
    settings.pullsDependentContainersUpfront = upfront
    return TaskMachine(record: record, isRestored: isRestored, settings: settings)
}

/// - Source: spec/ecs-runtime.md section 2.1.
@Suite struct TaskMachineOrderTests {
    private static let check = HealthCheck(command: ["CMD", "true"])

    /// What `a` waits for, what happens to `b`, and what comes of `a` then.
    struct Wait: Sendable, CustomTestStringConvertible {
        enum Outcome: Sendable, Hashable {
            case starts, waits
            case hopeless(String)
        }

        var name: String
        var waiting: ContainerSpecification
        var other = container("b", essential: false)
        var facts: [TaskMachine.Input]
        var outcome: Outcome
        var testDescription: String { name }
    }

    private static let checked = container("b", essential: false) { $0.healthCheck = check }
    private static let linked = container("a") { $0.settings = with(ContainerSettings()) { $0.links = ["b:db"] } }
    private static let mounted = container("a") { $0.volumesFrom = [.init(sourceContainer: "b")] }

    private static func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var value = value
        change(&value)
        return value
    }

    private static let starts: [TaskMachine.Input] = [.pulled("b"), .started("b", runtimeID: "b1")]
    private static func fails(_ id: String?) -> [TaskMachine.Input] {
        [.pulled("b"), .startFailed("b", reason: "CannotStartContainerError: x", runtimeID: id)]
    }

    static let waits: [Wait] = [
        Wait(name: "START waits", waiting: waiter(for: .start), facts: [.pulled("b")], outcome: .waits),
        Wait(name: "START is met by running", waiting: waiter(for: .start), facts: starts, outcome: .starts),
        Wait(
            name: "START is met by having run", waiting: waiter(for: .start), facts: starts + [exits], outcome: .starts
        ),
        Wait(
            name: "START of what does not start", waiting: waiter(for: .start), facts: fails("b1"),
            outcome: .hopeless("container b has not started and will not start")),
        Wait(name: "COMPLETE waits", waiting: waiter(for: .complete), facts: starts, outcome: .waits),
        Wait(
            name: "COMPLETE is met by any end", waiting: waiter(for: .complete),
            facts: starts + [.exited("b", runtimeID: "b1", end(9))], outcome: .starts),
        Wait(
            name: "COMPLETE of what vanished", waiting: waiter(for: .complete),
            facts: starts + [.vanished("b", runtimeID: "b1")],
            outcome: .hopeless("nobody knows how container b ended")),
        Wait(
            name: "COMPLETE of what does not start", waiting: waiter(for: .complete), facts: fails(nil),
            outcome: .hopeless("container b has not started and will not start")),
        Wait(name: "SUCCESS waits", waiting: waiter(for: .success), facts: starts, outcome: .waits),
        Wait(name: "SUCCESS is met by 0", waiting: waiter(for: .success), facts: starts + [exits], outcome: .starts),
        Wait(
            name: "SUCCESS and another code", waiting: waiter(for: .success),
            facts: starts + [.exited("b", runtimeID: "b1", end(9))],
            outcome: .hopeless("container b ended with exit code 9")),
        Wait(name: "HEALTHY waits", waiting: waiter(for: .healthy), other: checked, facts: starts, outcome: .waits),
        Wait(
            name: "HEALTHY waits for what may get well", waiting: waiter(for: .healthy), other: checked,
            facts: starts + [.health("b", runtimeID: "b1", .unhealthy)], outcome: .waits),
        Wait(
            name: "HEALTHY is met", waiting: waiter(for: .healthy), other: checked,
            facts: starts + [.health("b", runtimeID: "b1", .healthy)], outcome: .starts),
        Wait(
            name: "HEALTHY of what ended", waiting: waiter(for: .healthy), other: checked, facts: starts + [exits],
            outcome: .hopeless("container b has stopped")),
        Wait(
            name: "HEALTHY without a check", waiting: waiter(for: .healthy), facts: [],
            outcome: .hopeless("container b has no health check")),
        Wait(
            name: "HEALTHY with a check that checks nothing", waiting: waiter(for: .healthy),
            other: container("b", essential: false) { $0.healthCheck = HealthCheck(command: ["NONE"]) }, facts: [],
            outcome: .hopeless("container b has no health check")),
        Wait(name: "a link waits", waiting: linked, facts: [.pulled("b")], outcome: .waits),
        Wait(name: "a link is met by running", waiting: linked, facts: starts, outcome: .starts),
        Wait(
            name: "a link to what does not start", waiting: linked, facts: fails("b1"),
            outcome: .hopeless("container b has not started and will not start")),
        Wait(name: "volumesFrom waits", waiting: mounted, facts: [.pulled("b")], outcome: .waits),
        Wait(name: "volumesFrom is met by running", waiting: mounted, facts: starts, outcome: .starts),
        Wait(name: "volumesFrom what was made", waiting: mounted, facts: fails("b1"), outcome: .starts),
        Wait(
            name: "volumesFrom what was not made", waiting: mounted, facts: fails(nil),
            outcome: .hopeless("container b has not started and will not start")),
        Wait(
            name: "of what is not in the task", waiting: container("a") { $0.dependsOn = [.init("c", .start)] },
            facts: [], outcome: .hopeless("there is no container c in the task")),
    ]

    @Test(arguments: waits) func whoWaitsForWhat(wait: Wait) {
        var machine = machine([wait.waiting, wait.other])
        var all = machine.begin(now: startOfTime)
        for fact in wait.facts { all += machine.handle(fact, now: startOfTime) }
        let report = machine.record.report
        if case .hopeless(let detail) = wait.outcome {
            let reason = "TaskDependencyError: container a cannot start: \(detail)"
            #expect(report.stopCode == .taskFailedToStart)
            #expect(report.stoppedReason == reason)
            #expect(report.containers[0].reason == reason)
            #expect(report.containers[0].status == .stopped)
            #expect(report.containers[0].exitCode == nil)
        } else {
            #expect(report.stopCode == nil)
            #expect(all.contains(.pull("a", isForced: false)) == (wait.outcome == .starts))
        }
    }

    @Test func pullsUpfrontAreOnlyPulls() {
        var machine = machine([waiter(for: .start), container("b")], upfront: true)
        #expect(machine.begin(now: startOfTime) == [.pull("a", isForced: false), .pull("b", isForced: false)])
        #expect(machine.handle(.pulled("a"), now: startOfTime).isEmpty)
        #expect(machine.record.report.containers[0].status == .pending)
        #expect(machine.handle(.pulled("b"), now: startOfTime) == [.start("b")])
        #expect(machine.handle(.started("b", runtimeID: "b1"), now: startOfTime) == [.start("a")])
    }

    /// What held when the pull began has to hold when the container is made.
    @Test func theConditionIsLookedAtOnceMoreAfterThePull() {
        var machine = machine([waiter(for: .healthy), Self.checked])
        _ = machine.begin(now: startOfTime)
        for fact in Self.starts { _ = machine.handle(fact, now: startOfTime) }
        _ = machine.handle(.health("b", runtimeID: "b1", .healthy), now: startOfTime)
        _ = machine.handle(.health("b", runtimeID: "b1", .unhealthy), now: startOfTime)
        #expect(machine.handle(.pulled("a"), now: startOfTime).isEmpty)
        #expect(machine.handle(.health("b", runtimeID: "b1", .healthy), now: startOfTime) == [.start("a")])
    }

    @Test func aTaskIsRunningWhenTheLastOfItsLineIs() {
        var machine = machine([waiter(for: .complete), container("b", essential: false)])
        _ = machine.begin(now: startOfTime)
        for fact in Self.starts + [exits, .pulled("a")] { _ = machine.handle(fact, now: startOfTime) }
        #expect(machine.record.status == .pending)
        _ = machine.handle(.started("a", runtimeID: "a1"), now: startOfTime)
        #expect(machine.record.status == .running)
    }

    // MARK: - Shutdown

    /// c ─▶ b ─▶ a, and d by itself: c and d go first, then b, then a.
    @Test func theLineIsStoppedFromItsEnd() {
        let containers = [
            container("a"), container("b") { $0.dependsOn = [.init("a", .start)] },
            container("c") { $0.settings = Self.with(ContainerSettings()) { $0.links = ["b"] } }, container("d"),
        ]
        var machine = machine(containers) { record in
            for index in record.containers.indices {
                record.containers[index].phase = .running
                record.containers[index].hasStarted = true
                record.containers[index].runtimeID = record.containers[index].name
            }
        }
        func stop(_ name: String) -> TaskMachine.Directive { .stop(name, runtimeID: name, timeoutSeconds: 30) }
        #expect(machine.handle(.assigned(.stopped), now: startOfTime) == [stop("c"), stop("d")])
        #expect(machine.handle(.exited("c", runtimeID: "c", end(143)), now: startOfTime) == [stop("b")])
        #expect(machine.handle(.exited("d", runtimeID: "d", end(143)), now: startOfTime).isEmpty)
        #expect(machine.handle(.exited("b", runtimeID: "b", end(143)), now: startOfTime) == [stop("a")])
        #expect(machine.handle(.exited("a", runtimeID: "a", end(143)), now: startOfTime) == [.releasePorts])
    }

    @Test func whoeverHasNotStartedHoldsNobodyUp() {
        var machine = machine([waiter(for: .complete), container("b", essential: false)])
        _ = machine.begin(now: startOfTime)
        for fact in Self.starts { _ = machine.handle(fact, now: startOfTime) }
        #expect(
            machine.handle(.assigned(.stopped), now: startOfTime) == [.stop("b", runtimeID: "b1", timeoutSeconds: 30)])
    }

    // MARK: - startTimeout

    private static let timed = container("b", essential: false) {
        $0.startTimeoutSeconds = 20
        $0.healthCheck = check
    }

    @Test(arguments: [ContainerDependency.Condition.complete, .success, .healthy])
    func whoeverTakesTooLongEndsTheTask(condition: ContainerDependency.Condition) {
        var machine = machine([waiter(for: condition), Self.timed])
        _ = machine.begin(now: startOfTime)
        _ = machine.handle(.pulled("b"), now: startOfTime)
        #expect(
            machine.handle(.started("b", runtimeID: "b1"), now: startOfTime) == [.timeStart("b", seconds: 20)])
        #expect(machine.handle(.assigned(.running), now: startOfTime).isEmpty, "one timer is enough")
        #expect(
            machine.handle(.startTimedOut("b"), now: startOfTime) == [.stop("b", runtimeID: "b1", timeoutSeconds: 30)])
        #expect(
            machine.record.report.stoppedReason
                == "TaskDependencyError: container a cannot start: container b did not get there within its startTimeout"
        )
    }

    @Test func aStartIsNotTimed() {
        var machine = machine([waiter(for: .start), Self.timed])
        _ = machine.begin(now: startOfTime)
        _ = machine.handle(.pulled("b"), now: startOfTime)
        #expect(
            machine.handle(.started("b", runtimeID: "b1"), now: startOfTime) == [.pull("a", isForced: false)])
        #expect(machine.handle(.startTimedOut("b"), now: startOfTime).isEmpty)
    }

    @Test func aTimeoutAfterTheFactIsNone() {
        var machine = machine([waiter(for: .healthy), Self.timed])
        _ = machine.begin(now: startOfTime)
        for fact in Self.starts + [.health("b", runtimeID: "b1", .healthy), .pulled("a")] {
            _ = machine.handle(fact, now: startOfTime)
        }
        #expect(machine.handle(.startTimedOut("b"), now: startOfTime).isEmpty)
        #expect(machine.record.desiredStatus == .running)
    }

    /// The rest of the time is counted after a restart of the agent, whatever was done to the clock: never more than all
    /// of it, never less than nothing.
    @Test(arguments: [(0.0, 20.0), (5, 15), (20, 0), (3600, 0), (-3600, 20)])
    func theTimeGoesOnAfterAReturn(away: Double, left: Double) {
        var machine = machine(
            [waiter(for: .complete), Self.timed],
            record: { record in
                record.containers[1].phase = .running
                record.containers[1].hasStarted = true
                record.containers[1].runtimeID = "b1"
                record.containers[1].startedAt = startOfTime
            }, isRestored: true)
        let found = ObservedContainer(id: "b1", name: "n", labels: [:], state: .running)
        #expect(
            machine.handle(.restored(["b": found]), now: startOfTime.addingTimeInterval(away))
                == [.timeStart("b", seconds: left)])
    }

    /// A start that the journal promised is kept only if it may still be.
    @Test func aReturnLooksAtTheConditionAgain() {
        var machine = machine(
            [waiter(for: .healthy), Self.checked],
            record: { record in
                record.containers[0].phase = .creating
                record.containers[1].phase = .running
                record.containers[1].hasStarted = true
                record.containers[1].runtimeID = "b1"
                record.containers[1].health = .healthy
            }, isRestored: true)
        let found = ObservedContainer(id: "b1", name: "n", labels: [:], state: .running, health: .unhealthy)
        #expect(machine.handle(.restored(["b": found]), now: startOfTime).isEmpty)
        #expect(machine.record.report.containers[1].health == .unhealthy)
        #expect(machine.handle(.health("b", runtimeID: "b1", .healthy), now: startOfTime) == [.start("a")])
    }
}
