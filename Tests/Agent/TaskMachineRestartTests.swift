import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

private func at(_ seconds: Double) -> Date { startOfTime.addingTimeInterval(seconds) }

private func end(_ code: Int, _ seconds: Double, oom: Bool = false) -> ContainerExit {
    ContainerExit(code: code, isOutOfMemory: oom, date: at(seconds))
}

/// Restart policies and health.
///
/// - Source: spec/ecs-runtime.md sections 2 and 2.3.
@Suite struct TaskMachineRestartTests {
    private static func web(essential: Bool = true, ignored: [Int] = []) -> ContainerSpecification {
        var web = container("web", essential: essential)
        web.restartPolicy = RestartPolicy(ignoredExitCodes: ignored, restartAttemptPeriodSeconds: 60)
        web.healthCheck = HealthCheck(command: ["CMD-SHELL", "true"])
        return web
    }

    /// Runs since second 0.
    private static func running(_ container: ContainerSpecification = web()) -> TaskMachine {
        var machine = TaskMachine(record: TaskRecord(assignment: assignment("1", [container])), isRestored: false)
        _ = machine.begin(now: at(0))
        for fact in [TaskMachine.Input.portsReserved, .pulled("web"), .started("web", runtimeID: "w")] {
            _ = machine.handle(fact, now: at(0))
        }
        return machine
    }

    private static let restart = [TaskMachine.Directive.restart("web", runtimeID: "w")]

    @Test func whatRanLongEnoughIsStartedOnceMore() {
        var machine = Self.running()
        _ = machine.handle(.health("web", runtimeID: "w", .healthy), now: at(9))
        #expect(machine.record.report.containers[0].health == .healthy)
        #expect(machine.handle(.exited("web", runtimeID: "w", end(1, 60)), now: at(60)) == Self.restart)
        #expect(machine.record.status == .running)
        #expect(machine.record.report.containers[0].status == .running)
        #expect(machine.record.report.containers[0].exitCode == nil)
        #expect(machine.handle(.started("web", runtimeID: "w"), now: at(61)).isEmpty)
        let container = machine.record.containers[0]
        #expect(container.phase == .running)
        #expect(container.restartCount == 1)
        #expect(container.startedAt == at(0))
        #expect(container.finishedAt == nil)
        #expect(container.health == .unknown, "it has yet to prove itself")
        // From the restart on it has to run that long again.
        #expect(machine.handle(.exited("web", runtimeID: "w", end(1, 119)), now: at(119)) == [.releasePorts])
        #expect(machine.record.report.containers[0].exitCode == 1)
        #expect(machine.record.report.stopCode == .essentialContainerExited)
        #expect(machine.record.report.executionStoppedAt == at(119))
    }

    struct End: Sendable, CustomTestStringConvertible {
        var name: String
        var container = web()
        var facts: [(TaskMachine.Input, Double)]
        var testDescription: String { name }
    }

    @Test(arguments: [
        End(name: "it ran too short", facts: [(.exited("web", runtimeID: "w", end(1, 59)), 59)]),
        End(name: "the clock was set back", facts: [(.exited("web", runtimeID: "w", end(1, -50)), -50)]),
        End(
            name: "the code is ignored", container: web(ignored: [0, 7]),
            facts: [(.exited("web", runtimeID: "w", end(7, 90)), 90)]),
        End(name: "nobody knows the code", facts: [(.vanished("web", runtimeID: "w"), 90)]),
        End(
            name: "it is to stop",
            facts: [(.assigned(.stopped), 80), (.exited("web", runtimeID: "w", end(143, 90)), 90)]),
        End(
            name: "there is no policy", container: container("web"),
            facts: [(.exited("web", runtimeID: "w", end(1, 90)), 90)]),
    ])
    func othersStayDown(end: End) {
        var machine = Self.running(end.container)
        for (fact, seconds) in end.facts { _ = machine.handle(fact, now: at(seconds)) }
        #expect(machine.record.status == .stopped)
        #expect(machine.record.containers[0].restartCount == nil)
    }

    @Test func thatItIsNotEssentialDoesNotMatter() {
        var machine = Self.running(Self.web(essential: false))
        #expect(machine.handle(.exited("web", runtimeID: "w", end(0, 60)), now: at(60)) == Self.restart)
    }

    @Test func anEndIsOneEndHoweverOftenItIsTold() {
        var machine = Self.running()
        let exit = TaskMachine.Input.exited("web", runtimeID: "w", end(1, 60))
        #expect(machine.handle(exit, now: at(60)) == Self.restart)
        #expect(machine.handle(exit, now: at(60)).isEmpty)
        _ = machine.handle(.started("web", runtimeID: "w"), now: at(60))
        #expect(machine.handle(exit, now: at(300)).isEmpty)
        #expect(machine.record.containers[0].phase == .running)
    }

