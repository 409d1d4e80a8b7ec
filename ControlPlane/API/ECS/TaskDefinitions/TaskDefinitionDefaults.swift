import AWSModels
import FoundationEssentials

extension ECS.TaskDefinition {
    /// What a registration becomes: the request as it came, with the defaults that ECS fills in.
    ///
    /// - Source: ECS core rules, section 6, "Register response defaults".
    init(registering request: ECS.RegisterTaskDefinitionRequest, registeredAt: Date, registeredBy: String) {
        self.init()
        family = request.family
        networkMode = request.networkMode
        containerDefinitions = (request.containerDefinitions ?? []).map { $0.filled(networkMode: request.networkMode) }
        volumes = request.volumes ?? []
        placementConstraints = request.placementConstraints ?? []
        requiresCompatibilities = request.requiresCompatibilities
        runtimePlatform = request.runtimePlatform
        enableFaultInjection = request.enableFaultInjection
        compatibilities = TaskDefinitionRule.compatibilities(of: request)
        requiresAttributes = []
        self.registeredAt = registeredAt
        self.registeredBy = registeredBy
    }
}

extension ECS.ContainerDefinition {
    fileprivate func filled(networkMode: ECS.NetworkMode?) -> Self {
        var container = self
        container.cpu = cpu ?? 0
        container.essential = essential ?? true
        container.environment = environment ?? []
        container.mountPoints = mountPoints ?? []
        container.volumesFrom = volumesFrom ?? []
        container.systemControls = systemControls ?? []
        container.portMappings = (portMappings ?? []).map { mapping in
            var mapping = mapping
            mapping.protocol = mapping.protocol ?? .tcp
            mapping.hostPort = networkMode == .host ? mapping.containerPort : mapping.hostPort ?? 0
            return mapping
        }
        return container
    }
}
