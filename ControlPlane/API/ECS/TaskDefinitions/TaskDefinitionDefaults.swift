import AWSModels
import FoundationEssentials

extension ECS.TaskDefinition {
    /// What a registration becomes: the request as it came, with the defaults that ECS fills in.
    ///
    /// - Source: ECS core rules, section 6, "Register response defaults".
    init(registering request: ECS.RegisterTaskDefinitionRequest, registeredAt: Date, registeredBy: String) {
        self.init()
        let size = TaskSize(of: request)
        family = request.family
        taskRoleArn = request.taskRoleArn.givenText
        executionRoleArn = request.executionRoleArn.givenText
        networkMode = request.networkMode
        containerDefinitions = (request.containerDefinitions ?? []).map { $0.filled(networkMode: request.networkMode) }
        volumes = (request.volumes ?? []).map(\.filled)
        placementConstraints = request.placementConstraints ?? []
        requiresCompatibilities = request.requiresCompatibilities
        cpu = size.cpuUnits.map { String($0) }
        memory = size.memoryMiB.map { String($0) }
        pidMode = request.pidMode
        ipcMode = request.ipcMode
        proxyConfiguration = request.proxyConfiguration?.filled
        ephemeralStorage = request.ephemeralStorage
        runtimePlatform = request.runtimePlatform
        enableFaultInjection = request.enableFaultInjection
        compatibilities = TaskDefinitionRule.compatibilities(of: request)
        requiresAttributes = RequiredAttribute.names(for: self).map { ECS.Attribute(name: $0) }
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
        container.portMappings = (portMappings ?? []).map { $0.filled(networkMode: networkMode) }
        container.healthCheck = healthCheck?.filled
        return container
    }
}

extension ECS.PortMapping {
    /// Where the container has the host's ports or its own interface, the host port is the container's. A range has no
    /// host port.
    fileprivate func filled(networkMode: ECS.NetworkMode?) -> Self {
        var mapping = self
        mapping.protocol = `protocol` ?? .tcp
        guard containerPortRange == nil else { return mapping }
        mapping.hostPort = networkMode == .host || networkMode == .awsvpc ? containerPort : hostPort ?? 0
        return mapping
    }
}

extension ECS.HealthCheck {
    /// - Source: API Reference, HealthCheck: seconds, but for the number of `retries`. No `startPeriod` means none.
    fileprivate var filled: Self {
        var healthCheck = self
        healthCheck.interval = interval ?? 30
        healthCheck.timeout = timeout ?? 5
        healthCheck.retries = retries ?? 3
        return healthCheck
    }
}

extension ECS.Volume {
    /// A volume that says nothing of itself is an empty one on the host.
    fileprivate var filled: Self {
        var volume = self
        if let docker = dockerVolumeConfiguration {
            volume.dockerVolumeConfiguration?.scope = docker.scope ?? .task
        } else if let efs = efsVolumeConfiguration {
            volume.efsVolumeConfiguration?.rootDirectory = efs.rootDirectory.givenText ?? "/"
        } else if fsxWindowsFileServerVolumeConfiguration == nil, s3filesVolumeConfiguration == nil,
            configuredAtLaunch != true
        {
            volume.host = host ?? ECS.HostVolumeProperties()
        }
        return volume
    }
}

extension ECS.ProxyConfiguration {
    fileprivate var filled: Self {
        var proxy = self
        proxy.type = type ?? .appmesh
        return proxy
    }
}

extension String? {
    /// Nil for empty text too: clients send it for what they leave out.
    var givenText: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
