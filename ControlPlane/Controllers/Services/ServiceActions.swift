import ControlPlaneState
import FoundationEssentials
import Placement
import ServiceScheduler
import Support

/// Carries out a plan, whole, in the transaction it was made in.
struct ServiceActions {
    let snapshot: ServiceSnapshot
    let plan: Plan
    let starter: any TaskStarter
    let random: RandomSource
    let now: Date

    private var id: ServiceID { snapshot.record.id }

    /// - Parameters:
    ///   - memory: what it learns of placement goes there.
    ///   - allowance: how many tasks may be started; what is over is left to the next plan.
    func carryOut(in tx: inout Tables, _ memory: inout PlacementMemory, allowance: inout Int) {
        remember(in: &tx)
        for subject in snapshot.subjects { tx.noteEndedTasks(of: subject.id) }
        for action in plan.actions { carryOut(action, in: &tx, &memory, &allowance) }
    }

    /// Before the actions, which read some of it.
    private func remember(in tx: inout Tables) {
        let scheduling = ServiceSchedulingRecord(of: snapshot.record, plan.service)
        if scheduling != tx.services.scheduling(of: id) ?? ServiceSchedulingRecord(service: id) { tx.put(scheduling) }
        for (subject, state) in zip(snapshot.subjects, plan.deployments) {
            if let old = tx.deployments[subject.id] {
                var new = old
                new.remember(state)
                guard new != old else { continue }
                new.updatedAt = now
                tx.put(new)
            } else if let old = tx.taskSets[subject.id] {
                var new = old
                new.remember(state)
                guard new != old else { continue }
                new.updatedAt = now
                tx.put(new)
            }
        }
    }

    private func carryOut(
        _ action: Action, in tx: inout Tables, _ memory: inout PlacementMemory, _ allowance: inout Int
    ) {
        switch action {
        case .start(let count, let deployment, let place, _):
            let allowed = min(count, allowance)
            allowance -= allowed
            if allowed > 0 { start(allowed, asked: count, of: deployment, on: place, &tx, &memory) }
        case .stop(let tasks, let deployment, let cause): stop(tasks, of: deployment, because: cause, &tx)
        case .complete(let deployment):
            if let subject = snapshot.subject(deployment) { tx.completeDeployment(subject.id, now: now) }
        case .fail(let deployment): fail(deployment, &tx)
        case .rollBack(let failed, _): rollBack(failed, &tx)
        case .remove(let deployment):
            guard let subject = snapshot.subject(deployment) else { return }
            tx.removeDeployment(subject.id)
            tx.removeTaskSet(subject.id)
            memory.forget(subject.id)
        case .deactivate: tx.endServiceIfDrained(id, now: now)
        case .post(let event): post(event, &tx)
        }
    }

    private func start(
        _ count: Int, asked: Int, of deployment: DeploymentKey, on place: StartPlace, _ tx: inout Tables,
        _ memory: inout PlacementMemory
    ) {
        guard let subject = snapshot.subject(deployment) else { return }
        let launchPlace: ServiceLaunch.Place =
            switch place {
            case .anywhere: .anywhere
            case .zone(let zone): .zone(snapshot.service.balancedZones[zone])
            case .instance(let instance): .instance(snapshot.instanceIDs[instance])
            }
        let launch = ServiceLaunch(
            service: snapshot.record, deployment: subject.id, tasks: subject.tasks, place: launchPlace)
        let outcome = starter.start(count, launch, now: now, &tx)
        memory.note(outcome, of: asked, of: subject.id, on: launchPlace, now: now)
        guard !outcome.tasks.isEmpty else { return }
        let keys = outcome.tasks.map { TaskKey($0) }
        if case .zone(let zone) = launchPlace {
            post(.startedForBalance(keys, deployment: subject.id.description, zone: zone), &tx)
        } else {
            post(.started(keys), &tx)
        }
    }

    private func stop(
        _ tasks: [TaskKey], of deployment: DeploymentKey, because cause: StopCause, _ tx: inout Tables
    ) {
        let name = snapshot.subject(deployment)?.id.description ?? ""
        let reason = cause.stoppedReason(deployment: name)
        for key in tasks {
            guard let task = tx.tasks[sequence: key.rawValue] else { continue }
            tx.put(task.stopping(.serviceSchedulerInitiated, reason: reason, now: now))
        }
    }

    /// A deployment that is rolled back in the same plan is given up in the same step.
    private func fail(_ deployment: DeploymentKey, _ tx: inout Tables) {
        let isRolledBack = plan.actions.contains {
            if case .rollBack(deployment, _) = $0 { true } else { false }
        }
        guard !isRolledBack, let place = snapshot.subjects.firstIndex(where: { $0.key == deployment }) else { return }
        tx.failDeployment(
            snapshot.subjects[place].id, reason: plan.deployments[place].rolloutStateReason, now: now)
    }

    /// The snapshot names a deployment to go back to only where this is possible.
    private func rollBack(_ failed: DeploymentKey, _ tx: inout Tables) {
        guard let subject = snapshot.subject(failed) else { return }
        let failure = "ECS deployment circuit breaker"
        let new = tx.rollBackDeployment(
            subject.id, failure: failure, reason: "Service deployment circuit breaker was triggered.", random: random,
            now: now)
        if new == nil { tx.failDeployment(subject.id, reason: "\(failure): tasks failed to start.", now: now) }
    }

    private func post(_ event: ServiceEvent, _ tx: inout Tables) {
        var names: [TaskKey: String] = [:]
        for key in event.tasks { names[key] = tx.tasks[sequence: key.rawValue]?.id.description }
        let message = event.message(service: id.name, names: EventNames { names[$0] ?? "" })
        tx.addEvent(message, of: id, id: random.uuid(), now: now)
    }
}

extension ServiceEvent {
    /// Those that its message names.
    fileprivate var tasks: [TaskKey] {
        switch self {
        case .started(let tasks), .stopped(let tasks), .startedForBalance(let tasks, _, _),
            .stoppedForBalance(let tasks, _, _):
            tasks
        case .failedContainerHealthChecks(let task), .failedTargetHealthChecks(let task): [task]
        default: []
        }
    }
}
