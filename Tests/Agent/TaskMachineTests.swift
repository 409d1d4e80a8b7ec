import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

private let now = startOfTime

private func machine(
    _ containers: [ContainerSpecification] = [container("web")], desired: TaskAssignment.DesiredStatus = .running,
    resources: TaskResources? = nil
) -> TaskMachine {
    var record = TaskRecord(assignment: assignment("1", containers, desired: desired))
    record.resources = resources
    return TaskMachine(record: record, isRestored: false)
}

private func exit(_ code: Int, oom: Bool = false) -> ContainerExit {
    ContainerExit(code: code, isOutOfMemory: oom, date: now)
}

@Suite struct TaskMachineTests {
    /// A story: facts in, and the task as it is then.
    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var containers = [container("web")]
        var inputs: [TaskMachine.Input]
        var status: TaskReport.Status
        var stopCode: TaskReport.StopCode?
        var taskReason: String?
        /// Name, status, exit code, reason of each container.
        var told: [String]
        /// The directives of the last fact.
        var directives: [TaskMachine.Directive] = []
        var testDescription: String { name }
    }

    static let pair = [container("web"), container("side", essential: false)]
    static let both: [TaskMachine.Input] = [
        .portsReserved, .pulled("web"), .pulled("side"), .started("web", runtimeID: "w"),
        .started("side", runtimeID: "s"),
    ]

    static let stories: [Story] = [
        Story(name: "nothing yet", inputs: [], status: .pending, told: ["web PENDING"]),
        Story(
            name: "pulls when its ports are its own", inputs: [.portsReserved], status: .pending, told: ["web PENDING"],
            directives: [.pull("web", isForced: false)]),
        Story(
            name: "starts what is pulled", inputs: [.portsReserved, .pulled("web")], status: .pending,
            told: ["web PENDING"],
            directives: [.start("web")]),
        Story(
            name: "runs", inputs: [.portsReserved, .pulled("web"), .started("web", runtimeID: "w")], status: .running,
            told: ["web RUNNING"]),
        Story(
            name: "is not RUNNING before all are", containers: pair,
            inputs: [.portsReserved, .pulled("web"), .pulled("side"), .started("web", runtimeID: "w")],
            status: .pending,
            told: ["web RUNNING", "side PENDING"]),
        Story(
            name: "an essential container exits", containers: pair,
            inputs: both + [.exited("web", runtimeID: "w", exit(3))],
            status: .stopping, stopCode: .essentialContainerExited, taskReason: "Essential container in task exited",
            told: ["web STOPPED 3", "side RUNNING"], directives: [.stop("side", runtimeID: "s", timeoutSeconds: 30)]),
        Story(
            name: "and the others follow", containers: pair,
            inputs: both + [.exited("web", runtimeID: "w", exit(0)), .exited("side", runtimeID: "s", exit(143))],
            status: .stopped,
            stopCode: .essentialContainerExited, taskReason: "Essential container in task exited",
            told: ["web STOPPED 0", "side STOPPED 143"], directives: [.releasePorts]),
        Story(
            name: "a container that is not essential may exit", containers: pair,
            inputs: both + [.exited("side", runtimeID: "s", exit(1))], status: .running,
            told: ["web RUNNING", "side STOPPED 1"]),
        Story(
            name: "or fail to start", containers: pair,
            inputs: [
                .portsReserved, .pulled("web"), .pullFailed("side", reason: "CannotPullContainerError: x"),
                .started("web", runtimeID: "w"),
            ], status: .running, told: ["web RUNNING", "side STOPPED CannotPullContainerError: x"]),
        Story(
            name: "an essential one may not", containers: pair,
            inputs: both.dropLast(2) + [
                .started("side", runtimeID: "s"),
                .startFailed("web", reason: "CannotStartContainerError: y", runtimeID: nil),
            ],
            status: .stopping, stopCode: .taskFailedToStart, taskReason: "Task failed to start",
            told: ["web STOPPED CannotStartContainerError: y", "side RUNNING"],
            directives: [.stop("side", runtimeID: "s", timeoutSeconds: 30)]),
        Story(
            name: "an essential image that cannot be pulled",
            inputs: [.portsReserved, .pullFailed("web", reason: "CannotPullContainerError: z")],
            status: .stopped, stopCode: .taskFailedToStart, taskReason: "Task failed to start",
            told: ["web STOPPED CannotPullContainerError: z"], directives: [.releasePorts]),
        Story(
            name: "stopped by the control plane", containers: [container("web", stopTimeout: 7)],
            inputs: [.portsReserved, .pulled("web"), .started("web", runtimeID: "w"), .assigned(.stopped)],
            status: .stopping,
            told: ["web RUNNING"], directives: [.stop("web", runtimeID: "w", timeoutSeconds: 7)]),
        Story(
            name: "whose own stop code then stands",
            inputs: [
                .portsReserved, .pulled("web"), .started("web", runtimeID: "w"), .assigned(.stopped),
                .exited("web", runtimeID: "w", exit(143)),
            ], status: .stopped, told: ["web STOPPED 143"], directives: [.releasePorts]),
        Story(
            name: "stopped before anything", inputs: [.assigned(.stopped)], status: .stopped, told: ["web STOPPED"],
            directives: [.releasePorts]),
        Story(
            name: "stopped while pulling", inputs: [.portsReserved, .assigned(.stopped)], status: .stopped,
            told: ["web STOPPED"],
            directives: [.cancelPull("web"), .releasePorts]),
        Story(
            name: "stopped while starting waits for the start",
            inputs: [.portsReserved, .pulled("web"), .assigned(.stopped)],
            status: .stopping, told: ["web PENDING"], directives: [.cancelPreparation("web")]),
        Story(
            name: "and then stops what started",
            inputs: [.portsReserved, .pulled("web"), .assigned(.stopped), .started("web", runtimeID: "w")],
            status: .stopping,
            told: ["web RUNNING"], directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)]),
        Story(
            name: "a start that was not tried",
            inputs: [.portsReserved, .pulled("web"), .assigned(.stopped), .startAbandoned("web")],
            status: .stopped, told: ["web STOPPED"], directives: [.releasePorts]),
        Story(
            name: "no longer assigned",
            inputs: [.portsReserved, .pulled("web"), .started("web", runtimeID: "w"), .unassigned],
            status: .stopping, told: ["web RUNNING"], directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)]),
        Story(
            name: "an end that is told before the start",
            inputs: [
                .portsReserved, .pulled("web"), .exited("web", runtimeID: "w", exit(9)),
                .started("web", runtimeID: "w"),
            ],
            status: .stopped, stopCode: .essentialContainerExited, taskReason: "Essential container in task exited",
            told: ["web STOPPED 9"], directives: [.releasePorts]),
        Story(
            name: "out of memory",
            inputs: [
                .portsReserved, .pulled("web"), .started("web", runtimeID: "w"),
                .exited("web", runtimeID: "w", exit(137, oom: true)),
            ], status: .stopped, stopCode: .essentialContainerExited, taskReason: "Essential container in task exited",
            told: ["web STOPPED 137 OutOfMemoryError: Container killed due to memory usage"],
            directives: [.releasePorts]),
        Story(
            name: "vanished",
            inputs: [
                .portsReserved, .pulled("web"), .started("web", runtimeID: "w"), .vanished("web", runtimeID: "w"),
            ],
            status: .stopped, stopCode: .essentialContainerExited, taskReason: "Essential container in task exited",
            told: ["web STOPPED ContainerVanishedError: the container was removed from the host by something else"],
            directives: [.releasePorts]),
        Story(
            name: "facts about another container of the same name",
            inputs: [
                .portsReserved, .pulled("web"), .started("web", runtimeID: "w"),
                .exited("web", runtimeID: "old", exit(1)),
                .vanished("web", runtimeID: "old"),
            ], status: .running, told: ["web RUNNING"]),
        Story(
            name: "an image that is missing is pulled",
            inputs: [.portsReserved, .pulled("web"), .imageMissing("web", reason: "m")],
            status: .pending, told: ["web PENDING"], directives: [.pull("web", isForced: true)]),
        Story(
            name: "once",
            inputs: [
                .portsReserved, .pulled("web"), .imageMissing("web", reason: "m"), .pulled("web"),
                .imageMissing("web", reason: "m"),
            ], status: .stopped, stopCode: .taskFailedToStart, taskReason: "Task failed to start",
            told: ["web STOPPED m"],
            directives: [.releasePorts]),
        Story(
            name: "someone starts it again",
            inputs: [
                .portsReserved, .pulled("web"), .started("web", runtimeID: "w"),
                .exited("web", runtimeID: "w", exit(0)),
                .observedRunning("web", runtimeID: "w"),
            ], status: .stopped, stopCode: .essentialContainerExited, taskReason: "Essential container in task exited",
            told: ["web STOPPED 0"], directives: [.stopStray("web", runtimeID: "w")]),
        Story(
            name: "a stop that did not work is asked for again",
            inputs: [
                .portsReserved, .pulled("web"), .started("web", runtimeID: "w"), .assigned(.stopped),
                .observedRunning("web", runtimeID: "w"),
            ], status: .stopping, told: ["web RUNNING"], directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)]),
        Story(
            name: "facts about no container of ours",
            inputs: [.portsReserved, .pulled("other"), .started("other", runtimeID: "x")],
            status: .pending, told: ["web PENDING"]),
    ]

    @Test(arguments: stories)
    func story(story: Story) {
        var machine = machine(story.containers)
        var directives = machine.begin(now: now)
        for input in story.inputs { directives = machine.handle(input, now: now) }
        let report = machine.record.report
        #expect(report.status == story.status)
        #expect(report.stopCode == story.stopCode)
        #expect(report.stoppedReason == story.taskReason)
        let told = report.containers.map { container in
            [container.name, container.status.rawValue, container.exitCode.map { "\($0)" }, container.reason]
                .compactMap { $0 }.joined(separator: " ")
        }
        #expect(told == story.told)
        if !story.inputs.isEmpty { #expect(directives == story.directives) }
    }

    /// A restart with a container in this phase, and what the runtime has of it.
    struct Return: Sendable, CustomTestStringConvertible {
        var phase: ContainerRecord.Phase
        var desired = TaskAssignment.DesiredStatus.running
        var found: ObservedContainer.State?
        var foundID = "w"
        var directives: [TaskMachine.Directive] = []
        var status: TaskReport.Status
        var detail: String?
        var testDescription: String { "\(phase) \(desired) \(String(describing: found))" }
    }

    @Test(arguments: [
        Return(phase: .none, directives: [.pull("web", isForced: false)], status: .pending),
        Return(phase: .pulling, directives: [.pull("web", isForced: false)], status: .pending),
        Return(phase: .pulling, desired: .stopped, directives: [.releasePorts], status: .stopped),
        Return(phase: .creating, directives: [.start("web")], status: .pending),
        Return(phase: .creating, found: .created(error: nil), directives: [.start("web")], status: .pending),
        Return(
            phase: .creating, found: .created(error: "bad"), directives: [.releasePorts], status: .stopped,
            detail: "CannotStartContainerError: bad"),
        Return(phase: .creating, found: .running, status: .running),
        Return(phase: .creating, found: .exited(exit(4)), directives: [.releasePorts], status: .stopped, detail: "4"),
        Return(phase: .creating, desired: .stopped, directives: [.releasePorts], status: .stopped),
        Return(
            phase: .creating, desired: .stopped, found: .running,
            directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)],
            status: .stopping),
        Return(phase: .running, found: .running, status: .running),
        Return(phase: .running, found: .exited(exit(5)), directives: [.releasePorts], status: .stopped, detail: "5"),
        Return(
            phase: .running, directives: [.releasePorts], status: .stopped,
            detail: "ContainerVanishedError: the container was removed from the host by something else"),
        Return(
            phase: .running, found: .running, foundID: "another", directives: [.releasePorts], status: .stopped,
            detail: "ContainerVanishedError: the container was removed from the host by something else"),
        Return(
            phase: .running, desired: .stopped, found: .running,
            directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)],
            status: .stopping),
        Return(
            phase: .stopping, desired: .stopped, found: .running,
            directives: [.stop("web", runtimeID: "w", timeoutSeconds: 30)],
            status: .stopping),
        Return(
            phase: .stopping, desired: .stopped, found: .exited(exit(143)), directives: [.releasePorts],
            status: .stopped, detail: "143"),
    ])
    func restart(case: Return) {
        var record = TaskRecord(assignment: assignment())
        record.holdsPorts = true
        record.desiredStatus = `case`.desired
        record.containers[0].phase = `case`.phase
        if [.running, .stopping].contains(`case`.phase) {
            record.containers[0].runtimeID = "w"
            record.containers[0].hasStarted = true
        }
        var machine = TaskMachine(record: record, isRestored: true)
        // Nothing is done before the runtime was looked at.
        #expect(machine.handle(.assigned(`case`.desired), now: now).isEmpty)
        let found = `case`.found.map {
            ObservedContainer(id: `case`.foundID, name: "n", labels: [:], state: $0)
        }
        let directives = machine.handle(.restored(found.map { ["web": $0] } ?? [:]), now: now)
        #expect(directives == `case`.directives)
        #expect(machine.record.status == `case`.status)
        let container = machine.record.containers[0]
        #expect((container.reason ?? container.exitCode.map { "\($0)" }) == `case`.detail)
    }

    @Test func timesAreThoseOfTheFacts() {
        var machine = machine(Self.pair)
        func at(_ seconds: Double) -> Date { now.addingTimeInterval(seconds) }
        _ = machine.begin(now: at(0))
        _ = machine.handle(.portsReserved, now: at(1))
        _ = machine.handle(.pulled("side"), now: at(2))
        #expect(machine.record.report.pullStoppedAt == nil)
        _ = machine.handle(.pulled("web"), now: at(3))
        _ = machine.handle(.started("web", runtimeID: "w"), now: at(4))
        _ = machine.handle(.started("side", runtimeID: "s"), now: at(5))
        _ = machine.handle(.exited("web", runtimeID: "w", .init(code: 0, date: at(6))), now: at(7))
        _ = machine.handle(.exited("side", runtimeID: "s", .init(code: 0, date: at(8))), now: at(9))
        #expect(machine.record.report.pullStartedAt == at(1))
        #expect(machine.record.report.pullStoppedAt == at(3))
        #expect(machine.record.report.executionStoppedAt == at(6))
        #expect(machine.record.report.startedAt == at(5))
        #expect(machine.record.report.stoppingAt == at(7))
        #expect(machine.record.stoppedAt == at(9))
    }

    @Test func anEndThatIsAskedForAgainIsToldAgain() {
        var machine = machine()
        _ = machine.handle(.assigned(.stopped), now: now)
        _ = machine.handle(.acknowledged(version: machine.record.version), now: now)
        #expect(machine.record.isAcknowledged)
        _ = machine.handle(.assigned(.running), now: now)
        #expect(!machine.record.isAcknowledged)
        #expect(machine.record.status == .stopped)
    }

    @Test func reasonsAreCutToWhatTheAPIAllows() {
        var machine = machine()
        _ = machine.begin(now: now)
        _ = machine.handle(.portsReserved, now: now)
        _ = machine.handle(.pullFailed("web", reason: String(repeating: "x", count: 5000)), now: now)
        #expect(machine.record.containers[0].reason?.count == 1024)
    }

    // MARK: - Random stories

    private static let order: [TaskReport.Status] = [.pending, .running, .stopping, .stopped]

    /// Facts in any order, also impossible ones: nothing goes back, nothing starts after the end is wanted.
    @Test(arguments: 0..<400)
    func anyOrderOfFacts(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let containers = Array(
            [container("a"), container("b", essential: false), container("c")].prefix(
                Int.random(in: 1...3, using: &generator)))
        var machine = machine(containers)
        var isRunningWanted = true
        var directives = machine.begin(now: now)
        var last = machine.record.report
        for _ in 0..<60 {
            let input = Self.anyInput(containers.map(\.name), using: &generator)
            if case .assigned(.stopped) = input { isRunningWanted = false }
            if case .unassigned = input { isRunningWanted = false }
            let wasWanted = machine.record.desiredStatus == .running
            directives = machine.handle(input, now: now)
            let report = machine.record.report
            let from = Self.order.firstIndex(of: last.status) ?? 0
            let to = Self.order.firstIndex(of: report.status) ?? 0
            #expect(to >= from, "\(seed): \(last.status) to \(report.status) at \(input)")
            for (old, new) in zip(last.containers, report.containers) {
                let steps: [ContainerReport.Status] = [.pending, .running, .stopped]
                #expect(
                    (steps.firstIndex(of: new.status) ?? 0) >= (steps.firstIndex(of: old.status) ?? 0),
                    "\(seed): \(input)")
                if old.status == .stopped { #expect(old == new, "\(seed): \(input)") }
            }
            if machine.record.desiredStatus == .stopped || !isRunningWanted {
                #expect(!wasWanted || machine.record.desiredStatus == .stopped)
                let isStart = directives.contains {
                    if case .start = $0 { true } else if case .pull = $0 { true } else { false }
                }
                // The one fact that may come with a start is a pull that ended while the task was still wanted.
                #expect(!isStart, "\(seed): \(directives) at \(input)")
            }
            last = report
        }
    }

    /// Whatever came before: once STOPPED is wanted and the runtime does as it is told, the task ends STOPPED.
    @Test(arguments: 0..<400)
    func everyTaskThatIsToStopStops(seed: UInt64) {
        var generator = SeededGenerator(state: seed &+ 10_000)
        let containers = [container("a"), container("b", essential: false)]
        var machine = machine(containers, resources: Bool.random(using: &generator) ? TaskResources() : nil)
        var open = machine.begin(now: now)
        let steps = Int.random(in: 0...25, using: &generator)
        for step in 0... {
            if step == steps { open += machine.handle(.assigned(.stopped), now: now) }
            guard !open.isEmpty else {
                if step > steps { break }
                continue
            }
            let directive = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
            for input in Self.outcomes(directive, machine, using: &generator) {
                open += machine.handle(input, now: now)
                // Facts come twice.
                if Bool.random(using: &generator) { open += machine.handle(input, now: now) }
            }
        }
        #expect(machine.record.status == .stopped, "\(seed)")
        if let resources = machine.record.resources {
            #expect(resources.phase == .needed || resources.phase == .released, "\(seed)")
        }
    }

    @Test func whatATaskNeedsIsMadeBeforeItsContainersAndTakenAwayAfterThem() {
        var machine = machine([container("a")], resources: TaskResources())
        #expect(machine.begin(now: now) == [.reservePorts])
        #expect(machine.handle(.portsReserved, now: now) == [.provision])
        var made = TaskResources()
        made.cgroupParent = "/ecs/1"
        #expect(machine.handle(.provisioned(made), now: now) == [.pull("a", isForced: false)])
        #expect(machine.handle(.pulled("a"), now: now) == [.start("a")])
        #expect(machine.launch("a", agentID: "x")?.cgroupParent == "/ecs/1")
        _ = machine.handle(.started("a", runtimeID: "a0"), now: now)
        #expect(machine.handle(.exited("a", runtimeID: "a0", exit(0)), now: now) == [.release])
        #expect(machine.record.status == .stopping)
        #expect(machine.handle(.released, now: now) == [.releasePorts])
        #expect(machine.record.status == .stopped)
    }

    @Test func aTaskThatCannotHaveWhatItNeedsStopsWithTheReason() {
        var machine = machine([container("a")], resources: TaskResources())
        _ = machine.begin(now: now)
        _ = machine.handle(.portsReserved, now: now)
        #expect(machine.handle(.provisionFailed(reason: "ResourceInitializationError: no"), now: now) == [.release])
        #expect(machine.handle(.released, now: now) == [.releasePorts])
        #expect(machine.record.stopCode == .taskFailedToStart)
        #expect(machine.record.stoppedReason == "ResourceInitializationError: no")
    }

    @Test func aTaskThatIsStoppedWhileItsNeedsAreMadeGivesThemBack() {
        var machine = machine([container("a")], resources: TaskResources())
        _ = machine.begin(now: now)
        _ = machine.handle(.portsReserved, now: now)
        #expect(machine.handle(.assigned(.stopped), now: now) == [.cancelProvision])
        #expect(machine.handle(.provisioned(TaskResources()), now: now) == [.release])
        #expect(machine.handle(.released, now: now) == [.releasePorts])
        #expect(machine.record.status == .stopped)
    }

    @Test func whatAStartNeedsToKnowFailsTheTaskAlsoForAContainerThatIsNotEssential() {
        let reason = "ResourceInitializationError: no"
        for input in [TaskMachine.Input.pulled("b"), .preparationFailed("b", reason: reason)] {
            var machine = machine([container("a"), container("b", essential: false)])
            _ = machine.begin(now: now)
            _ = machine.handle(.portsReserved, now: now)
            _ = machine.handle(.pulled("a"), now: now)
            _ = machine.handle(.started("a", runtimeID: "a0"), now: now)
            _ = machine.handle(input, now: now)
            _ = machine.handle(.preparationFailed("b", reason: reason), now: now)
            #expect(machine.record.stopCode == .taskFailedToStart)
            #expect(machine.record.stoppedReason == reason)
            #expect(machine.container("b")?.phase == .stopped)
            #expect(machine.container("b")?.reason == reason)
            #expect(machine.container("a")?.phase == .stopping)
            #expect(machine.record.pullStoppedAt == now)
        }
    }

    @Test func aTaskThatIsStoppedCallsBackWhatHasNotReachedTheRuntime() {
        var machine = machine([container("a")])
        _ = machine.begin(now: now)
        _ = machine.handle(.portsReserved, now: now)
        #expect(machine.handle(.pulled("a"), now: now) == [.start("a")])
        #expect(machine.handle(.assigned(.stopped), now: now) == [.cancelPreparation("a")])
        #expect(machine.handle(.assigned(.stopped), now: now) == [])
        #expect(machine.handle(.startAbandoned("a"), now: now) == [.releasePorts])
    }

    private static func anyInput(_ names: [String], using generator: inout SeededGenerator) -> TaskMachine.Input {
        let name = names[Int.random(in: 0..<names.count, using: &generator)]
        let id = name + String(Int.random(in: 0...1, using: &generator))
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: return .assigned(.stopped)
        case 1: return .unassigned
        case 2...7: return .portsReserved
        case 8...13: return .pulled(name)
        case 14: return .pullFailed(name, reason: "p")
        case 15: return .imageMissing(name, reason: "m")
        case 16...23: return .started(name, runtimeID: id)
        case 24: return .startFailed(name, reason: "s", runtimeID: id)
        case 25: return .startAbandoned(name)
        case 26...28: return .exited(name, runtimeID: id, exit(1))
        case 29: return .vanished(name, runtimeID: id)
        case 30...31: return .observedRunning(name, runtimeID: id)
        case 32: return .restored([:])
        case 33: return .preparationFailed(name, reason: "r")
        case 34: return .acknowledged(version: Int.random(in: 0...9, using: &generator))
        default: return .assigned(.running)
        }
    }

    /// What a runtime may make of a directive.
    private static func outcomes(
        _ directive: TaskMachine.Directive, _ machine: TaskMachine, using generator: inout SeededGenerator
    ) -> [TaskMachine.Input] {
        let luck = Int.random(in: 0..<10, using: &generator)
        switch directive {
        case .reservePorts: return [.portsReserved]
        case .releasePorts, .cancelPull, .cancelPreparation: return []
        case .provision, .cancelProvision:
            return luck < 3 ? [.provisionFailed(reason: "r")] : [.provisioned(TaskResources())]
        case .release: return [.released]
        case .pull(let name, _): return luck == 0 ? [.pullFailed(name, reason: "p")] : [.pulled(name)]
        case .timeStart(let name, _): return [.startTimedOut(name)]
        case .restart(let name, let id):
            return luck == 0
                ? [.startFailed(name, reason: "s", runtimeID: id)] : [.started(name, runtimeID: id)]
        case .start(let name):
            let id = name + "0"
            switch luck {
            case 0: return [.startFailed(name, reason: "s", runtimeID: nil)]
            case 1: return [.imageMissing(name, reason: "m"), .preparationFailed(name, reason: "r")]
            case 2: return [.exited(name, runtimeID: id, exit(2)), .started(name, runtimeID: id)]
            case 3: return [.started(name, runtimeID: id), .exited(name, runtimeID: id, exit(2))]
            default:
                return machine.record.desiredStatus == .stopped
                    ? [.startAbandoned(name)] : [.started(name, runtimeID: id)]
            }
        case .stop(let name, let id, _), .stopStray(let name, let id):
            return luck == 0 ? [.vanished(name, runtimeID: id)] : [.exited(name, runtimeID: id, exit(143))]
        }
    }
}
