import AWSModels

extension ECS.TaskDefinition {
    /// The task definition as one task runs it: every override put where the field itself is.
    ///
    /// Overrides of containers that the definition has not are left out; ``TaskOverrideRule`` refuses them. An empty
    /// list or text overrides nothing.
    ///
    /// - Source: API Reference, TaskOverride and ContainerOverride: `environment` adds to the definition's and wins over
    ///   it, everything else replaces.
    func applying(_ overrides: ECS.TaskOverride) -> Self {
        var definition = self
        definition.cpu = overrides.cpu.given ?? cpu
        definition.memory = overrides.memory.given ?? memory
        definition.taskRoleArn = overrides.taskRoleArn.given ?? taskRoleArn
        definition.executionRoleArn = overrides.executionRoleArn.given ?? executionRoleArn
        definition.ephemeralStorage = overrides.ephemeralStorage ?? ephemeralStorage
        for override in overrides.inferenceAcceleratorOverrides ?? [] {
            let index = definition.inferenceAccelerators?.firstIndex { $0.deviceName == override.deviceName }
            if let index { definition.inferenceAccelerators?[index].deviceType = override.deviceType }
        }
        for override in overrides.containerOverrides ?? [] {
            let index = definition.containerDefinitions?.firstIndex { $0.name == override.name }
            if let index { definition.containerDefinitions?[index].apply(override) }
        }
        return definition
    }

    /// The registration that would make this definition: what the rules of registration are asked about.
    var registration: ECS.RegisterTaskDefinitionRequest {
        var request = ECS.RegisterTaskDefinitionRequest()
        request.family = family
        request.taskRoleArn = taskRoleArn
        request.executionRoleArn = executionRoleArn
        request.networkMode = networkMode
        request.containerDefinitions = containerDefinitions
        request.volumes = volumes
        request.placementConstraints = placementConstraints
        request.requiresCompatibilities = requiresCompatibilities
        request.cpu = cpu
        request.memory = memory
        request.pidMode = pidMode
        request.ipcMode = ipcMode
        request.proxyConfiguration = proxyConfiguration
        request.inferenceAccelerators = inferenceAccelerators
        request.ephemeralStorage = ephemeralStorage
        request.runtimePlatform = runtimePlatform
        request.enableFaultInjection = enableFaultInjection
        return request
    }
}

extension ECS.ContainerDefinition {
    fileprivate mutating func apply(_ override: ECS.ContainerOverride) {
        command = override.command.given ?? command
        environmentFiles = override.environmentFiles.given ?? environmentFiles
        resourceRequirements = override.resourceRequirements.given ?? resourceRequirements
        cpu = override.cpu ?? cpu
        memory = override.memory ?? memory
        memoryReservation = override.memoryReservation ?? memoryReservation
        if let variables = override.environment.given {
            let names = Set(variables.map(\.name))
            environment = (environment ?? []).filter { !names.contains($0.name) } + variables
        }
    }
}

extension Optional where Wrapped: Collection {
    /// Nil for an empty list or text too, which in a request means the same.
    var given: Wrapped? { flatMap { $0.isEmpty ? nil : $0 } }
}
