import FoundationEssentials
import Placement
import ServiceScheduler
import Testing

/// A service in a cluster where things happen, with the loop that carries out its plans. Each plan is checked as it is
/// carried out, by means that know nothing of the scheduler's own.
struct World {
    /// What becomes of a deployment's tasks.
    enum Release { case good, failsToStart, failsChecks }

    struct Host {
        var instance: Instance
        var slots: Int
    }

    var random: SeededGenerator
    var now = Scene.start
    var service: Service
    var tasks: [ServiceTask] = []
    var hosts: [Host]
    var releases: [Int: Release] = [1: .good]
    /// Deployments that ended, and how.
    var ends: [Int: String] = [:]
    let settings = Settings()
    var nextTask = 1
    var nextDeployment = 2
    /// So much may be there beyond the maximum because a host came back.
    var complaints: [String] = []
    /// Which causes were given for anything.
    var starts: Set<StartCause> = []
    var stops: Set<StopCause> = []
    /// Whether there is a load balancer.
    let hasTargets: Bool

    init(
        seed: Int, strategy: Service.SchedulingStrategy = .replica,
        controller: Service.DeploymentController = .ecs
    ) {
        random = SeededGenerator(seed: UInt64(seed))
        hasTargets = seed % 5 == 0
        let desired = Int.random(in: 1...12, using: &random)
        service = Service(
            name: "web", schedulingStrategy: strategy, deploymentController: controller, desiredCount: desired,
            deployments: [Deployment(key: DeploymentKey(1), id: "ecs-svc/1", status: .primary)])
        hosts = []
        let hostCount = Int.random(in: 2...6, using: &random)
        for number in 0..<hostCount {
            let zone = number % 3
            hosts.append(
                Host(
                    instance: Instance(id: "i-\(number)", zone: zone, spreadGroup: zone),
                    slots: strategy == .daemon ? 2 : Int.random(in: 2...9, using: &random)))
        }
        if strategy == .replica, Bool.random(using: &random) { service.balancedZones = ["a", "b", "c"] }
        setPercentages()
        if Int.random(in: 0..<4, using: &random) == 0 { service.healthCheckGracePeriodSeconds = 20 }
    }

    mutating func setPercentages() {
        let isDaemon = service.schedulingStrategy == .daemon
        let minima = isDaemon ? [0, 50, 67] : [0, 34, 50, 75, 100]
        let maxima = isDaemon ? [100] : [100, 125, 150, 200, 400]
        service.deploymentConfiguration.minimumHealthyPercent = minima.randomElement(using: &random) ?? 0
        service.deploymentConfiguration.maximumPercent = maxima.randomElement(using: &random) ?? 200
    }

    var primary: Int? { service.deployments.firstIndex { $0.status == .primary } }
    var hasTaskSets: Bool { service.deploymentController == .external }
    var isDaemon: Bool { service.schedulingStrategy == .daemon }
    /// What is seen of the hosts: a silent one that is to be lost is lost a minute after it was last heard.
    var instances: [Instance] { hosts.map(\.instance) }

    // MARK: What is so, said again

    func isLost(_ host: Instance) -> Bool { host.lastHeardAt.map { now.timeIntervalSince($0) >= 60 } ?? false }
    func isLost(_ task: ServiceTask) -> Bool { task.instance.map { isLost(hosts[$0].instance) } ?? false }
    func isCounted(_ task: ServiceTask) -> Bool {
        switch task.phase {
        case .pending, .running: !isLost(task)
        case .stopping, .stopped: false
        }
    }
    func isHealthy(_ task: ServiceTask) -> Bool {
        guard isCounted(task), case .running(let since) = task.phase else { return false }
        guard task.targetHealth == .unused || task.targetHealth == .healthy else { return false }
        switch task.containerHealth {
        case .unchecked where task.targetHealth == .healthy: return true
        case .unchecked: return now.timeIntervalSince(since) >= settings.healthyAfterSeconds
        case .healthy: return true
        case .unknown, .unhealthy: return false
        }
    }
    var desired: Int {
        isDaemon
            ? hosts.count { $0.instance.status == .active && $0.instance.canRunDaemon && !isLost($0.instance) }
            : service.desiredCount
    }
    /// As the documentation words it.
    var lower: Int {
        Int((Double(desired * service.deploymentConfiguration.minimumHealthyPercent) / 100).rounded(.up))
    }
    var upper: Int {
        Int((Double(desired * service.deploymentConfiguration.maximumPercent) / 100).rounded(.down))
    }

