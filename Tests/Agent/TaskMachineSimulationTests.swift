import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

/// A task with dependencies, health checks and restart policies on a runtime that does what it likes, and an agent that
/// is killed now and then. Looks at each directive: is this the time for it?
private struct Simulation {
    struct Box {
        enum State {
            case none, running
            case exited(ContainerExit)
        }
        var state = State.none
        var isMade = false
        var startedAt: Date?
        var health = ContainerHealth.unknown
        var isRunning: Bool { if case .running = state { true } else { false } }
        var exit: ContainerExit? { if case .exited(let exit) = state { exit } else { nil } }
    }

    let seed: UInt64
    var generator: SeededGenerator
    var machine: TaskMachine
    let containers: [ContainerSpecification]
    var boxes: [String: Box] = [:]
    var open: [TaskMachine.Directive] = []
    var told: [TaskMachine.Input] = []
    var time = startOfTime
    var starts = 0
    var restarts = 0

    init(seed: UInt64) {
        self.seed = seed
        var generator = SeededGenerator(state: seed)
        containers = Self.containers(using: &generator)
        for container in containers { boxes[container.name] = Box() }
        let record = TaskRecord(assignment: assignment("1", containers))
        machine = TaskMachine(record: record, isRestored: false, settings: Self.settings(seed))
        self.generator = generator
        take(machine.begin(now: time), wasToRun: true)
    }

    private static func settings(_ seed: UInt64) -> TaskMachine.Settings {
        var settings = TaskMachine.Settings()
        settings.pullsDependentContainersUpfront = seed.isMultiple(of: 3)
        return settings
    }

    /// Each may depend on those before it.
    private static func containers(using generator: inout SeededGenerator) -> [ContainerSpecification] {
        let names = Array(["a", "b", "c", "d", "e"].prefix(Int.random(in: 1...5, using: &generator)))
        var all: [ContainerSpecification] = []
        for (index, name) in names.enumerated() {
            var container = container(
                name, essential: index == names.count - 1 || Int.random(in: 0..<4, using: &generator) == 0)
            if Bool.random(using: &generator) { container.healthCheck = HealthCheck(command: ["CMD", "x"]) }
            if Bool.random(using: &generator) { container.startTimeoutSeconds = 30 }
            if Bool.random(using: &generator) {
                container.restartPolicy = RestartPolicy(ignoredExitCodes: [3], restartAttemptPeriodSeconds: 20)
            }
            for other in all where Int.random(in: 0..<3, using: &generator) == 0 {
                var conditions: [ContainerDependency.Condition] = [.start]
                if !other.isEssential { conditions += [.complete, .success] }
                if other.healthCheck != nil { conditions.append(.healthy) }
                let condition = conditions[Int.random(in: 0..<conditions.count, using: &generator)]
                container.dependsOn = (container.dependsOn ?? []) + [.init(other.name, condition)]
            }
            all.append(container)
        }
        return all.shuffled(using: &generator)
    }

    private mutating func luck(_ sides: Int) -> Bool { Int.random(in: 0..<sides, using: &generator) == 0 }

    // MARK: - The judge

    private mutating func tell(_ input: TaskMachine.Input) {
        told.append(input)
        let wasToRun = machine.record.desiredStatus == .running
        take(machine.handle(input, now: time), wasToRun: wasToRun)
    }

    private mutating func take(_ directives: [TaskMachine.Directive], wasToRun: Bool) {
        for directive in directives {
            judge(directive, wasToRun: wasToRun)
            open.append(directive)
        }
    }

