import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

/// Finds out how a service or task set starts its tasks, and checks that it can.
struct ServiceTasks: Sendable {
    let configuration: TaskConfiguration
    /// Of the task definition.
    let images: [ServiceRevisionRecord.Image]

    private init(_ configuration: TaskConfiguration, _ definition: ECS.TaskDefinition) {
        self.configuration = configuration
        images = (definition.containerDefinitions ?? []).map {
            .init(container: $0.name ?? "", image: $0.image ?? "")
        }
    }

    /// - Parameters:
    ///   - request: what it says of how tasks are started goes before what is.
    ///   - current: of the service as it is; nil for a new service or task set.
    ///   - configuration: the service's, with what the request changes.
    /// - Throws: ClientException for a task definition that is not there, not ACTIVE, or cannot be run here;
    ///   InvalidParameterException or another for the first of ``LaunchRule`` that is broken.
    init(
        _ request: ServiceRequest, current: TaskConfiguration?, configuration: ServiceConfiguration,
        in cluster: ClusterRecord, _ tables: borrowing Tables
    ) throws(AWSError) {
        let reference = request.taskDefinition ?? current?.taskDefinition.description ?? ""
        let definition = try tables.runnableTaskDefinition(reference)
        var launch = LaunchRequest(definition: definition.definition, cluster: cluster)
        if let strategy = request.capacityProviderStrategy.given {
            launch.capacityProviderStrategy = strategy
            launch.launchType = request.launchType
        } else if let launchType = request.launchType {
            launch.launchType = launchType
        } else if let current, request.capacityProviderStrategy == nil {
            launch.launchType = current.launchType.map { ECS.LaunchType(rawValue: $0.rawValue) }
            launch.capacityProviderStrategy = current.capacityProviderStrategy ?? []
        } else if current != nil {
            // An empty strategy goes back from capacity providers to the launch type.
            launch.launchType = .ec2
        }
        launch.platformVersion = request.platformVersion
        launch.networkConfiguration = request.networkConfiguration ?? current?.networkConfiguration
        launch.placementConstraints = configuration.placementConstraints
        launch.placementStrategy = configuration.placementStrategy
        try LaunchRule.check(launch)
        try LaunchSupport.check(definition.definition, with: ECS.TaskOverride())
        try tables.checkSubnets(launch.subnets)
        try Self.checkExecuteCommand(configuration, definition.definition, isNew: current == nil)
        var tasks = TaskConfiguration(
            taskDefinition: definition.id, launchType: launch.compute.recordedLaunchType,
            capacityProviderStrategy: nil, networkConfiguration: launch.networkConfiguration)
        if case .capacityProviders(let items) = launch.compute {
            tasks.launchType = nil
            tasks.capacityProviderStrategy = try CapacityProviderStrategyRule.checked(
                items, associated: cluster.capacityProviders ?? [], for: .launch)
        }
        self.init(tasks, definition.definition)
    }

    /// - Source: ECS core rules, section 8, "exec enabled, no task role".
    private static func checkExecuteCommand(
        _ configuration: ServiceConfiguration, _ definition: ECS.TaskDefinition, isNew: Bool
    ) throws(AWSError) {
        guard configuration.enableExecuteCommand, definition.taskRoleArn.given == nil else { return }
        throw .invalidParameter(
            "The service couldn't be \(isNew ? "created" : "updated") because a valid taskRoleArn is not being used. "
                + "Specify a valid task role in your task definition and try again.")
    }
}

extension LaunchRequest {
    /// Of a service or task set: whoever makes it says the rest.
    init(definition: ECS.TaskDefinition, cluster: ClusterRecord) {
        self.definition = definition
        self.cluster = cluster
    }

    /// Those in which the tasks may have their interfaces.
    var subnets: [SubnetID] {
        (networkConfiguration?.awsvpcConfiguration?.subnets ?? []).map { SubnetID($0) }
    }
}
