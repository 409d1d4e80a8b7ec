import AWSModels
import AgentProtocol
import ControlPlaneState

extension TaskObservation {
    /// What a report of our agent says, in the state's own terms.
    init(_ report: TaskReport) {
        let status: TaskStatus =
            switch report.status {
            case .pending: .pending
            case .running: .running
            case .stopping: .stopping
            case .deprovisioning: .deprovisioning
            case .stopped: .stopped
            }
        let stopCode: StopCode? =
            switch report.stopCode {
            case .essentialContainerExited?: .essentialContainerExited
            case .taskFailedToStart?: .taskFailedToStart
            case nil: nil
            }
        self.init(
            status: status, stopCode: stopCode, stoppedReason: report.stoppedReason,
            pullStartedAt: report.pullStartedAt, pullStoppedAt: report.pullStoppedAt,
            executionStoppedAt: report.executionStoppedAt, containers: report.containers.map(ContainerObservation.init))
    }
}

extension ContainerObservation {
    init(_ report: ContainerReport) {
        let status: ContainerStatus =
            switch report.status {
            case .pending: .pending
            case .running: .running
            case .stopped: .stopped
            }
        let health: ECS.HealthStatus? =
            switch report.health {
            case .healthy?: .healthy
            case .unhealthy?: .unhealthy
            case .unknown?: .unknown
            case nil: nil
            }
        self.init(
            name: report.name, status: status, runtimeID: report.runtimeID, exitCode: report.exitCode,
            reason: report.reason,
            networkBindings: report.networkBindings.map { binding in
                ECS.NetworkBinding(
                    bindIP: "0.0.0.0", containerPort: binding.containerPort, hostPort: binding.hostPort,
                    protocol: ECS.TransportProtocol(rawValue: binding.transportProtocol.rawValue))
            }, healthStatus: health, imageDigest: report.imageDigest)
    }
}
