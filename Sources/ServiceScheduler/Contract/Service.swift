package import FoundationEssentials

/// What the scheduler has to know of a service, and what it remembered of it.
package struct Service: Sendable {
    package enum Status: Sendable {
        case active
        /// DeleteService was called: its tasks are stopped, then it is INACTIVE.
        case draining
        /// Nothing is left to do.
        case inactive
    }

    package enum SchedulingStrategy: Sendable {
        case replica
        /// One task on each instance with ``Instance/canRunDaemon``; `desiredCount` of the input is ignored.
        case daemon
    }

    package enum DeploymentController: Sendable {
        /// ECS: rolling deployments.
        case ecs
        /// EXTERNAL: ``Service/deployments`` are its task sets, each with a count of its own.
        case external
    }

    package let name: String
    package var status: Status
    package let schedulingStrategy: SchedulingStrategy
    package let deploymentController: DeploymentController
    /// Not negative.
    package var desiredCount: Int
    package var deploymentConfiguration: DeploymentConfiguration
    /// How long after a task is RUNNING its failing health is ignored.
    ///
    /// - Unit: seconds. Default: 0.
    package var healthCheckGracePeriodSeconds: Double
    /// Which task goes first where all else is equal.
    package var terminationRule: TerminationRule
    /// The names of the zones in which an ACTIVE instance could take tasks of the service, if the service is to be kept
    /// balanced over them: `availabilityZoneRebalancing` is ENABLED and nothing forbids it (load balancer, launch type,
    /// constraint). Else empty. ``Instance/zone`` counts through this list.
    package var balancedZones: [String]
    /// In any order. With the ECS controller exactly one is PRIMARY.
    package var deployments: [Deployment]
    /// The newest deployment that was COMPLETED, which the circuit breaker rolls back to. It need not be among
    /// ``deployments`` any more.
    package var lastCompleted: RollbackTarget?
    /// As the last plan returned it.
    package var state: ServiceState

    package init(
        name: String, status: Status = .active, schedulingStrategy: SchedulingStrategy = .replica,
        deploymentController: DeploymentController = .ecs, desiredCount: Int,
        deploymentConfiguration: DeploymentConfiguration = .init(), healthCheckGracePeriodSeconds: Double = 0,
        terminationRule: TerminationRule = .serviceDefault, balancedZones: [String] = [], deployments: [Deployment],
        lastCompleted: RollbackTarget? = nil, state: ServiceState = ServiceState()
    ) {
        self.name = name
        self.status = status
        self.schedulingStrategy = schedulingStrategy
        self.deploymentController = deploymentController
        self.desiredCount = desiredCount
        self.deploymentConfiguration = deploymentConfiguration
        self.healthCheckGracePeriodSeconds = healthCheckGracePeriodSeconds
        self.terminationRule = terminationRule
        self.balancedZones = balancedZones
        self.deployments = deployments
        self.lastCompleted = lastCompleted
        self.state = state
    }
}

/// A deployment that was COMPLETED.
package struct RollbackTarget: Hashable, Sendable {
    package let key: DeploymentKey
    /// `ecs-svc/N`
    package let id: String

    package init(key: DeploymentKey, id: String) {
        self.key = key
        self.id = id
    }
}

/// - Source: API Reference, DeploymentConfiguration.
package struct DeploymentConfiguration: Hashable, Sendable {
    /// How many tasks stay healthy, of the desired count, rounded up.
    ///
    /// - Unit: percent. Default: 100; DAEMON 0.
    package var minimumHealthyPercent: Int
    /// How many tasks there may be, of the desired count, rounded down.
    ///
    /// - Unit: percent. Default: 200; DAEMON 100.
    package var maximumPercent: Int
    package var circuitBreaker: CircuitBreakerConfiguration

    package init(
        minimumHealthyPercent: Int = 100, maximumPercent: Int = 200,
        circuitBreaker: CircuitBreakerConfiguration = .init(isEnabled: false, rollsBack: false)
    ) {
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
        self.circuitBreaker = circuitBreaker
    }
}

/// - Source: API Reference, DeploymentCircuitBreaker.
package struct CircuitBreakerConfiguration: Hashable, Sendable {
    /// `enable`
    package var isEnabled: Bool
    /// `rollback`
    package var rollsBack: Bool

    package init(isEnabled: Bool, rollsBack: Bool) {
        self.isEnabled = isEnabled
        self.rollsBack = rollsBack
    }
}

