import ControlPlaneState
import FoundationEssentials
import ServiceScheduler

/// What the scheduler remembers, from the records that keep it and into them.
extension ServiceState {
    init(_ record: ServiceSchedulingRecord?) {
        self.init()
        guard let record else { return }
        desiredCount = record.desiredCount
        rebalancing = record.rebalancing
        notices = record.notices.compactMap { notice in
            Notice.Kind(rawValue: notice.kind).map { Notice(kind: $0, cause: notice.cause, toldAt: notice.toldAt) }
        }
    }
}

extension ServiceSchedulingRecord {
    init(of service: ServiceRecord, _ state: ServiceState) {
        self.init(service: service.id)
        if service.configuration.schedulingStrategy == .daemon { desiredCount = state.desiredCount }
        rebalancing = state.rebalancing
        notices = state.notices.map { .init(kind: $0.kind.rawValue, cause: $0.cause, toldAt: $0.toldAt) }
    }
}

extension DeploymentState {
    init(_ record: DeploymentRecord) {
        self.init()
        desiredCount = record.desiredCount
        rolloutState = .init(record.rolloutState)
        rolloutStateReason = record.rolloutStateReason
        circuitBreaker = .init(record.scheduling.circuitBreaker)
        backOff = .init(record.scheduling.backOff)
    }

    init(_ record: TaskSetRecord) {
        self.init()
        circuitBreaker = .init(record.scheduling.circuitBreaker)
        backOff = .init(record.scheduling.backOff)
        stabilityStatus = record.stabilityStatus == .steadyState ? .steadyState : .stabilizing
        stabilityStatusAt = record.stabilityStatusAt
    }
}

extension DeploymentRecord {
    /// Takes over what the scheduler remembers; what it decides is carried out besides.
    mutating func remember(_ state: DeploymentState) {
        desiredCount = state.desiredCount
        scheduling.remember(state)
    }
}

extension TaskSetRecord {
    /// Takes over what the scheduler remembers and found out.
    mutating func remember(_ state: DeploymentState) {
        stabilityStatus = state.stabilityStatus == .steadyState ? .steadyState : .stabilizing
        stabilityStatusAt = state.stabilityStatusAt ?? stabilityStatusAt
        scheduling.remember(state)
    }
}

extension SchedulingMemory {
    fileprivate mutating func remember(_ state: DeploymentState) {
        circuitBreaker.stage = state.circuitBreaker.stage == .starting ? .starting : .checking
        circuitBreaker.failureCount = state.circuitBreaker.failureCount
        circuitBreaker.status = .init(state.circuitBreaker.status)
        backOff.failedAttempts = state.backOff.failedAttempts
        backOff.notBefore = state.backOff.notBefore
        backOff.failedInstances = state.backOff.failedInstances.map { ContainerInstanceID($0) }
    }
}

extension SchedulingMemory.CircuitBreaker.Status {
    fileprivate init(_ status: CircuitBreakerState.MonitoringStatus) {
        self =
            switch status {
            case .disabled: .disabled
            case .monitoring: .monitoring
            case .complete: .complete
            case .triggered: .triggered
            }
    }
}

extension CircuitBreakerState {
    fileprivate init(_ record: SchedulingMemory.CircuitBreaker) {
        self.init()
        stage = record.stage == .starting ? .starting : .checking
        failureCount = record.failureCount
        status =
            switch record.status {
            case .disabled: .disabled
            case .monitoring: .monitoring
            case .complete: .complete
            case .triggered: .triggered
            }
    }
}

extension BackOffState {
    fileprivate init(_ record: SchedulingMemory.BackOff) {
        self.init()
        failedAttempts = record.failedAttempts
        notBefore = record.notBefore
        failedInstances = record.failedInstances.map(\.rawValue)
    }
}

extension RolloutState {
    fileprivate init(_ state: DeploymentRecord.RolloutState) {
        self =
            switch state {
            case .inProgress: .inProgress
            case .completed: .completed
            case .failed: .failed
            }
    }
}
