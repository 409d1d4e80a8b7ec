import AWSModels
import ControlPlaneSimulation
import ControlPlaneState
import Placement
import Support

/// What must be true after every step, whatever happened. Looks at what changed and not at everything, so that it can.
final class Invariants {
    /// What was broken, and how.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    private let simulation: Simulation
    /// Tasks that a client was told of.
    private var acknowledged: Set<TaskID> = []
    /// Addresses of tasks in network mode awsvpc that are not STOPPED.
    private var taskOfAddress: [IPv4Address: TaskID] = [:]
    /// How often something was looked at.
    private(set) var checks = 0

    init(_ simulation: Simulation) { self.simulation = simulation }

    func acknowledge(_ task: TaskID) { acknowledged.insert(task) }

    // MARK: After each step

    func check(_ changes: [Change]) throws {
        var instances: Set<ContainerInstanceID> = []
        for change in changes {
            switch change {
            case .task(let old, let new):
                try check(old, new)
                if let task = new ?? old { instances.insert(task.containerInstance) }
            case .containerInstance(let old, let new):
                if let old, old.status == .inactive, let new, new.status != .inactive {
                    throw Violation(description: "the INACTIVE container instance \(old.id) came back")
                }
                if let instance = new ?? old { instances.insert(instance.id) }
            default: break
            }
        }
        for instance in instances.sorted(by: { $0.rawValue < $1.rawValue }) { try checkAccounts(of: instance) }
    }

    /// A task is placed where it may be, and its states only ever move forward.
    private func check(_ old: TaskRecord?, _ new: TaskRecord?) throws {
        checks += 1
        guard let new else {
            guard let old, old.lastStatus == .stopped else {
                throw Violation(description: "a task that is not STOPPED was forgotten")
            }
            return
        }
        try checkAddress(new)
        guard let old else { return try checkPlacement(new) }
        func refuse(_ what: String) -> Violation {
            Violation(description: "task \(new.id): \(what), from \(old.brief) to \(new.brief)")
        }
        if new.lastStatus < old.lastStatus { throw refuse("its lastStatus went back") }
        if old.desiredStatus == .stopped, new.desiredStatus == .running { throw refuse("it is wanted again") }
        if old.lastStatus == .stopped, new.stoppedAt != old.stoppedAt || new.stopCode != old.stopCode {
            throw refuse("its end was rewritten")
        }
        if let startedAt = old.startedAt, new.startedAt != startedAt { throw refuse("it started twice") }
        if new.containerInstance != old.containerInstance { throw refuse("it moved to another host") }
        // ECS does not show protection as part of the task.
        var unprotected = new
        unprotected.protectionExpiresAt = old.protectionExpiresAt
        if new.version <= old.version, unprotected != old { throw refuse("its version did not grow") }
    }

    private func checkPlacement(_ task: TaskRecord) throws {
        let instance = simulation.plane.state.peek { $0.containerInstances[task.containerInstance] }
        guard let instance, instance.status == .active, instance.agentConnected else {
            throw Violation(description: "task \(task.id) was placed on a host that takes none: \(instance as Any)")
        }
    }

    private func checkAddress(_ task: TaskRecord) throws {
        guard let address = task.networkInterface?.address else { return }
        if task.lastStatus == .stopped {
            if taskOfAddress[address] == task.id { taskOfAddress[address] = nil }
        } else if let other = taskOfAddress.updateValue(task.id, forKey: address), other != task.id {
            throw Violation(description: "the tasks \(other) and \(task.id) both have the address \(address)")
        }
    }

    /// What a host's tasks hold is what the host has, at most, and what the index says.
    private func checkAccounts(of id: ContainerInstanceID) throws {
        checks += 1
        let found = simulation.plane.state.peek {
            tables -> (ContainerInstanceRecord, [TaskRecord], RemainingResources?)? in
            guard let instance = tables.containerInstances[id] else { return nil }
            var tasks: [TaskRecord] = []
            tables.tasks.assigned(to: id).forEach(after: nil) { sequence in
                if let task = tables.tasks[sequence: sequence] { tasks.append(task) }
                return true
            }
            return (instance, tasks, tables.remaining(of: instance))
        }
        guard let (instance, tasks, remaining) = found else { return }
        var accounts = Accounts(instance)
        for task in tasks { try accounts.add(task) }
        guard instance.status != .inactive else {
            guard tasks.isEmpty else { throw Violation(description: "the INACTIVE instance \(id) has tasks") }
            return
        }
        guard let remaining, remaining.cpuUnits == accounts.freeCPUUnits,
            remaining.memoryMiB == accounts.freeMemoryMiB, remaining.reservationCount == tasks.count
        else {
            throw Violation(
                description: "the index has \(remaining as Any) left of \(id), its tasks leave \(accounts)")
        }
    }