/// Which of equal tasks goes first: what is left should be placed as the service's placement strategy would have it.
///
/// - Source: spec/ecs-scheduling.md section 2.2, "Termination with strategies".
package struct TerminationRule: Hashable, Sendable {
    package enum InstanceOrder: Hashable, Sendable {
        /// From the instance with most tasks of the service: `spread` by `instanceId`.
        case mostTasks
        /// From the instance that would have most of the resource free: `binpack`. See ``Instance/freeResource``.
        case mostFree
        case any
    }

    /// Whether the first strategy is a `spread` by an attribute, whose values ``Instance/spreadGroup`` counts: then
    /// tasks go from the group with most tasks of the service, and only within it by ``instances``.
    package var usesSpreadGroups: Bool
    package var instances: InstanceOrder

    package init(usesSpreadGroups: Bool, instances: InstanceOrder) {
        self.usesSpreadGroups = usesSpreadGroups
        self.instances = instances
    }

    /// No strategies: over the zones, then over the instances. The groups are the zones.
    package static let serviceDefault = TerminationRule(usesSpreadGroups: true, instances: .mostTasks)
}

/// One of a service's `deployments`, or one of an EXTERNAL service's `taskSets`.
package struct Deployment: Sendable {
    package enum Status: Sendable {
        case primary
        /// An earlier one that still has tasks; or a task set beside the primary one.
        case active
        /// A task set that was deleted.
        case draining
    }

    package let key: DeploymentKey
    /// `ecs-svc/N`
    package let id: String
    package var status: Status
    /// Whether it was made to roll back another: it is not rolled back itself.
    package var isRollback: Bool
    /// Only of a task set, of the service's desired count.
    ///
    /// - Unit: percent, 0 to 100.
    package var scalePercent: Double
    /// Why of the tasks that the loop was last told to start not all found an instance.
    ///
    /// The loop notes it when a placement fails, and drops it when anything changed that could let one succeed: an
    /// instance came or changed, a task of any kind was STOPPED on one, the service's placement was updated. While it
    /// is there nothing is started, as the tasks of a deployment are all alike; except that it is tried again after
    /// ``Settings/placementRetrySeconds``.
    package var unplaced: Unplaced?
    /// As the last plan returned it.
    package var state: DeploymentState

    package init(
        key: DeploymentKey, id: String, status: Status, isRollback: Bool = false, scalePercent: Double = 100,
        unplaced: Unplaced? = nil, state: DeploymentState = DeploymentState()
    ) {
        self.key = key
        self.id = id
        self.status = status
        self.isRollback = isRollback
        self.scalePercent = scalePercent
        self.unplaced = unplaced
        self.state = state
    }
}

/// That the loop could not start a task.
package struct Unplaced: Sendable {
    package let cause: UnplacedCause
    /// When it was last tried.
    package let triedAt: Date
    /// How many tasks were to be started, where it depends on their number which capacity provider gets them: more are
    /// tried at once. Else nil.
    package let count: Int?

    package init(cause: UnplacedCause, triedAt: Date, count: Int? = nil) {
        self.cause = cause
        self.triedAt = triedAt
        self.count = count
    }
}

/// - Source: spec/ecs-scheduling.md section 3.3.
package enum UnplacedCause: Hashable, Sendable {
    package enum Obstacle: Hashable, Sendable {
        case cpu
        case memory
        case port
        case agentDisconnected
        case attribute
        /// Placement's own word, such as `RESOURCE:GPU`.
        case other(String)
    }

    case noInstancesInCluster
    case noInstancesInCapacityProvider
    /// No instance has all that is needed; nil if none is closer than the others.
    case noInstanceFits(closest: ClosestInstance?)
    /// None in the zone that was to get more tasks; elsewhere there may be.
    case noInstanceFitsInZone(String)
    /// A whole clause without its full stop.
    case other(String)
    /// ECS may not act as the role that the task definition names.
    case roleNotAssumable(arn: String)

    package struct ClosestInstance: Hashable, Sendable {
        /// The last part of its ARN.
        package let id: String
        package let obstacle: Obstacle

        package init(id: String, obstacle: Obstacle) {
            self.id = id
            self.obstacle = obstacle
        }
    }
}
