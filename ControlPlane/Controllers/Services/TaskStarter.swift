package import ControlPlaneState
package import FoundationEssentials
package import Placement
package import ServiceScheduler

/// Tasks of one deployment or task set that are to be started, all alike.
package struct ServiceLaunch: Sendable {
    package enum Place: Sendable, Hashable {
        /// As the service's strategies and constraints say.
        case anywhere
        /// In this Availability Zone, else nowhere.
        case zone(String)
        /// There or nowhere. Its caller knows that the service may have tasks there.
        case instance(ContainerInstanceID)
    }

    package var service: ServiceRecord
    package var deployment: DeploymentID
    package var tasks: TaskConfiguration
    package var place: Place

    package init(service: ServiceRecord, deployment: DeploymentID, tasks: TaskConfiguration, place: Place) {
        self.service = service
        self.deployment = deployment
        self.tasks = tasks
        self.place = place
    }
}

/// What became of a launch.
package struct StartedTasks: Sendable {
    /// Sequence numbers.
    package var tasks: [Int]
    /// Why not all of them were started; nil if all were.
    package var obstacle: UnplacedCause?
    /// What found no instance: the others may start once one of these fits somewhere. Empty where an instance is not what
    /// they lack.
    package var unplaced: [PlacementRequest]

    package init(tasks: [Int] = [], obstacle: UnplacedCause? = nil, unplaced: [PlacementRequest] = []) {
        self.tasks = tasks
        self.obstacle = obstacle
        self.unplaced = unplaced
    }
}

/// Who knows how a task definition becomes tasks on hosts.
package protocol TaskStarter: Sendable {
    /// Places so many tasks, and puts their records.
    func start(_ count: Int, _ launch: ServiceLaunch, now: Date, _ tables: inout Tables) -> StartedTasks

    /// The instances that may have tasks of the launch by what they are: attributes, constraints and launch type. Looks at
    /// every instance of the cluster.
    func suitableInstances(_ launch: ServiceLaunch, _ tables: borrowing Tables) -> Set<ContainerInstanceID>
}
