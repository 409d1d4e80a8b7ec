package import AWSModels
package import FoundationEssentials

/// How tasks of a service are started: what a service revision captures, and what a task set has of its own.
package struct TaskConfiguration: Codable, Sendable, Hashable {
    package var taskDefinition: TaskDefinitionID
    /// Nil where capacity providers decide.
    package var launchType: TaskRecord.LaunchType?
    /// With names, not ARNs, and weight and base filled in. Nil for a launch type; never empty.
    package var capacityProviderStrategy: [ECS.CapacityProviderStrategyItem]?
    /// For network mode awsvpc only.
    package var networkConfiguration: ECS.NetworkConfiguration?

    package init(
        taskDefinition: TaskDefinitionID, launchType: TaskRecord.LaunchType?,
        capacityProviderStrategy: [ECS.CapacityProviderStrategyItem]?, networkConfiguration: ECS.NetworkConfiguration?
    ) {
        self.taskDefinition = taskDefinition
        self.launchType = launchType
        self.capacityProviderStrategy = capacityProviderStrategy
        self.networkConfiguration = networkConfiguration
    }
}

/// What CreateService and UpdateService say of a service, ECS's defaults filled in.
package struct ServiceConfiguration: Codable, Sendable, Hashable {
    package enum SchedulingStrategy: String, Codable, Sendable, CaseIterable {
        case replica = "REPLICA"
        case daemon = "DAEMON"
    }

    package enum DeploymentController: String, Codable, Sendable {
        case ecs = "ECS"
        case external = "EXTERNAL"
    }

    package enum TagSource: String, Codable, Sendable {
        case none = "NONE"
        case service = "SERVICE"
        case taskDefinition = "TASK_DEFINITION"
    }

    /// Nil as long as a service with task sets has no primary one, whose configuration it mirrors.
    package var tasks: TaskConfiguration?
    package var schedulingStrategy: SchedulingStrategy
    package var deploymentController: DeploymentController
    /// Of the desired count.
    package var minimumHealthyPercent: Int
    package var maximumPercent: Int
    package var isCircuitBreakerEnabled = false
    package var rollsBackOnFailure = false
    package var placementConstraints: [ECS.PlacementConstraint] = []
    package var placementStrategy: [ECS.PlacementStrategy] = []
    /// Seconds; nil is 0.
    package var healthCheckGracePeriodSeconds: Int?
    package var propagateTags = TagSource.none
    package var enableECSManagedTags = false
    package var enableExecuteCommand = false
    package var rebalancesAvailabilityZones = false

    package init(
        tasks: TaskConfiguration?, schedulingStrategy: SchedulingStrategy, deploymentController: DeploymentController,
        minimumHealthyPercent: Int, maximumPercent: Int
    ) {
        self.tasks = tasks
        self.schedulingStrategy = schedulingStrategy
        self.deploymentController = deploymentController
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
    }
}

/// A service. What changes as its tasks come and go is in records of its own: ``DeploymentRecord``,
/// ``TaskSetRecord`` and ``ServiceEventRecord``; how many of its tasks run is counted (``TaskTable``) and kept nowhere.
///
/// ```
/// ACTIVE ──DeleteService──▶ DRAINING ──none of its tasks is to run──▶ INACTIVE ──after a while──▶ gone
/// ```
package struct ServiceRecord: StoredRecord, Hashable {
    package static let kind = "service"
    package static let version = 1
    package var storeKey: String { id.description }

    package enum Status: String, Codable, Sendable, CaseIterable {
        case active = "ACTIVE"
        case draining = "DRAINING"
        case inactive = "INACTIVE"
    }

    /// A deployment that reached a steady state, which a rollback goes back to. It need not be there any more.
    package struct CompletedDeployment: Codable, Sendable, Hashable {
        package var id: DeploymentID
        package var sequence: Int
        package var revision: ServiceRevisionID
        package var taskDefinition: TaskDefinitionID

        package init(_ deployment: DeploymentRecord) {
            id = deployment.id
            sequence = deployment.sequence
            revision = deployment.revision
            taskDefinition = deployment.tasks.taskDefinition
        }
    }

    /// What CreateService was sent under a client token.
    package struct CreationToken: Codable, Sendable, Hashable {
        package var clientToken: String
        /// Of the request without its token.
        package var requestSHA256: String

        package init(clientToken: String, requestSHA256: String) {
            self.clientToken = clientToken
            self.requestSHA256 = requestSHA256
        }
    }

    package var id: ServiceID
    package var status: Status
    package var configuration: ServiceConfiguration
    /// What was asked for; 0 of a DAEMON service, whose scheduler finds it (``ServiceSchedulingRecord``).
    package var desiredCount: Int
    /// The newest one; nil until there was one.
    package var completed: CompletedDeployment?
    package var tags: [ECS.Tag]
    package var createdAt: Date
    /// The ARN of who made it.
    package var createdBy: String
    package var creationToken: CreationToken?
    /// When it became INACTIVE.
    package var endedAt: Date?

    package init(
        id: ServiceID, configuration: ServiceConfiguration, desiredCount: Int, tags: [ECS.Tag], createdAt: Date,
        createdBy: String, creationToken: CreationToken? = nil
    ) {
        self.id = id
        self.configuration = configuration
        self.desiredCount = desiredCount
        self.tags = tags
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.creationToken = creationToken
        status = .active
    }

    /// What statistics and filters count it as; capacity providers are made of EC2's instances.
    package var launchType: TaskRecord.LaunchType { configuration.tasks?.launchType ?? .ec2 }
}
