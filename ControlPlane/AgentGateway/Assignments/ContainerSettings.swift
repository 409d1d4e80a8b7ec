import AWSModels
import AgentProtocol

extension ContainerSpecification {
    /// What the runtime is told as it is. False, empty text and empty lists ask for nothing.
    mutating func takeSettings(of container: ECS.ContainerDefinition) {
        var taken = ContainerSettings()
        taken.takeNetwork(of: container)
        taken.takeProcess(of: container)
        taken.takeKernel(of: container)
        if let parameters = container.linuxParameters { taken.takeParameters(parameters) }
        settings = taken == ContainerSettings() ? nil : taken
        dependOnLinks()
    }

    /// A container is linked to others that run: each that it does not wait for anyway it waits to START.
    ///
    /// - Source: spec/ecs-runtime.md section 2.1, "Links and volumesFrom imply an ordering edge".
    private mutating func dependOnLinks() {
        for link in settings?.links ?? [] {
            let name = String(link.prefix { $0 != ":" })
            guard dependsOn?.contains(where: { $0.containerName == name }) != true else { continue }
            dependsOn = (dependsOn ?? []) + [ContainerDependency(name, .start)]
        }
    }
}

extension ContainerSettings {
    fileprivate mutating func takeNetwork(of container: ECS.ContainerDefinition) {
        hostname = container.hostname.given
        links = container.links.given
        dnsServers = container.dnsServers.given
        dnsSearchDomains = container.dnsSearchDomains.given
        extraHosts = container.extraHosts.given?.map {
            ExtraHost(hostname: $0.hostname ?? "", ipAddress: $0.ipAddress ?? "")
        }
        disableNetworking = container.disableNetworking.given
    }

    fileprivate mutating func takeProcess(of container: ECS.ContainerDefinition) {
        privileged = container.privileged.given
        readonlyRootFilesystem = container.readonlyRootFilesystem.given
        interactive = container.interactive.given
        pseudoTerminal = container.pseudoTerminal.given
        dockerSecurityOptions = container.dockerSecurityOptions.given
    }

    fileprivate mutating func takeKernel(of container: ECS.ContainerDefinition) {
        ulimits = container.ulimits.given?.map {
            Ulimit(name: $0.name?.rawValue ?? "", softLimit: $0.softLimit ?? 0, hardLimit: $0.hardLimit ?? 0)
        }
        systemControls = container.systemControls.given?.map {
            SystemControl(namespace: $0.namespace ?? "", value: $0.value ?? "")
        }
    }

    fileprivate mutating func takeParameters(_ parameters: ECS.LinuxParameters) {
        addedCapabilities = (parameters.capabilities?.add).given
        droppedCapabilities = (parameters.capabilities?.drop).given
        devices = parameters.devices.given?.map { device in
            Device(
                hostPath: device.hostPath ?? "", containerPath: device.containerPath.given,
                permissions: device.permissions.given?.compactMap { Device.Permission(rawValue: $0.rawValue) })
        }
        initProcessEnabled = parameters.initProcessEnabled.given
        sharedMemorySizeMiB = parameters.sharedMemorySize
        tmpfs = parameters.tmpfs.given?.map {
            Tmpfs(containerPath: $0.containerPath ?? "", sizeMiB: $0.size ?? 0, mountOptions: $0.mountOptions.given)
        }
        maxSwapMiB = parameters.maxSwap
        swappiness = parameters.swappiness
    }
}

extension Optional where Wrapped: Collection {
    /// Nil for an empty one too.
    fileprivate var given: Wrapped? { flatMap { $0.isEmpty ? nil : $0 } }
}

extension Bool? {
    /// Nil for false too.
    fileprivate var given: Bool? { self == true ? true : nil }
}
