package import FoundationEssentials

/// A task of a service, as the scheduler needs it.
package struct ServiceTask: Sendable {
    package enum Phase: Sendable {
        /// PROVISIONING, PENDING or ACTIVATING, and to run.
        case pending
        /// Since `startedAt`.
        case running(since: Date)
        /// Its desired status is STOPPED, and it is not STOPPED yet. `begun`: its last status is DEACTIVATING or later.
        case stopping(begun: Bool)
        /// Shown in exactly one plan that is carried out, and dropped by the loop in the same transaction: what is
        /// counted of it (a failure to start, that it has run) is then in the state that the plan returns.
        case stopped(Ending)
    }

    /// How a STOPPED task came to its end.
    package enum Ending: Sendable, Hashable {
        /// It was RUNNING before.
        case afterRunning
        /// By itself, before it was RUNNING: its image cannot be pulled, its container exits or cannot be created.
        case failedToStart
        /// Before it was RUNNING, for a reason that is not its own: the scheduler, StopTask, its host.
        case calledOff
    }

    /// What the task definition's own health checks say of the essential containers.
    package enum ContainerHealth: UInt8, Sendable {
        /// No essential container has a check.
        case unchecked
        case unknown
        case healthy
        case unhealthy
    }

    /// What the load balancers, or a service registry, say; the worst of several.
    package enum TargetHealth: UInt8, Sendable {
        /// The service has none.
        case unused
        /// It is to be registered, and is not yet.
        case unregistered
        /// Registered, not yet checked often enough.
        case initial
        case healthy
        case unhealthy
    }

    package let key: TaskKey
    package let deployment: DeploymentKey
    /// Its place in the `instances` that go with it; nil where it has none yet, or the instance is gone.
    package let instance: Int?
    package let createdAt: Date
    package let phase: Phase
    package let containerHealth: ContainerHealth
    package let targetHealth: TargetHealth
    /// Until when scale-in and deployments leave it alone. A date that is past protects nothing.
    package let protectedUntil: Date?

    package init(
        key: TaskKey, deployment: DeploymentKey, instance: Int?, createdAt: Date, phase: Phase,
        containerHealth: ContainerHealth = .unchecked, targetHealth: TargetHealth = .unused,
        protectedUntil: Date? = nil
    ) {
        self.key = key
        self.deployment = deployment
        self.instance = instance
        self.createdAt = createdAt
        self.phase = phase
        self.containerHealth = containerHealth
        self.targetHealth = targetHealth
        self.protectedUntil = protectedUntil
    }
}
