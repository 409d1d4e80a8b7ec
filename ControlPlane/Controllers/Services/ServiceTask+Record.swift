import AWSModels
import ControlPlaneState
import FoundationEssentials
import ServiceScheduler

extension ServiceTask {
    /// - Parameters:
    ///   - instance: its place in the list that goes with it.
    ///   - isChecked: whether an essential container of its definition has a health check.
    init(_ record: TaskRecord, of deployment: DeploymentKey, on instance: Int?, isChecked: Bool) {
        self.init(
            key: TaskKey(record.sequence), deployment: deployment, instance: instance, createdAt: record.createdAt,
            phase: Phase(record), containerHealth: ContainerHealth(record, isChecked: isChecked),
            protectedUntil: record.protectionExpiresAt)
    }
}

extension ServiceTask.Phase {
    fileprivate init(_ record: TaskRecord) {
        self =
            if record.lastStatus == .stopped {
                .stopped(ServiceTask.Ending(record))
            } else if record.desiredStatus == .stopped {
                .stopping(begun: record.lastStatus >= .deactivating)
            } else if record.lastStatus >= .running {
                .running(since: record.startedAt ?? record.createdAt)
            } else {
                .pending
            }
    }
}

extension ServiceTask.Ending {
    /// What a host says of an end without a code is taken for the task's own fault.
    fileprivate init(_ record: TaskRecord) {
        if record.startedAt != nil {
            self = .afterRunning
            return
        }
        switch record.stopCode {
        case .serviceSchedulerInitiated?, .userInitiated?, .terminationNotice?: self = .calledOff
        case .taskFailedToStart?, .essentialContainerExited?, nil: self = .failedToStart
        }
    }
}

extension ServiceTask.ContainerHealth {
    fileprivate init(_ record: TaskRecord, isChecked: Bool) {
        guard isChecked else {
            self = .unchecked
            return
        }
        self =
            switch record.healthStatus {
            case .healthy: .healthy
            case .unhealthy: .unhealthy
            default: .unknown
            }
    }
}

extension ECS.TaskDefinition {
    /// Whether an essential container has a health check; the command NONE takes an image's own check away.
    var hasHealthCheck: Bool {
        (containerDefinitions ?? []).contains { container in
            guard container.essential ?? true, let command = container.healthCheck?.command else { return false }
            return !command.isEmpty && command.first != "NONE"
        }
    }
}
