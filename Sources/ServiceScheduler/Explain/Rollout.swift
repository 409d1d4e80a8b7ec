package import FoundationEssentials

/// What the scheduler would do, step by step, if all went well: tasks that are started become healthy before the next
/// step, and tasks that are stopped are gone.
package struct Rollout: Sendable {
    package struct Step: Sendable {
        /// Without the events.
        package let actions: [Action]
        /// What they are and why, in their order.
        package let explanations: [String]
        /// Once the step is done.
        package let counts: [Count]
    }

    /// How many tasks a deployment has.
    package struct Count: Sendable, Equatable {
        /// `ecs-svc/N`
        package let deployment: String
        package let taskCount: Int
        package let healthyCount: Int
    }

    package enum Outcome: Sendable, Equatable {
        case steady
        /// The service is deleted.
        case inactive
        /// Nothing more happens by itself; the event that says so, if there is one.
        case stuck(String?)
        /// Not before then: tasks are protected, in their grace period or held back.
        case waits(until: Date)
        /// It takes more steps than were asked for.
        case unfinished
    }

    package let steps: [Step]
    package let outcome: Outcome
}

extension ServicePlanner {
    /// - Parameter service: as it would be with the change that is asked about: say, with a new PRIMARY deployment.
    /// - Parameter stepLimit: a service of many tasks with little room can take as many steps as it has tasks.
    package static func rollout(
        _ service: Service, tasks: [ServiceTask], instances: [Instance], now: Date, settings: Settings = Settings(),
        stepLimit: Int = 200
    ) -> Rollout {
        var model = OptimisticModel(service: service, tasks: tasks, instances: instances, now: now)
        var steps: [Rollout.Step] = []
        while true {
            let plan = plan(model.service, tasks: model.tasks, instances: instances, now: now, settings: settings)
            let actions = plan.actions.filter { !$0.isEvent }
            let before = model.service
            model.carryOut(plan)
            if actions.isEmpty {
                return Rollout(steps: steps, outcome: model.outcome(of: plan))
            }
            if steps.count == stepLimit { return Rollout(steps: steps, outcome: .unfinished) }
            steps.append(
                Rollout.Step(
                    actions: actions,
                    explanations: actions.compactMap { $0.explanation(of: before, instances: instances) },
                    counts: model.counts))
            if actions.contains(.deactivate) { return Rollout(steps: steps, outcome: .inactive) }
        }
    }
}

extension Action {
    fileprivate var isEvent: Bool {
        if case .post = self { return true }
        return false
    }
}

private struct OptimisticModel {
    var service: Service
    var tasks: [ServiceTask]
    let instances: [Instance]
    let now: Date

    init(service: Service, tasks: [ServiceTask], instances: [Instance], now: Date) {
        self.service = service
        self.instances = instances
        self.now = now
        self.tasks = tasks
        settle()
    }

    /// What is on its way arrives: what stops is gone, what starts is healthy.
    private mutating func settle() {
        tasks = tasks.compactMap { task in
            switch task.phase {
            case .stopping, .stopped: return nil
            case .pending: return task.healthy(since: now)
            case .running(let since):
                return HealthRule.failure(of: task) == nil ? task.healthy(since: since) : task
            }
        }
    }

    mutating func carryOut(_ plan: Plan) {
        service.state = plan.service
        for place in service.deployments.indices { service.deployments[place].state = plan.deployments[place] }
        var stopped: Set<TaskKey> = []
        for action in plan.actions {
            switch action {
            case .start(let count, let deployment, let place, _): start(count, of: deployment, on: place)
            case .stop(let keys, _, _): stopped.formUnion(keys)
            case .remove(let deployment): service.deployments.removeAll { $0.key == deployment }
            case .complete, .fail, .rollBack, .deactivate, .post: break
            }
        }
        tasks.removeAll { stopped.contains($0.key) }
        settle()
    }

    private mutating func start(_ count: Int, of deployment: DeploymentKey, on place: StartPlace) {
        let instance: Int? =
            switch place {
            case .anywhere: nil
            case .zone(let zone): instances.firstIndex { $0.zone == zone && $0.status == .active }
            case .instance(let instance): instance
            }
        for _ in 0..<count {
            let key = TaskKey((tasks.last?.key.rawValue ?? 0) + 1)
            tasks.append(
                ServiceTask(key: key, deployment: deployment, instance: instance, createdAt: now, phase: .pending))
        }
    }

    var counts: [Rollout.Count] {
        service.deployments.map { deployment in
            let own = tasks.filter { $0.deployment == deployment.key }
            return .init(
                deployment: deployment.id, taskCount: own.count,
                healthyCount: own.count { HealthRule.failure(of: $0) == nil })
        }
    }

    func outcome(of plan: Plan) -> Rollout.Outcome {
        if service.status == .inactive { return .inactive }
        if plan.service.isSteady || isSettledTaskSet(plan) { return .steady }
        let isStuck = plan.service.notices.contains { $0.kind == .stuckDeployment }
        if !isStuck, let wakeAt = plan.wakeAt { return .waits(until: wakeAt) }
        let event = isStuck ? ServiceEvent.stuckDeployment : nil
        return .stuck(event?.message(service: service.name, names: EventNames(taskID: { "\($0.rawValue)" })))
    }

    private func isSettledTaskSet(_ plan: Plan) -> Bool {
        service.deploymentController == .external
            && plan.deployments.allSatisfy { $0.stabilityStatus == .steadyState }
    }
}

extension ServiceTask {
    /// The same, with nothing against it.
    fileprivate func healthy(since: Date) -> ServiceTask {
        ServiceTask(
            key: key, deployment: deployment, instance: instance, createdAt: createdAt, phase: .running(since: since),
            containerHealth: .healthy, targetHealth: targetHealth == .unused ? .unused : .healthy,
            protectedUntil: protectedUntil)
    }
}
