import AWSModels
import FoundationEssentials

extension ECS.ContainerInstanceHealthStatus {
    /// What is true of every instance: agents do not report the health of the container runtime, and that one is
    /// connected, or that its tasks run, would not prove it.
    ///
    /// - Source: API Reference, ContainerInstanceHealthStatus.
    static func unknown(since registeredAt: Date) -> Self {
        Self(
            details: [
                ECS.InstanceHealthCheckResult(
                    lastStatusChange: registeredAt, lastUpdated: registeredAt, status: .insufficientData,
                    statusReason: "The agent does not report the health of its container runtime.",
                    type: .containerRuntime)
            ], overallStatus: .insufficientData)
    }
}
