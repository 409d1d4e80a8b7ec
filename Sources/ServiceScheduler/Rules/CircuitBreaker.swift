/// When a deployment has failed.
///
///     starting ──a task is RUNNING──▶ checking
///        │ tasks that fail to start       │ tasks that are replaced because they fail their health checks
///        └──────── as many as the threshold: FAILED ────────┘──▶ with rollback: the last COMPLETED deployment again
///
/// Without rollback, or without a COMPLETED deployment, or if the deployment is itself a rollback, it stalls: nothing
/// is started until there is a new one. A circuit breaker that is not enabled counts all the same, for `failedTasks`.
///
/// - Source: spec/ecs-scheduling.md section 4.2.
package enum CircuitBreaker {
    /// How many failed tasks it takes for a deployment to fail.
    ///
    /// - Source: `min(200, max(3, ceil(0.5 × desiredCount)))`
    package static func threshold(desiredCount: Int) -> Int { min(200, max(3, (desiredCount + 1) / 2)) }

    /// Takes in what became of the deployment's tasks.
    static func account(_ place: Int, in draft: inout Draft) {
        guard draft.deploymentStates[place].rolloutState == .inProgress else { return }
        var breaker = draft.deploymentStates[place].circuitBreaker
        breaker.status = draft.service.deploymentConfiguration.circuitBreaker.isEnabled ? .monitoring : .disabled
        if breaker.stage == .starting {
            var failureCount = 0
            var hasRun = false
            for (task, deployment) in draft.deployments.enumerated() where deployment == place {
                switch draft.tasks[task].phase {
                case .running, .stopped(.afterRunning): hasRun = true
                case .stopped(.failedToStart): failureCount += 1
                case .pending, .stopping, .stopped(.calledOff): break
                }
            }
            breaker.failureCount = hasRun ? 0 : breaker.failureCount + failureCount
            if hasRun { breaker.stage = .checking }
        }
        draft.deploymentStates[place].circuitBreaker = breaker
    }

    /// Notes that so many tasks are replaced because they fail their checks.
    static func noteFailedChecks(_ count: Int, of place: Int, in draft: inout Draft) {
        guard draft.service.deploymentController == .ecs,
            draft.deploymentStates[place].rolloutState == .inProgress
        else { return }
        draft.deploymentStates[place].circuitBreaker.failureCount += count
    }

    /// Fails the deployment if it is time.
    ///
    /// - Parameter desiredCount: the service's.
    static func check(_ place: Int, desiredCount: Int, in draft: inout Draft) {
        let deployment = draft.service.deployments[place]
        let configuration = draft.service.deploymentConfiguration.circuitBreaker
        guard draft.service.deploymentController == .ecs, configuration.isEnabled,
            draft.deploymentStates[place].rolloutState == .inProgress,
            draft.deploymentStates[place].circuitBreaker.failureCount >= threshold(desiredCount: desiredCount)
        else { return }
        let target = configuration.rollsBack && !deployment.isRollback ? draft.service.lastCompleted : nil
        draft.postStopped()
        draft.deploymentStates[place].circuitBreaker.status = .triggered
        draft.deploymentStates[place].rolloutState = .failed
        draft.deploymentStates[place].rolloutStateReason =
            "ECS deployment circuit breaker: "
            + (target.map { "rolling back to deploymentId \($0.id)." } ?? "tasks failed to start.")
        draft.actions.append(.fail(deployment.key))
        draft.post(.deploymentFailed(deployment.id))
        guard let target else { return }
        draft.actions.append(.rollBack(from: deployment.key, to: target))
        draft.post(.rollingBack(to: target.id))
        draft.isRollingBack = true
    }
}
