import AWSModels
import AgentProtocol
import ControlPlaneSimulation
import ControlPlaneState
import Foundation
import Placement
import ServiceScheduler
import Support

/// What services promise, looked at after each step for those whose tasks were started or stopped in it.
///
/// What the control plane does counts, and not what befalls it: that a start is within maximumPercent when it is made,
/// and that no stop takes what minimumHealthyPercent still needs. So these may go beyond the bounds without a violation:
///  - tasks of hosts that were lost, replaced elsewhere, and come back: there are too many until the surplus is stopped;
///  - a desired count or a maximumPercent that was lowered, until then, too;
///  - tasks that die, turn unhealthy or are lost with their hosts: fewer are healthy than should be.
final class ServiceInvariants {
    typealias Violation = Invariants.Violation

    private let simulation: Simulation
    private var serviceOfDeployment: [DeploymentID: ServiceID] = [:]
    private(set) var checks = 0
    /// What services went through, for the runner's figures.
    private(set) var completed = 0
    private(set) var failed = 0
    private(set) var rolledBack = 0

    init(_ simulation: Simulation) { self.simulation = simulation }

    // MARK: After each step

    func check(_ changes: [Change]) throws {
        var started: [ServiceID: [TaskRecord]] = [:]
        var stopped: [ServiceID: [TaskRecord]] = [:]
        for change in changes {
            switch change {
            case .task(let old, let new?):
                guard let service = new.launch.deployment.flatMap({ serviceOfDeployment[$0] }) else { continue }
                guard let old else {
                    started[service, default: []].append(new)
                    continue
                }
                if old.desiredStatus == .running, new.desiredStatus == .stopped,
                    new.stopCode == .serviceSchedulerInitiated
                {
                    stopped[service, default: []].append(old)
                }
            case .deployment(let old, let new): try check(old, new)
            case .serviceDeployment(let old, let new): try check(old, new)
            case .service(let old?, let new?): try check(old, new)
            default: continue
            }
        }
        // What is not durable can be seen, and its changes cannot.
        guard simulation.plane.state.failure == nil else { return }
        for id in Set(started.keys).union(stopped.keys).sorted() {
            guard let look = Look(id, in: simulation) else { continue }
            checks += 1
            try check(started[id] ?? [], look)
            try check(stopped: stopped[id] ?? [], look)
        }
    }

    private func check(_ old: DeploymentRecord?, _ new: DeploymentRecord?) throws {
        guard let new else { return }
        serviceOfDeployment[new.id] = new.service
        if new.rolloutState != old?.rolloutState {
            completed += new.rolloutState == .completed ? 1 : 0
            failed += new.rolloutState == .failed ? 1 : 0
        }
        // What is gone back to while it still has tasks begins anew.
        let isGoneBackTo =
            old?.status == .active && old?.rolloutState == .completed && new.status == .primary
            && new.serviceDeployment != old?.serviceDeployment
        if let old, old.rolloutState != .inProgress, new.rolloutState != old.rolloutState, !isGoneBackTo {
            throw Violation(description: "the deployment \(new.id) was over, from \(old) to \(new)")
        }
    }

    private func check(_ old: ServiceDeploymentRecord?, _ new: ServiceDeploymentRecord?) throws {
        if new?.status == .rollbackSuccessful, old?.status != .rollbackSuccessful { rolledBack += 1 }
        if let old, let new, old.status.isFinished, new.status != old.status {
            throw Violation(description: "the service deployment \(new.id) was over, from \(old) to \(new)")
        }
    }

    private func check(_ old: ServiceRecord, _ new: ServiceRecord) throws {
        let order = [ServiceRecord.Status.active, .draining, .inactive]
        guard let before = order.firstIndex(of: old.status), let after = order.firstIndex(of: new.status),
            before <= after
        else { throw Violation(description: "the service \(new.id) came back from \(old.status)") }
        guard new.status == .inactive, old.status != .inactive, simulation.plane.state.failure == nil else { return }
        let left = simulation.plane.state.peek { tables in
            tables.services[new.id]?.status == .inactive
                ? tables.tasks.select(.group(new.id.taskGroup), cluster: new.id.cluster, desiredStatus: .running).count
                : 0
        }
        guard left == 0 else { throw Violation(description: "\(new.id) is INACTIVE, and \(left) of its tasks go on") }
    }

    // MARK: Starts