    // MARK: The loop

    /// Plans and carries out until there is nothing more to do.
    mutating func settle() {
        var last: [[Action]] = []
        for _ in 0..<8 {
            let plan = ServicePlanner.plan(
                service, tasks: tasks, instances: instances, now: now, settings: settings)
            let healthyBefore = Set(tasks.filter(isHealthy).map(\.key))
            check(plan, healthyBefore)
            carryOut(plan)
            if plan.actions.isEmpty {
                checkSleep(plan)
                return
            }
            last = last.suffix(2) + [plan.actions]
        }
        complaints.append("there is always more to do: \(last)")
    }

    private mutating func carryOut(_ plan: Plan) {
        service.state = plan.service
        for place in service.deployments.indices { service.deployments[place].state = plan.deployments[place] }
        tasks.removeAll { if case .stopped = $0.phase { true } else { false } }
        for action in plan.actions {
            switch action {
            case .start(let count, let deployment, let place, let cause):
                starts.insert(cause)
                start(count, of: deployment, on: place)
            case .stop(let keys, _, let cause):
                stops.insert(cause)
                let keys = Set(keys)
                for place in tasks.indices where keys.contains(tasks[place].key) {
                    set(place, .stopping(begun: false))
                }
            case .complete(let deployment):
                ends[deployment.rawValue] = "COMPLETED"
            case .fail(let deployment): ends[deployment.rawValue] = "FAILED"
            case .rollBack(let failed, let target): rollBack(failed, to: target)
            case .remove(let deployment): service.deployments.removeAll { $0.key == deployment }
            case .deactivate: service.status = .inactive
            case .post: break
            }
        }
    }

    private mutating func rollBack(_ failed: DeploymentKey, to target: RollbackTarget) {
        guard let kept = service.deployments.firstIndex(where: { $0.key == target.key }) else {
            deploy(releases[target.key.rawValue] ?? .good, isRollback: true)
            return
        }
        for place in service.deployments.indices where service.deployments[place].key == failed {
            service.deployments[place].status = .active
        }
        service.deployments[kept].status = .primary
        service.deployments[kept].isRollback = true
        service.deployments[kept].state = DeploymentState()
        ends[target.key.rawValue] = nil
    }

    private mutating func start(_ count: Int, of deployment: DeploymentKey, on place: StartPlace) {
        var hasFailed = false
        for _ in 0..<count {
            let able = hosts.indices.filter { host in
                let instance = hosts[host].instance
                guard instance.status == .active, instance.lastHeardAt == nil else { return false }
                switch place {
                case .anywhere: break
                case .zone(let zone): if instance.zone != zone { return false }
                case .instance(let wanted): if host != wanted { return false }
                }
                return tasks.count { $0.instance == host } < hosts[host].slots
            }
            guard let host = able.randomElement(using: &random) else {
                hasFailed = true
                if case .instance(let place) = place { hosts[place].instance.daemonRefusedAt = now }
                continue
            }
            tasks.append(
                ServiceTask(
                    key: TaskKey(nextTask), deployment: deployment, instance: host, createdAt: now, phase: .pending,
                    targetHealth: hasTargets ? .unregistered : .unused))
            nextTask += 1
        }
        guard hasFailed else { return }
        let cause: UnplacedCause =
            if case .zone(let zone) = place { .noInstanceFitsInZone("\(zone)") } else { .noInstanceFits(closest: nil) }
        for place in service.deployments.indices where service.deployments[place].key == deployment {
            service.deployments[place].unplaced = Unplaced(cause: cause, triedAt: now)
        }
    }

