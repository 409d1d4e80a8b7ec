/// How long a simulated host takes for what it does, and how often it fails. Ranges are drawn from uniformly, in seconds.
package struct HostBehaviour: Sendable, Hashable {
    package var startSeconds: ClosedRange<Double> = 0.5...4
    package var stopSeconds: ClosedRange<Double> = 0.1...12
    /// Nil for tasks that run until they are stopped.
    package var lifetimeSeconds: ClosedRange<Double>?
    package var failedStartProbability = 0.0
    /// From RUNNING to the first verdict of a health check.
    package var healthCheckSeconds: ClosedRange<Double> = 1...10
    /// From RUNNING, or from the first verdict, until a bad program shows it.
    package var badProgramSeconds: ClosedRange<Double> = 1...60
    /// Of each dynamic port: that a process which is not ours has it.
    package var portConflictProbability = 0.0
    /// How far its clock is ahead; negative behind.
    package var clockSkewSeconds = 0.0
    package var agentRestartSeconds: ClosedRange<Double> = 0.5...3
    package var retrySeconds: ClosedRange<Double> = 0.5...8

    package init() {}
}

/// How messages travel between hosts and the control plane.
package struct SimulatedNetwork: Sendable, Hashable {
    package var latencySeconds: ClosedRange<Double> = 0.001...0.05
    /// Of a request, and of an answer, each.
    package var lossProbability = 0.0
    /// Of a request that arrives a second time, later.
    package var duplicateProbability = 0.0
    /// How late a second copy may come, in seconds.
    package var lateSeconds: ClosedRange<Double> = 1...60
    /// When a host gives up waiting for an answer.
    package var timeoutSeconds = 10.0

    package init() {}
}