    @Test func anEndThatIsToldBeforeTheRestart() {
        var machine = Self.running()
        _ = machine.handle(.exited("web", runtimeID: "w", end(1, 60)), now: at(60))
        _ = machine.handle(.exited("web", runtimeID: "w", end(4, 61)), now: at(61))
        #expect(machine.record.status == .running)
        #expect(machine.handle(.started("web", runtimeID: "w"), now: at(61)) == [.releasePorts])
        #expect(machine.record.report.containers[0].exitCode == 4)
    }

    @Test func aRestartThatFailsIsTheEnd() {
        var machine = Self.running()
        _ = machine.handle(.exited("web", runtimeID: "w", end(3, 60)), now: at(60))
        let failure = TaskMachine.Input.startFailed("web", reason: "CannotStartContainerError: x", runtimeID: "w")
        #expect(machine.handle(failure, now: at(61)) == [.releasePorts])
        let report = machine.record.report
        #expect(report.stopCode == .essentialContainerExited)
        #expect(report.containers[0].exitCode == 3)
        #expect(report.containers[0].reason == "CannotStartContainerError: x")
        #expect(report.executionStoppedAt == at(60))
    }

    @Test func aStopWaitsForTheRestart() {
        var machine = Self.running()
        _ = machine.handle(.exited("web", runtimeID: "w", end(3, 60)), now: at(60))
        #expect(machine.handle(.assigned(.stopped), now: at(60)).isEmpty)
        var other = machine
        #expect(
            machine.handle(.started("web", runtimeID: "w"), now: at(61))
                == [.stop("web", runtimeID: "w", timeoutSeconds: 30)])
        #expect(other.handle(.startAbandoned("web"), now: at(61)) == [.releasePorts])
        #expect(other.record.report.containers[0].exitCode == 3)
    }

    /// The agent was away; what the journal has, what the runtime has, and what follows.
    struct Return: Sendable, CustomTestStringConvertible {
        var phase: ContainerRecord.Phase
        var desired = TaskAssignment.DesiredStatus.running
        var found: ObservedContainer.State?
        var directives: [TaskMachine.Directive]
        var status: TaskReport.Status
        var testDescription: String { "\(phase) \(desired) \(String(describing: found))" }
    }

    @Test(arguments: [
        // It died while nobody looked.
        Return(phase: .running, found: .exited(end(1, 90)), directives: restart, status: .running),
        // By a clock that was set back since its restart: it is the end of this run all the same.
        Return(phase: .running, found: .exited(end(1, -90)), directives: restart, status: .running),
        // The restart was never asked for,
        Return(phase: .restarting, found: .exited(end(1, 9)), directives: restart, status: .running),
        Return(
            phase: .restarting, desired: .stopped, found: .exited(end(1, 9)), directives: [.releasePorts],
            status: .stopped),
        // or did its work,
        Return(phase: .restarting, found: .running, directives: [], status: .running),
        Return(
            phase: .restarting, desired: .stopped, found: .running,
            directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)], status: .stopping),
        // and that is over, too.
        Return(phase: .restarting, found: .exited(end(1, 90)), directives: restart, status: .running),
        Return(phase: .restarting, found: nil, directives: [.releasePorts], status: .stopped),
    ])
    func afterTheAgentWasAway(case: Return) {
        var record = TaskRecord(assignment: assignment("1", [Self.web()]))
        record.holdsPorts = true
        record.desiredStatus = `case`.desired
        record.containers[0].phase = `case`.phase
        record.containers[0].hasStarted = true
        record.containers[0].runtimeID = "w"
        record.containers[0].startedAt = at(-100)
        record.containers[0].restartedAt = at(10)
        var machine = TaskMachine(record: record, isRestored: true)
        let found = `case`.found.map { ObservedContainer(id: "w", name: "n", labels: [:], state: $0) }
        #expect(machine.handle(.restored(found.map { ["web": $0] } ?? [:]), now: at(100)) == `case`.directives)
        #expect(machine.record.status == `case`.status)
    }

    @Test func healthIsAFactAboutOneContainer() {
        var machine = Self.running()
        #expect(machine.record.report.containers[0].health == .unknown)
        let version = machine.record.version
        _ = machine.handle(.health("web", runtimeID: "old", .unhealthy), now: at(1))
        #expect(machine.record.report.containers[0].health == .unknown)
        _ = machine.handle(.health("web", runtimeID: "w", .unhealthy), now: at(1))
        #expect(machine.record.report.containers[0].health == .unhealthy)
        #expect(machine.record.version == version + 1)
        // A task by itself is not stopped for it.
        #expect(machine.record.desiredStatus == .running)
        // It stays what it was.
        _ = machine.handle(.exited("web", runtimeID: "w", end(1, 2)), now: at(2))
        #expect(machine.record.report.containers[0].health == .unhealthy)

        var unchecked = Self.running(container("web"))
        _ = unchecked.handle(.health("web", runtimeID: "w", .healthy), now: at(1))
        #expect(unchecked.record.report.containers[0].health == nil)
    }
}