    private mutating func capacityChanged() {
        for place in service.deployments.indices { service.deployments[place].unplaced = nil }
        for place in hosts.indices { hosts[place].instance.daemonRefusedAt = nil }
    }

    private mutating func set(
        _ place: Int, _ phase: ServiceTask.Phase, health: ServiceTask.ContainerHealth? = nil,
        target: ServiceTask.TargetHealth? = nil, protection: Date? = nil
    ) {
        let old = tasks[place]
        if case .stopped = phase { capacityChanged() }
        tasks[place] = ServiceTask(
            key: old.key, deployment: old.deployment, instance: old.instance, createdAt: old.createdAt, phase: phase,
            containerHealth: health ?? old.containerHealth, targetHealth: target ?? old.targetHealth,
            protectedUntil: protection ?? old.protectedUntil)
    }

    // MARK: What happens

    mutating func deploy(_ release: Release, isRollback: Bool = false) {
        for place in service.deployments.indices where service.deployments[place].status == .primary {
            let deployment = service.deployments[place]
            if deployment.state.rolloutState == .completed {
                service.lastCompleted = RollbackTarget(key: deployment.key, id: deployment.id)
            } else if deployment.state.rolloutState == .inProgress {
                ends[deployment.key.rawValue] = "superseded"
            }
            service.deployments[place].status = .active
        }
        releases[nextDeployment] = release
        service.deployments.append(
            Deployment(
                key: DeploymentKey(nextDeployment), id: "ecs-svc/\(nextDeployment)", status: .primary,
                isRollback: isRollback))
        nextDeployment += 1
    }

    /// Lets each task on a host that can be heard take its next step, or not.
    ///
    /// - Parameter eagerness: of 100.
    mutating func moveTasks(eagerness: Int) {
        for place in tasks.indices {
            let task = tasks[place]
            if let host = task.instance, hosts[host].instance.lastHeardAt != nil { continue }
            guard Int.random(in: 0..<100, using: &random) < eagerness else { continue }
            let release = releases[task.deployment.rawValue] ?? .good
            switch task.phase {
            case .pending:
                if release == .failsToStart {
                    set(place, .stopped(.failedToStart))
                } else {
                    set(place, .running(since: now), health: task.key.rawValue % 2 == 0 ? .unknown : .unchecked)
                    if release == .failsChecks { set(place, .running(since: now), health: .unknown) }
                }
            case .running(let since):
                if task.containerHealth == .unknown {
                    set(place, .running(since: since), health: release == .failsChecks ? .unhealthy : .healthy)
                } else if task.targetHealth == .unregistered {
                    set(place, .running(since: since), target: .initial)
                } else if task.targetHealth == .initial {
                    set(place, .running(since: since), target: .healthy)
                }
            case .stopping: set(place, .stopped(.calledOff))
            case .stopped: break
            }
        }
    }

    mutating func advance(_ seconds: Double) {
        now = now.addingTimeInterval(seconds)
        moveTasks(eagerness: 70)
    }

