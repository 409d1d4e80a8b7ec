import AWSModels

/// What CreateService and UpdateService can say of a service. What a request does not say is nil.
struct ServiceRequest: Sendable {
    var availabilityZoneRebalancing: ECS.AvailabilityZoneRebalancing?
    var capacityProviderStrategy: [ECS.CapacityProviderStrategyItem]?
    var deploymentConfiguration: ECS.DeploymentConfiguration?
    var deploymentController: ECS.DeploymentControllerType?
    var desiredCount: Int?
    var enableECSManagedTags: Bool?
    var enableExecuteCommand: Bool?
    var forceNewDeployment = false
    var healthCheckGracePeriodSeconds: Int?
    var launchType: ECS.LaunchType?
    var loadBalancers: [ECS.LoadBalancer]?
    var networkConfiguration: ECS.NetworkConfiguration?
    var placementConstraints: [ECS.PlacementConstraint]?
    var placementStrategy: [ECS.PlacementStrategy]?
    var platformVersion: String?
    var propagateTags: ECS.PropagateTags?
    var role: String?
    var schedulingStrategy: ECS.SchedulingStrategy?
    var serviceConnectConfiguration: ECS.ServiceConnectConfiguration?
    var serviceRegistries: [ECS.ServiceRegistry]?
    var taskDefinition: String?
    var volumeConfigurations: [ECS.ServiceVolumeConfiguration]?
    var vpcLatticeConfigurations: [ECS.VpcLatticeConfiguration]?

    init(_ input: ECS.CreateServiceRequest) {
        availabilityZoneRebalancing = input.availabilityZoneRebalancing
        capacityProviderStrategy = input.capacityProviderStrategy
        deploymentConfiguration = input.deploymentConfiguration
        deploymentController = input.deploymentController?.type
        desiredCount = input.desiredCount
        enableECSManagedTags = input.enableECSManagedTags
        enableExecuteCommand = input.enableExecuteCommand
        healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds
        launchType = input.launchType
        loadBalancers = input.loadBalancers
        networkConfiguration = input.networkConfiguration
        placementConstraints = input.placementConstraints
        placementStrategy = input.placementStrategy
        platformVersion = input.platformVersion.given
        propagateTags = input.propagateTags
        role = input.role.given
        schedulingStrategy = input.schedulingStrategy
        serviceConnectConfiguration = input.serviceConnectConfiguration
        serviceRegistries = input.serviceRegistries
        taskDefinition = input.taskDefinition.given
        volumeConfigurations = input.volumeConfigurations
        vpcLatticeConfigurations = input.vpcLatticeConfigurations
    }

    init(_ input: ECS.UpdateServiceRequest) {
        availabilityZoneRebalancing = input.availabilityZoneRebalancing
        capacityProviderStrategy = input.capacityProviderStrategy
        deploymentConfiguration = input.deploymentConfiguration
        deploymentController = input.deploymentController?.type
        desiredCount = input.desiredCount
        enableECSManagedTags = input.enableECSManagedTags
        enableExecuteCommand = input.enableExecuteCommand
        forceNewDeployment = input.forceNewDeployment ?? false
        healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds
        loadBalancers = input.loadBalancers
        networkConfiguration = input.networkConfiguration
        placementConstraints = input.placementConstraints
        placementStrategy = input.placementStrategy
        platformVersion = input.platformVersion.given
        propagateTags = input.propagateTags
        serviceConnectConfiguration = input.serviceConnectConfiguration
        serviceRegistries = input.serviceRegistries
        taskDefinition = input.taskDefinition.given
        volumeConfigurations = input.volumeConfigurations
        vpcLatticeConfigurations = input.vpcLatticeConfigurations
    }

    /// What a task set says beside the task definition, which has these rules in common with services.
    init(_ input: ECS.CreateTaskSetRequest) {
        capacityProviderStrategy = input.capacityProviderStrategy
        launchType = input.launchType
        loadBalancers = input.loadBalancers
        networkConfiguration = input.networkConfiguration
        platformVersion = input.platformVersion.given
        serviceRegistries = input.serviceRegistries
        taskDefinition = input.taskDefinition.given
    }
}
