import AWSModels
import ControlPlaneState
import FoundationEssentials

extension ContainerInstanceRecord {
    /// What the agent says of its container runtime. Of a host that is not connected nobody knows.
    ///
    /// - Source: API Reference, ContainerInstanceHealthStatus.
    var healthStatus: ECS.ContainerInstanceHealthStatus {
        let check = ECS.InstanceHealthCheckResult(
            lastStatusChange: runtimeCheck.changedAt, lastUpdated: runtimeCheck.updatedAt,
            status: runtimeCheck.state, statusReason: runtimeCheck.reason, type: .containerRuntime)
        return ECS.ContainerInstanceHealthStatus(details: [check], overallStatus: runtimeCheck.state)
    }

    private struct Check {
        var state: ECS.InstanceHealthCheckState
        var reason: String?
        var changedAt: Date
        var updatedAt: Date
    }

    private var runtimeCheck: Check {
        guard agentConnected else {
            return Check(
                state: .insufficientData, reason: "The agent is not connected.", changedAt: connectivityAt,
                updatedAt: connectivityAt)
        }
        guard let health = runtimeHealth else {
            return Check(
                state: .insufficientData, reason: "The agent has not said how its container runtime is.",
                changedAt: registeredAt, updatedAt: registeredAt)
        }
        return Check(
            state: health.isImpaired ? .impaired : .ok, reason: health.reason, changedAt: health.changedAt,
            updatedAt: health.updatedAt)
    }
}
