package import FoundationEssentials

/// What is to be done for a service now.
///
/// The loop carries out all of ``actions`` in their order, and keeps the states, in one transaction. What was carried
/// out may be followed by more (a rollback by the start of its tasks), so it plans again until there are no actions:
/// once or twice more. Then the plan stays the same until something happens or ``wakeAt`` comes.
package struct Plan: Sendable {
    package var actions: [Action] = []
    /// When the plan could change although nothing happens. Nil: never.
    package var wakeAt: Date?
    /// To be kept with the service, if it changed.
    package var service: ServiceState
    /// To be kept with the deployments, if they changed; in the order of ``Service/deployments``.
    package var deployments: [DeploymentState]
}

package enum Action: Hashable, Sendable {
    /// Place and start so many tasks of the deployment, then post ``ServiceEvent/started(_:)``, or, in a zone,
    /// ``ServiceEvent/startedForBalance(_:deployment:zone:)``. If one cannot be placed, why is noted as
    /// ``Deployment/unplaced``; on an instance, as ``Instance/daemonRefusedAt`` as well.
    case start(count: Int, of: DeploymentKey, on: StartPlace, because: StartCause)
    /// Set the tasks' desired status to STOPPED, with stop code `ServiceSchedulerInitiated` and the text of `because`.
    case stop([TaskKey], of: DeploymentKey, because: StopCause)
    /// Its rolloutState is COMPLETED now.
    case complete(DeploymentKey)
    /// Its rolloutState is FAILED now, and no more of its tasks are started.
    case fail(DeploymentKey)
    /// The target is PRIMARY again, with ``Deployment/isRollback`` and a state that begins anew; if it is not among the
    /// deployments any more, a new one of its service revision. `from` was failed in the same plan.
    case rollBack(from: DeploymentKey, to: RollbackTarget)
    /// It has no tasks left and leaves `deployments`, or `taskSets`.
    case remove(DeploymentKey)
    /// The service is INACTIVE now.
    case deactivate
    case post(ServiceEvent)
}

package enum StartPlace: Hashable, Sendable {
    /// As the service's strategies and constraints say.
    case anywhere
    /// In this one of ``Service/balancedZones``, else nowhere.
    case zone(Int)
    /// On this one of the instances, else nowhere.
    case instance(Int)
}

/// Why tasks are started.
package enum StartCause: Hashable, Sendable {
    /// The deployment is being rolled out.
    case deployment
    /// A task is missing: it stopped, its host is lost, or the desired count grew.
    case missing
    /// In place of tasks that are unhealthy, or whose instance is DRAINING.
    case replacement
    case zoneBalance
}

/// Why tasks are stopped.
package enum StopCause: Hashable, Sendable {
    /// There are more than there should be.
    case scaleIn
    /// A later deployment takes over.
    case deployment
    /// Their instance is DRAINING.
    case draining
    /// A DAEMON's instance may not have one any more.
    case constraint
    case zoneBalance
    /// The service, or the task set, was deleted.
    case deletion
    case containerHealth
    case targetHealth
}