    /// - Parameter wasToRun: whether the task was to go on before the fact that the directive follows from.
    private mutating func judge(_ directive: TaskMachine.Directive, wasToRun: Bool) {
        switch directive {
        case .start(let name):
            starts += 1
            #expect(!isStarting(name) && boxes[name]?.isRunning == false, "\(seed): two starts of \(name) at once")
            #expect(machine.record.desiredStatus == .running, "\(seed): \(name) starts into the end")
            for dependency in machine.specification(name)?.dependsOn ?? [] {
                #expect(holds(dependency), "\(seed): \(name) starts before \(dependency)")
            }
        case .restart(let name, _):
            restarts += 1
            #expect(!isStarting(name) && boxes[name]?.isRunning == false, "\(seed): two starts of \(name) at once")
            // The same end may leave others without hope, and then the restart is abandoned.
            #expect(wasToRun, "\(seed): \(name) is started once more into the end")
        case .stop(let name, _, _):
            for other in containers where (other.dependsOn ?? []).contains(where: { $0.containerName == name }) {
                #expect(
                    boxes[other.name]?.isRunning == false && !isStarting(other.name),
                    "\(seed): \(name) is stopped before \(other.name)")
            }
        default: break
        }
    }

    private func isStarting(_ name: String) -> Bool {
        open.contains {
            switch $0 {
            case .start(let other), .restart(let other, _): other == name
            default: false
            }
        }
    }

    private func holds(_ dependency: ContainerDependency) -> Bool {
        guard let box = boxes[dependency.containerName] else { return false }
        switch dependency.condition {
        case .start: return box.startedAt != nil
        case .complete: return box.exit != nil
        case .success: return box.exit?.code == 0
        case .healthy: return box.isRunning && box.health == .healthy
        }
    }

    // MARK: - The world

    private mutating func end(_ name: String, _ code: Int, telling: Bool = true) {
        guard boxes[name]?.isRunning == true else { return }
        let exit = ContainerExit(code: code, date: time)
        boxes[name]?.state = .exited(exit)
        if telling { tell(.exited(name, runtimeID: name, exit)) }
    }

    private mutating func begin(_ name: String) {
        boxes[name] = Box(state: .running, isMade: true, startedAt: boxes[name]?.startedAt ?? time)
    }

    private mutating func perform(_ directive: TaskMachine.Directive) {
        switch directive {
        case .reservePorts: tell(.portsReserved)
        case .pull(let name, _): tell(luck(30) ? .pullFailed(name, reason: "p") : .pulled(name))
        case .start(let name):
            guard machine.container(name)?.phase == .creating else { return }
            if machine.record.desiredStatus == .stopped { return tell(.startAbandoned(name)) }
            if luck(20) { return tell(.startFailed(name, reason: "s", runtimeID: luck(2) ? name : nil)) }
            if luck(20) { return tell(.imageMissing(name, reason: "m")) }
            if luck(40) { return tell(.preparationFailed(name, reason: "r")) }
            run(name)
        case .restart(let name, let id):
            guard machine.container(name)?.phase == .restarting else { return }
            if machine.record.desiredStatus == .stopped { return tell(.startAbandoned(name)) }
            if luck(10) { return tell(.startFailed(name, reason: "s", runtimeID: id)) }
            run(name)
        case .timeStart(let name, _): tell(.startTimedOut(name))
        case .stop(let name, _, _): end(name, 143)
        case .stopStray(let name, _): end(name, 143)
        case .provision, .cancelProvision, .release, .releasePorts, .cancelPull, .cancelPreparation: break
        }
    }

    private mutating func run(_ name: String) {
        begin(name)
        // Its end may be told before its start.
        if luck(8) { end(name, luck(2) ? 0 : 1) }
        tell(.started(name, runtimeID: name))
    }

    private mutating func somethingHappens() {
        let name = containers[Int.random(in: 0..<containers.count, using: &generator)].name
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: end(name, [0, 0, 1, 3][Int.random(in: 0..<4, using: &generator)])
        case 1...3:
            guard boxes[name]?.isRunning == true, machine.specification(name)?.healthCheck != nil,
                machine.container(name)?.phase == .running
            else { return }
            let health: ContainerHealth = luck(4) ? .unhealthy : .healthy
            boxes[name]?.health = health
            tell(.health(name, runtimeID: name, health))
        case 4:
            // Old news.
            guard let fact = told.randomElement(using: &generator) else { return }
            switch fact {
            case .exited, .pulled, .portsReserved: tell(fact)
            default: break
            }
        case 5: if luck(4) { die() }
        default: time += Double.random(in: 0...40, using: &generator)
        }
    }

    /// The agent is killed, and comes back to whatever there is by then.
    private mutating func die() {
        for directive in open {
            switch directive {
            case .start(let name), .restart(let name, _):
                // What was under way may have come to its end.
                if luck(2), machine.record.desiredStatus == .running { begin(name) }
            default: break
            }
        }
        open = []
        time += Double.random(in: 0...90, using: &generator)
        for name in boxes.keys.sorted() where luck(4) { end(name, luck(2) ? 0 : 1, telling: false) }
        time += 1
        machine = TaskMachine(record: machine.record, isRestored: true, settings: Self.settings(seed))
        var found: [String: ObservedContainer] = [:]
        for (name, box) in boxes where box.isMade {
            let state: ObservedContainer.State = box.exit.map { .exited($0) } ?? .running
            found[name] = ObservedContainer(
                id: name, name: name, labels: [:], state: state, startedAt: box.startedAt, health: box.health)
        }
        tell(.restored(found))
        // The control plane's set comes with every session.
        tell(.assigned(.running))
    }

    mutating func live(steps: Int) {
        for _ in 0..<steps { step() }
    }

    private mutating func step() {
        if !open.isEmpty, !luck(3) {
            let directive = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
            perform(directive)
        } else {
            somethingHappens()
        }
    }

    mutating func stop() {
        tell(.assigned(.stopped))
        for _ in 0..<300 where machine.record.status != .stopped { step() }
        for _ in 0..<100 where !open.isEmpty { perform(open.removeFirst()) }
    }
}

@Suite struct TaskMachineSimulationTests {
    @Test(arguments: 0..<600) func everyStepHasItsTime(seed: UInt64) {
        var simulation = Simulation(seed: seed)
        simulation.live(steps: Int(seed % 7) * 30)
        simulation.stop()
        #expect(simulation.machine.record.status == .stopped, "\(seed)")
        #expect(simulation.boxes.values.allSatisfy { !$0.isRunning }, "\(seed): something still runs")
    }

    /// That the above sees what it is about.
    @Test func theSimulationGetsFar() {
        var (starts, restarts, running) = (0, 0, 0)
        for seed in 0..<200 {
            var simulation = Simulation(seed: UInt64(seed))
            simulation.live(steps: 150)
            starts += simulation.starts
            restarts += simulation.restarts
            if simulation.machine.record.containers.allSatisfy(\.hasStarted) { running += 1 }
        }
        #expect(
            starts > 300 && restarts > 50 && running > 50, "\(starts) starts, \(restarts) restarts, \(running) full")
    }
}
