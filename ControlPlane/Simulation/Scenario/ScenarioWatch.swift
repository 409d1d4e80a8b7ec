import AWSModels
import ControlPlaneState
import FoundationEssentials

/// How a scenario's services fare from one look to the next. Only those are looked at that something happened to.
final class ScenarioWatch {
    private static let eventsShown = 10
    /// What is said of every task that comes or goes.
    private static let usual = [" has started ", " has stopped "]

    let services: [ServiceID]
    private let simulation: Simulation
    private var changed: Set<ServiceID> = []
    private var running: [ServiceID: Int] = [:]
    private var lowest: [ServiceID: Int] = [:]
    private var began = Date.distantPast
    /// When something last happened to a service's task, in seconds since the beginning.
    private(set) var changedAt = 0.0

    init(_ simulation: Simulation, services: [String]) {
        self.simulation = simulation
        self.services = services.map { ServiceID(cluster: .default, name: $0) }
    }

    // MARK: From look to look

    func note(_ changes: [Change]) {
        for change in changes {
            guard case .task(let old, let new) = change, let group = (new ?? old)?.group, group.hasPrefix("service:")
            else { continue }
            changed.insert(ServiceID(cluster: .default, name: String(group.dropFirst("service:".count))))
            changedAt = simulation.clock.seconds
        }
    }

    /// A new stage.
    func begin() {
        lowest = [:]
        changedAt = simulation.clock.seconds
        began = simulation.clock.now
    }

    /// At what changed since the last look.
    func lookAgain() {
        look(at: changed.sorted())
        changed = []
    }

    func look(at services: [ServiceID]) {
        for id in services {
            let count = runningTasks(of: id).count
            running[id] = count
            lowest[id] = min(lowest[id] ?? count, count)
        }
    }

    var areSteady: Bool {
        simulation.plane.state.peek { tables in
            services.allSatisfy { tables.services.scheduling(of: $0)?.isSteady == true }
        }
    }

    /// Where the hosts that run them are up.
    var haveAllTasks: Bool {
        simulation.plane.state.peek { tables in
            services.allSatisfy { id in
                tables.services[id].map { running[id] ?? 0 >= tables.services.desiredCount(of: $0) } ?? true
            }
        }
    }

    /// Its tasks that do their work and are to go on, on hosts that are up.
    private func runningTasks(of id: ServiceID) -> [TaskRecord] {
        let tasks = simulation.plane.state.peek { tables in
            var found: [TaskRecord] = []
            let selected = tables.tasks.select(.group(id.taskGroup), cluster: id.cluster, desiredStatus: .running)
            selected.forEach(after: nil) { sequence in
                if let task = tables.tasks[sequence: sequence], task.lastStatus == .running,
                    task.healthStatus != .unhealthy
                {
                    found.append(task)
                }
                return true
            }
            return found
        }
        return tasks.filter { simulation.host(of: $0.containerInstance).map { simulation.host($0).isUp } ?? false }
    }

    // MARK: What became of it

    func describe(_ name: String) -> ScenarioReport.Service {
        let id = ServiceID(cluster: .default, name: name)
        let tasks = runningTasks(of: id)
        var byZone: [String: Int] = [:]
        var byHost: [ContainerInstanceID: Int] = [:]
        var byDefinition: [String: Int] = [:]
        for task in tasks {
            byHost[task.containerInstance, default: 0] += 1
            byDefinition["\(task.taskDefinition.family):\(task.taskDefinition.revision)", default: 0] += 1
            guard let number = simulation.host(of: task.containerInstance) else { continue }
            byZone[simulation.host(number).facts.availabilityZone, default: 0] += 1
        }
        let (desired, rollout, events) = simulation.plane.state.peek { tables in
            (
                tables.services[id].map { tables.services.desiredCount(of: $0) } ?? 0,
                tables.deployments.primary(of: id)?.rolloutState.rawValue ?? "",
                tables.serviceEvents.events(of: id).filter { $0.createdAt >= began }.map(\.message)
            )
        }
        let telling = events.filter { event in !Self.usual.contains { event.contains($0) } }
        return ScenarioReport.Service(
            serviceName: name, desiredCount: desired, runningCount: tasks.count,
            lowestRunningCount: lowest[id] ?? tasks.count, rolloutState: rollout, byAvailabilityZone: byZone,
            byTaskDefinition: byDefinition, mostOnOneHost: byHost.values.max() ?? 0,
            events: Array(telling.suffix(Self.eventsShown)))
    }
}
