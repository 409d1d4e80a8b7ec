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
        startedAt = report.startedAt
        stoppingAt = report.stoppingAt
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
            networkBindings: report.networkBindings.map(ECS.NetworkBinding.init), healthStatus: health,
            imageDigest: report.imageDigest)
    }
}

extension ECS.NetworkBinding {
    /// A range is one binding, without single ports.
    ///
    /// - Source: API Reference, NetworkBinding; spec/ecs-runtime.md section 3.
    init(_ binding: PortBinding) {
        self.init()
        bindIP = "0.0.0.0"
        `protocol` = ECS.TransportProtocol(rawValue: binding.transportProtocol.rawValue)
        if let count = binding.portCount {
            // An agent may say anything: numbers that are no ports must not end the process.
            containerPortRange = "\(binding.containerPort)-\(binding.containerPort &+ count &- 1)"
            hostPortRange = "\(binding.hostPort)-\(binding.hostPort &+ count &- 1)"
        } else {
            containerPort = binding.containerPort
            hostPort = binding.hostPort
        }
    }
}