    // MARK: Now and then

    /// Everything that a client was told of is there.
    func checkAcknowledged() throws {
        let lost = simulation.plane.state.peek { tables in acknowledged.filter { tables.tasks[$0] == nil } }
        checks += acknowledged.count
        guard lost.isEmpty else { throw Violation(description: "acknowledged tasks are gone: \(lost)") }
    }

    /// After a restart the feed of changes may have a gap: what was durable and not yet told.
    func checkAfterRestart() throws {
        try checkAcknowledged()
        taskOfAddress = [:]
        for number in 0..<simulation.hostCount {
            guard let id = simulation.instance(of: number) else { continue }
            try checkAccounts(of: id)
            for task in simulation.tasks(of: id) { try checkAddress(task) }
        }
    }

    /// Where hosts and control plane differ on what runs, and how. Once nothing goes wrong any more, a difference may
    /// only last as long as a report is on its way.
    func disagreements() -> [TaskID: String] {
        var found: [TaskID: String] = [:]
        for number in 0..<simulation.hostCount where simulation.host(number).isConnected {
            let host = simulation.host(number)
            guard let id = simulation.instance(of: number) else { continue }
            let told = simulation.tasks(of: id)
            checks += told.count
            let running = Set(host.tasks.filter { $0.value.isRunning }.keys.compactMap(TaskID.init(arn:)))
            for task in told
            where task.desiredStatus == .stopped || (task.lastStatus == .running) != running.contains(task.id) {
                found[task.id] =
                    "host \(number) has \(host.tasks.filter { TaskID(arn: $0.key) == task.id }), "
                    + "the control plane \(task)"
            }
            for stray in running.subtracting(told.map(\.id)) {
                found[stray] = "host \(number) runs the task \(stray), which nobody asked for"
            }
        }
        return found
    }
}

/// What the tasks of one host hold, counted without the index.
private struct Accounts {
    var freeCPUUnits: Int
    var freeMemoryMiB: Int
    private var ports: Set<HostPort>
    private var freeGPUs: Set<String>
    private let instance: ContainerInstanceID

    init(_ record: ContainerInstanceRecord) {
        instance = record.id
        freeCPUUnits = record.cpuUnits
        freeMemoryMiB = record.memoryMiB
        ports = Set(record.reservedTCPPorts.map { HostPort(.tcp, UInt16($0)) })
        freeGPUs = Set(record.gpuIDs ?? [])
    }

    mutating func add(_ task: TaskRecord) throws {
        let held = task.reservation
        freeCPUUnits -= held.cpuUnits
        freeMemoryMiB -= held.memoryMiB
        guard freeCPUUnits >= 0, freeMemoryMiB >= 0 else {
            throw Invariants.Violation(description: "\(instance) is oversubscribed by task \(task.id): \(self)")
        }
        let ranges = held.portRanges.flatMap { range in range.numbers.map { HostPort(range.protocol, $0) } }
        for port in held.staticPorts + held.dynamicPorts + ranges {
            guard ports.insert(port).inserted else {
                throw Invariants.Violation(description: "\(port) of \(instance) was given twice, to \(task.id) as well")
            }
        }
        for gpu in held.gpuIDs {
            guard freeGPUs.remove(gpu) != nil else {
                throw Invariants.Violation(description: "GPU \(gpu) of \(instance) was given twice, or is none")
            }
        }
    }
}

extension Simulation {
    /// The container instance that a host is now.
    func instance(of number: Int) -> ContainerInstanceID? {
        host(number).containerInstanceArn.flatMap(ARN.init)?.resourcePath.last.map { ContainerInstanceID($0) }
    }

    /// The tasks of an instance that are not STOPPED.
    func tasks(of instance: ContainerInstanceID) -> [TaskRecord] {
        plane.state.peek { tables in
            var tasks: [TaskRecord] = []
            tables.tasks.assigned(to: instance).forEach(after: nil) { sequence in
                if let task = tables.tasks[sequence: sequence] { tasks.append(task) }
                return true
            }
            return tasks
        }
    }
}

extension TaskRecord {
    /// What matters of it where something is wrong.
    var brief: String {
        "task \(id) of \(group) \(taskDefinition) on \(containerInstance), \(lastStatus) \(desiredStatus) "
            + "\(healthStatus) version \(version), created \(createdAt), started \(startedAt as Any), stop code "
            + "\(stopCode as Any), protected until \(protectionExpiresAt as Any)"
    }
}

extension TaskID {
    init?(arn: String) {
        guard let text = ARN(arn)?.resourcePath.last else { return nil }
        self.init(text)
    }
}
