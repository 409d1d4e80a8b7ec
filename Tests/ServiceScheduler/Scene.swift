import FoundationEssentials
import ServiceScheduler

/// A service with its tasks and instances at one moment, put together in a few words.
struct Scene {
    static let start = Date(timeIntervalSince1970: 1_000_000)

    var service: Service
    var tasks: [ServiceTask] = []
    var instances: [Instance] = []
    var now = Scene.start
    var settings = Settings()

    /// With deployment 1, PRIMARY.
    init(
        desired: Int, min: Int = 100, max: Int = 200, breaker: CircuitBreakerConfiguration? = nil, grace: Double = 0,
        strategy: Service.SchedulingStrategy = .replica
    ) {
        service = Service(
            name: "web", schedulingStrategy: strategy, desiredCount: desired,
            deploymentConfiguration: DeploymentConfiguration(
                minimumHealthyPercent: min, maximumPercent: max,
                circuitBreaker: breaker ?? .init(isEnabled: false, rollsBack: false)),
            healthCheckGracePeriodSeconds: grace,
            deployments: [Deployment(key: DeploymentKey(1), id: "ecs-svc/1", status: .primary)])
    }

    enum Condition {
        case pending, maturing, healthy, unhealthy
        case failsTarget, stopping, stoppedAfterRunning, failedToStart
    }

    /// - Returns: the keys.
    @discardableResult
    mutating func add(
        _ count: Int, _ condition: Condition, of deployment: Int = 1, on instance: Int? = nil, age: Double = 3600,
        protectedFor protection: Double? = nil
    ) -> [Int] {
        let createdAt = now.addingTimeInterval(-age)
        return (0..<count).map { _ in
            let key = (tasks.last?.key.rawValue ?? 0) + 1
            let phase: ServiceTask.Phase =
                switch condition {
                case .pending: .pending
                case .maturing: .running(since: now)
                case .healthy, .unhealthy, .failsTarget: .running(since: createdAt)
                case .stopping: .stopping(begun: false)
                case .stoppedAfterRunning: .stopped(.afterRunning)
                case .failedToStart: .stopped(.failedToStart)
                }
            tasks.append(
                ServiceTask(
                    key: TaskKey(key), deployment: DeploymentKey(deployment), instance: instance, createdAt: createdAt,
                    phase: phase, containerHealth: condition == .unhealthy ? .unhealthy : .unchecked,
                    targetHealth: condition == .failsTarget ? .unhealthy : .unused,
                    protectedUntil: protection.map { now.addingTimeInterval($0) }))
            return key
        }
    }

    mutating func add(instance id: String, zone: Int? = nil, status: Instance.Status = .active) {
        instances.append(Instance(id: id, status: status, zone: zone, spreadGroup: zone ?? 0))
    }

    /// The earlier deployments become ACTIVE.
    mutating func deploy(_ number: Int, isRollback: Bool = false) {
        for place in service.deployments.indices { service.deployments[place].status = .active }
        service.deployments.append(
            Deployment(
                key: DeploymentKey(number), id: "ecs-svc/\(number)", status: .primary, isRollback: isRollback))
    }

    /// As if the deployment had been rolled out long ago.
    mutating func complete(_ number: Int = 1) {
        change(number) {
            $0.state.rolloutState = .completed
            $0.state.circuitBreaker.stage = .checking
        }
    }

    mutating func change(_ number: Int, _ change: (inout Deployment) -> Void) {
        for place in service.deployments.indices where service.deployments[place].key == DeploymentKey(number) {
            change(&service.deployments[place])
        }
    }

    /// Plans and keeps the states, but carries nothing out. Tasks that were shown as STOPPED are dropped.
    mutating func plan() -> Plan {
        let plan = ServicePlanner.plan(service, tasks: tasks, instances: instances, now: now, settings: settings)
        service.state = plan.service
        for place in service.deployments.indices { service.deployments[place].state = plan.deployments[place] }
        tasks.removeAll {
            if case .stopped = $0.phase { true } else { false }
        }
        return plan
    }

    mutating func advance(_ seconds: Double) { now = now.addingTimeInterval(seconds) }

    func state(_ number: Int = 1) -> DeploymentState? {
        service.deployments.first { $0.key == DeploymentKey(number) }?.state
    }
}

extension Plan {
    /// How many tasks of each deployment it starts.
    var starts: [Int: Int] {
        actions.reduce(into: [:]) { starts, action in
            if case .start(let count, let deployment, _, _) = action {
                starts[deployment.rawValue, default: 0] += count
            }
        }
    }

    /// The keys of the tasks it stops, ascending.
    var stops: [Int] {
        actions.flatMap { action -> [Int] in
            if case .stop(let tasks, _, _) = action { tasks.map(\.rawValue) } else { [] }
        }.sorted()
    }

    var stopCauses: Set<StopCause> {
        actions.reduce(into: []) { causes, action in
            if case .stop(_, _, let cause) = action { causes.insert(cause) }
        }
    }

    var events: [String] {
        actions.compactMap { action in
            guard case .post(let event) = action else { return nil }
            return event.message(service: "web", names: EventNames(taskID: { "\($0.rawValue)" }))
        }
    }

    var wakesIn: Double? { wakeAt?.timeIntervalSince(Scene.start) }
}