    private func check(_ started: [TaskRecord], _ look: Look) throws {
        guard !started.isEmpty else { return }
        if look.isDaemon {
            for task in started {
                let there = look.tasks.count { $0.record.containerInstance == task.containerInstance }
                guard there <= 1 else {
                    throw Violation(
                        description: "the DAEMON \(look.id) has \(there) tasks on \(task.containerInstance)")
                }
            }
        } else if look.counted > look.upper {
            throw Violation(
                description: "\(look.id) has \(look.counted) tasks running or pending after a start, with "
                    + "maximumPercent there may be \(look.upper): \(look)")
        }
    }

    // MARK: Stops

    /// - Parameter stopped: as they were before they were told to.
    private func check(stopped: [TaskRecord], _ look: Look) throws {
        guard look.record.status == .active, !stopped.isEmpty else { return }
        for task in stopped {
            let place = look.standing(of: task)
            // A lost host cannot keep anything up, a draining one gives its tasks away in spite of protection, and a task
            // that fails its checks has to go; a DAEMON's leaves a host that does not fit any more.
            let isBound = place.isActive && task.healthStatus != .unhealthy && !look.isConstrainedDaemon
            if isBound, let end = task.protectionExpiresAt, end > look.now {
                throw Violation(description: "\(look.id) stopped the protected \(task.brief)")
            }
            guard place.isHealthy, !look.isDaemon || isBound else { continue }
            guard look.healthy >= look.lower else {
                throw Violation(
                    description: "\(look.id) stopped the healthy \(task.brief), and has \(look.healthy) healthy ones; "
                        + "with minimumHealthyPercent there must be \(look.lower): \(look)")
            }
        }
    }

    // MARK: In the end

    /// Services that are neither as they should be nor say why, and how they are. Once nothing goes wrong any more, none.
    func unsettled() -> [ServiceID: String] {
        var found: [ServiceID: String] = [:]
        for id in simulation.plane.state.peek({ $0.services.unended }) {
            guard let look = Look(id, in: simulation) else { continue }
            checks += 1
            if let problem = look.problem(in: simulation) { found[id] = "\(id) \(problem): \(look)" }
        }
        return found
    }
}

/// A service as it is now, found out without the scheduler.
private struct Look: CustomStringConvertible {
    struct Standing {
        let record: TaskRecord
        /// On a host that is ACTIVE and not lost.
        let isActive: Bool
        let isLost: Bool
        let isDraining: Bool
        let isHealthy: Bool

        /// Whether other services have tasks on its host.
        func hasNeighbours(in simulation: Simulation) -> Bool {
            simulation.tasks(of: record.containerInstance).contains {
                $0.group.hasPrefix("service:") && $0.group != record.group
            }
        }
    }

    let id: ServiceID
    let record: ServiceRecord
    let scheduling: ServiceSchedulingRecord?
    let deployments: [DeploymentRecord]
    let tasks: [Standing]
    let now: Date
    let desiredCount: Int
    private let counts: ServiceTaskIndex.Counts
    private let standing: (TaskRecord) -> Standing

    /// Nil for one that is not there any more.
    init?(_ id: ServiceID, in simulation: Simulation) {
        // As the control plane keeps its times.
        let now = Timestamps.toMilliseconds(simulation.clock.now)
        let timeout = Double(simulation.agentTimeoutSeconds)
        let look = simulation.plane.state.peek {
            tables -> (ServiceRecord, ServiceSchedulingRecord?, [DeploymentRecord], [TaskRecord], Int)? in
            guard let record = tables.services[id] else { return nil }
            let deployments = tables.deployments.deployments(of: id)
            var tasks: [TaskRecord] = []
            for deployment in deployments {
                tables.tasks.ofServices.tasks(of: deployment.id).forEach(after: nil) { sequence in
                    if let task = tables.tasks[sequence: sequence] { tasks.append(task) }
                    return true
                }
            }
            return (
                record, tables.services.scheduling(of: id), deployments, tasks,
                tables.services.desiredCount(of: record)
            )
        }
        guard let look else { return nil }
        self.id = id
        self.now = now
        (record, scheduling, deployments, desiredCount) = (look.0, look.1, look.2, look.4)
        counts = simulation.plane.state.peek { $0.taskCounts(of: id) }
        let standing = { (task: TaskRecord) in
            let (instance, isChecked) = simulation.plane.state.peek {
                ($0.containerInstances[task.containerInstance], $0.hasHealthCheck(task))
            }
            let settings = SimulatedControlPlane.scheduler
            let isLost =
                instance.map { instance in
                    instance.status == .inactive
                        || !instance.agentConnected
                            && now.timeIntervalSince(instance.lastHeardAt ?? instance.connectivityAt - timeout)
                                >= settings.replaceAfterSeconds
                } ?? true
            let runs = task.desiredStatus == .running && task.lastStatus == .running && !isLost
            let matured = task.startedAt.map { now.timeIntervalSince($0) >= settings.healthyAfterSeconds } ?? false
            return Standing(
                record: task, isActive: !isLost && instance?.status == .active, isLost: isLost,
                isDraining: instance?.status == .draining,
                isHealthy: runs && (isChecked ? task.healthStatus == .healthy : matured))
        }
        self.standing = standing
        tasks = look.3.map(standing)
    }

