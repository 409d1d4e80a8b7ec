import FoundationEssentials

/// A plan that is being made: what the rules read, and what they have decided so far.
struct Draft {
    let service: Service
    let tasks: [ServiceTask]
    let instances: [Instance]
    let now: Date
    let settings: Settings
    /// Of each task, as it will be once what was decided so far is carried out.
    private(set) var standings: [Standing]
    /// The place of each task's deployment in the service's list; nil if it is not there any more.
    let deployments: [Int?]
    var actions: [Action] = []
    var state: ServiceState
    var deploymentStates: [DeploymentState]
    var alarm: Alarm
    /// RUNNING tasks that are stopped by this plan, for one event about all of them.
    private var stoppedRunning: [TaskKey] = []
    /// Whether the plan ends in a rollback, before which nothing else makes sense.
    var isRollingBack = false

    init(service: Service, tasks: [ServiceTask], instances: [Instance], now: Date, settings: Settings) {
        self.service = service
        self.tasks = tasks
        self.instances = instances
        self.now = now
        self.settings = settings
        state = service.state
        deploymentStates = service.deployments.map(\.state)
        deployments = Self.places(of: tasks, in: service.deployments)
        var alarm = Alarm(now: now)
        standings = tasks.map {
            HealthRule.standing(
                of: $0, service: service, instances: instances, now: now, settings: settings, alarm: &alarm)
        }
        self.alarm = alarm
    }

    private static func places(of tasks: [ServiceTask], in deployments: [Deployment]) -> [Int?] {
        // Tasks of a deployment come in runs, and there are few deployments.
        var last: (key: DeploymentKey, place: Int?)?
        return tasks.map { task in
            if let last, last.key == task.deployment { return last.place }
            let place = deployments.firstIndex { $0.key == task.deployment }
            last = (task.deployment, place)
            return place
        }
    }

    // MARK: Reading

    /// The place of the PRIMARY deployment.
    var primary: Int? { service.deployments.firstIndex { $0.status == .primary } }

    func instance(of task: Int) -> Instance? { tasks[task].instance.map { instances[$0] } }

    func isProtected(_ task: Int) -> Bool { tasks[task].protectedUntil.map { now < $0 } ?? false }

    /// Whether its host could say that the task has stopped.
    func isReachable(_ task: Int) -> Bool {
        instance(of: task).map { !LostHosts.isLost($0, now: now, settings: settings) } ?? true
    }

    /// Those that are not protected; sets the alarm for when others are not any more.
    mutating func unprotected(_ chosen: [Int]) -> [Int] {
        for task in chosen where isProtected(task) {
            if let end = tasks[task].protectedUntil { alarm.set(end) }
        }
        return chosen.filter { !isProtected($0) }
    }

    // MARK: Deciding

    /// Stops those of the tasks that are not stopped yet, all of one deployment or not.
    mutating func stop(_ chosen: [Int], because cause: StopCause) {
        var run: [TaskKey] = []
        var runDeployment: DeploymentKey?
        for task in chosen where standings[task].isToRun {
            let deployment = tasks[task].deployment
            if let key = runDeployment, key != deployment {
                actions.append(.stop(run, of: key, because: cause))
                run = []
            }
            runDeployment = deployment
            run.append(tasks[task].key)
            if case .running = tasks[task].phase, cause != .zoneBalance { stoppedRunning.append(tasks[task].key) }
            standings[task] = .stopping
        }
        if let key = runDeployment { actions.append(.stop(run, of: key, because: cause)) }
    }

    mutating func start(_ count: Int, of deployment: Int, on place: StartPlace, because cause: StartCause) {
        guard count > 0 else { return }
        actions.append(.start(count: count, of: service.deployments[deployment].key, on: place, because: cause))
    }

    mutating func post(_ event: ServiceEvent) { actions.append(.post(event)) }

    /// Tells which tasks were stopped, after what made the scheduler stop them and before what follows from it.
    mutating func postStopped() {
        guard !stoppedRunning.isEmpty else { return }
        post(.stopped(stoppedRunning))
        stoppedRunning = []
    }

    mutating func finish() -> Plan {
        postStopped()
        Notices.forget(in: &self)
        return Plan(actions: actions, wakeAt: alarm.date, service: state, deployments: deploymentStates)
    }

    /// Notices that were raised, or are neither to be raised nor to be forgotten, in this plan.
    var liveNotices: Set<Notice.Kind> = []
}

/// The earliest instant at which something changes by itself.
struct Alarm {
    let now: Date
    private(set) var date: Date?

    init(now: Date) { self.now = now }

    mutating func set(_ candidate: Date) {
        guard candidate > now else { return }
        date = date.map { min($0, candidate) } ?? candidate
    }
}