    mutating func disturb() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: advance(Double.random(in: 0.1...30, using: &random))
        case 30..<45: moveTasks(eagerness: 40)
        case 45..<55: killTask()
        case 55..<60: sickenTask()
        case 60..<66: loseHost()
        case 66..<74: returnHost()
        case 74..<79: drainOrActivate()
        case 79..<85 where hasTaskSets: changeTaskSets()
        case 79..<85:
            let releases: [Release] = [.good, .good, .failsToStart, .failsChecks]
            deploy(releases.randomElement(using: &random) ?? .good)
            if Bool.random(using: &random) { setPercentages() }
        case 85..<92:
            if !isDaemon { service.desiredCount = Int.random(in: 0...12, using: &random) }
        case 92..<96: protectTask()
        default:
            service.deploymentConfiguration.circuitBreaker = CircuitBreakerConfiguration(
                isEnabled: Bool.random(using: &random), rollsBack: Bool.random(using: &random))
        }
    }

    private mutating func changeTaskSets() {
        let scale = Double(Int.random(in: 0...1000, using: &random)) / 10
        guard let place = service.deployments.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where service.deployments.count < 4:
            service.deployments.append(
                Deployment(
                    key: DeploymentKey(nextDeployment), id: "ecs-svc/\(nextDeployment)", status: .active,
                    scalePercent: scale))
            nextDeployment += 1
        case 1 where service.deployments[place].status == .active: service.deployments[place].status = .draining
        default: service.deployments[place].scalePercent = scale
        }
    }

    private mutating func anyTask() -> Int? {
        let seen = tasks.indices.filter { place in
            guard case .running = tasks[place].phase else { return false }
            return tasks[place].instance.map { hosts[$0].instance.lastHeardAt == nil } ?? true
        }
        return seen.randomElement(using: &random)
    }

    private mutating func killTask() {
        if let place = anyTask() { set(place, .stopped(.afterRunning)) }
    }

    private mutating func sickenTask() {
        guard let place = anyTask() else { return }
        if hasTargets {
            set(place, tasks[place].phase, target: .unhealthy)
        } else {
            set(place, tasks[place].phase, health: .unhealthy)
        }
    }

    private mutating func protectTask() {
        guard let place = anyTask() else { return }
        set(place, tasks[place].phase, protection: now.addingTimeInterval(Double.random(in: 5...120, using: &random)))
    }

    private mutating func loseHost() {
        guard let host = hosts.indices.randomElement(using: &random) else { return }
        if hosts[host].instance.lastHeardAt == nil { hosts[host].instance.lastHeardAt = now }
    }

    private mutating func returnHost() {
        guard let host = hosts.indices.filter({ hosts[$0].instance.lastHeardAt != nil }).randomElement(using: &random)
        else { return }
        bringBack(host)
    }

    private mutating func bringBack(_ host: Int) {
        hosts[host].instance.lastHeardAt = nil
        for place in tasks.indices where tasks[place].instance == host {
            switch tasks[place].phase {
            case .stopping: set(place, .stopped(.calledOff))
            case .running: if Int.random(in: 0..<3, using: &random) == 0 { set(place, .stopped(.afterRunning)) }
            case .pending, .stopped: break
            }
        }
        capacityChanged()
    }

    private mutating func drainOrActivate() {
        guard let host = hosts.indices.randomElement(using: &random) else { return }
        hosts[host].instance.status = hosts[host].instance.status == .active ? .draining : .active
        capacityChanged()
    }

    /// No more disturbances: hosts are there, with room, and the percentages let things go on.
    mutating func endDisturbances() {
        for host in hosts.indices {
            if hosts[host].instance.lastHeardAt != nil { bringBack(host) }
            hosts[host].instance.status = .active
            hosts[host].slots = 40
        }
        capacityChanged()
        let configuration = service.deploymentConfiguration
        if !isDaemon, configuration.maximumPercent < 200 { service.deploymentConfiguration.maximumPercent = 200 }
        if isDaemon { service.deploymentConfiguration.minimumHealthyPercent = 0 }
    }

    /// - Returns: how long it took until the service was steady; nil if it did not get there in a day.
    mutating func converge() -> Double? {
        let begin = now
        while now.timeIntervalSince(begin) < 86_400 {
            settle()
            if service.state.isSteady { return now.timeIntervalSince(begin) }
            advance(1)
        }
        return nil
    }

    // MARK: Checks

    /// Until the plan says that it is to be made again, it need not be.
    private mutating func checkSleep(_ plan: Plan) {
        let longest = plan.wakeAt.map { $0.timeIntervalSince(now) } ?? 100_000
        if longest <= 0 { complaints.append("wakes in the past") }
        let later = now.addingTimeInterval(longest * Double.random(in: 0..<0.999, using: &random))
        let same = ServicePlanner.plan(service, tasks: tasks, instances: instances, now: later, settings: settings)
        if !same.actions.isEmpty || same.service != plan.service || same.deployments != plan.deployments {
            complaints.append("sleeps \(longest) s through \(same.actions)")
        }
    }

    private mutating func check(_ plan: Plan, _ healthyBefore: Set<TaskKey>) {
        let stopped = Set(plan.stops.map(TaskKey.init))
        let startCount = plan.starts.values.reduce(0, +)
        let countedAfter = tasks.count { isCounted($0) && !stopped.contains($0.key) } + startCount
        if startCount > 0, !isDaemon, !hasTaskSets, countedAfter > upper {
            complaints.append("\(countedAfter) tasks, and at most \(upper) may be: \(plan.actions)")
        }
        if hasTaskSets {
            checkTaskSets(plan, stopped, healthyBefore)
        } else {
            checkHealthy(plan, stopped, healthyBefore)
        }
        for action in plan.actions {
            guard case .stop(let keys, _, let cause) = action else { continue }
            let isVoluntary = [StopCause.scaleIn, .deployment, .zoneBalance].contains(cause)
            for task in tasks where isVoluntary && keys.contains(task.key) {
                let isProtected = task.protectedUntil.map { now < $0 } ?? false
                if isProtected, !isDaemon, task.containerHealth != .unhealthy, task.targetHealth != .unhealthy {
                    complaints.append("\(task.key) is protected and stopped: \(cause)")
                }
            }
        }
        if isDaemon { checkDaemon(plan, stopped) }
    }

    private mutating func checkHealthy(_ plan: Plan, _ stopped: Set<TaskKey>, _ healthyBefore: Set<TaskKey>) {
        // What a DAEMON's instance gives up because it drains is not part of the count.
        let bound = tasks.filter { task in
            !isDaemon || task.instance.map { hosts[$0].instance.status == .active } ?? false
        }
        let healthy = bound.count { healthyBefore.contains($0.key) }
        let after = bound.count { healthyBefore.contains($0.key) && !stopped.contains($0.key) }
        if after < healthy, after < lower {
            complaints.append("\(after) of \(healthy) stay healthy, \(lower) have to: \(plan.actions)")
        }
    }

    /// How many tasks a task set should have.
    func count(of taskSet: Deployment) -> Int {
        if taskSet.status == .draining { return 0 }
        return (service.desiredCount * Int((taskSet.scalePercent * 10).rounded()) + 999) / 1000
    }

    private mutating func checkTaskSets(_ plan: Plan, _ stopped: Set<TaskKey>, _ healthyBefore: Set<TaskKey>) {
        let configuration = service.deploymentConfiguration
        for taskSet in service.deployments {
            let count = count(of: taskSet)
            let own = tasks.filter { $0.deployment == taskSet.key }
            let started = plan.starts[taskSet.key.rawValue] ?? 0
            let after = own.count { isCounted($0) && !stopped.contains($0.key) } + started
            if started > 0, after > max(count, count * configuration.maximumPercent / 100) {
                complaints.append("\(after) tasks of \(taskSet.id), which is to have \(count): \(plan.actions)")
            }
            let healthy = own.filter { healthyBefore.contains($0.key) }
            let left = healthy.count { !stopped.contains($0.key) }
            let lower = Int((Double(count * configuration.minimumHealthyPercent) / 100).rounded(.up))
            if left < healthy.count, left < lower {
                complaints.append("\(left) of \(healthy.count) stay healthy, \(lower) have to: \(plan.actions)")
            }
        }
    }

    private mutating func checkDaemon(_ plan: Plan, _ stopped: Set<TaskKey>) {
        for action in plan.actions {
            guard case .start(_, _, .instance(let host), _) = action else { continue }
            if tasks.contains(where: { if case .stopped = $0.phase { false } else { $0.instance == host } }) {
                complaints.append("a second task on \(host)")
            }
            if hosts[host].instance.status != .active { complaints.append("a task on DRAINING \(host)") }
        }
    }
}