    func standing(of task: TaskRecord) -> Standing { standing(task) }

    var isDaemon: Bool { record.configuration.schedulingStrategy == .daemon }
    var isConstrainedDaemon: Bool { isDaemon && !record.configuration.placementConstraints.isEmpty }
    /// - Source: `floor(desiredCount × maximumPercent / 100)`, and never less than desired.
    var upper: Int { max(desiredCount, desiredCount * record.configuration.maximumPercent / 100) }
    /// - Source: `ceil(desiredCount × minimumHealthyPercent / 100)`.
    var lower: Int { (desiredCount * record.configuration.minimumHealthyPercent + 99) / 100 }
    var counted: Int { tasks.count { $0.record.desiredStatus == .running && !$0.isLost } }
    /// A DAEMON's on hosts that it has to leave keep nothing up.
    var healthy: Int { tasks.count { $0.isHealthy && (!isDaemon || $0.isActive) } }

    /// What is wrong with it, if nothing has happened to it for long; nil if nothing is.
    func problem(in simulation: Simulation) -> String? {
        if record.status == .draining { return "is still DRAINING" }
        let running = tasks.count { $0.record.desiredStatus == .running && $0.record.lastStatus == .running }
        let pending = tasks.count { $0.record.desiredStatus == .running && $0.record.lastStatus < .running }
        guard counts.running == running, counts.pending == pending else { return "is counted wrong: \(counts)" }
        if let problem = historyProblem(in: simulation) { return problem }
        if scheduling?.isSteady == true {
            let isWhole = counted == desiredCount && healthy == desiredCount && deployments.count == 1
            return isWhole ? nil : "is said to be steady"
        }
        if deployments.first?.rolloutState == .failed {
            return counted <= max(desiredCount, 0) ? nil : "failed, and has too many tasks"
        }
        // A DAEMON's task is the last to leave, and a deployment waits for it: where others cannot leave, both for good.
        if isDaemon, tasks.contains(where: { $0.isDraining && $0.hasNeighbours(in: simulation) }) { return nil }
        let reasons = scheduling?.notices.map(\.kind) ?? []
        return reasons.isEmpty ? "is not steady, and does not say why" : nil
    }

    /// Every deployment is over but the PRIMARY one that is IN_PROGRESS.
    private func historyProblem(in simulation: Simulation) -> String? {
        let current = deployments.first { $0.rolloutState == .inProgress }?.serviceDeployment
        let open = simulation.plane.state.peek { tables in
            var open: [ServiceDeploymentRecord] = []
            tables.serviceHistory.deployments(of: id).forEach(after: nil) { sequence in
                if let deployment = tables.serviceHistory[sequence: sequence], !deployment.status.isFinished {
                    open.append(deployment)
                }
                return true
            }
            return open
        }
        return open.first { $0.id != current }.map { "has the service deployment \($0.id) that never ends" }
    }

    var description: String {
        let tasks = tasks.map { "\($0.record.brief) healthy \($0.isHealthy) lost \($0.isLost)" }
        return "\(record.configuration.schedulingStrategy) of \(desiredCount), bounds \(lower)...\(upper), deployments "
            + "\(deployments.map { "\($0.id) \($0.tasks.taskDefinition) \($0.status) \($0.rolloutState) \($0.scheduling)" }), "
            + "notices \(scheduling?.notices.map(\.kind) ?? []), tasks \(tasks)"
    }
}

extension Tables {
    /// Whether its definition has a health check of an essential container.
    fileprivate borrowing func hasHealthCheck(_ task: TaskRecord) -> Bool {
        taskDefinitions[task.taskDefinition]?.definition.containerDefinitions?.contains { $0.healthCheck != nil }
            ?? false
    }
}
