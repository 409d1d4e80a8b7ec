import AWSModels

extension TaskDefinitionRule {
    /// What ECS Managed Instances have not.
    ///
    /// - Source: ECS Developer Guide, "Task definition differences for Amazon ECS Managed Instances".
    static let managedInstances: [Self] = [
        // A definition for Managed Instances that says nothing means awsvpc there; all others mean bridge.
        Self("networkMode", for: .managedInstances) { request in
            if request.networkMode == nil, request.requires(.managedInstances) { return nil }
            return (request.networkMode ?? .bridge) == .bridge
                ? "Tasks using Managed Instances do not support networkMode 'bridge'. The supported values are "
                    + "'awsvpc', "
                    + "'host' and 'none'." : nil
        },
        Self("runtimePlatform.operatingSystemFamily", for: .managedInstances) {
            $0.isWindows ? unsupported("Windows containers") : nil
        },
        Self("ephemeralStorage, ipcMode, proxyConfiguration, volumes", for: .managedInstances) { request in
            let volumes = request.volumes ?? []
            let given = [
                ("ephemeralStorage", request.ephemeralStorage != nil),
                ("ipcMode", request.ipcMode != nil),
                ("proxyConfiguration", request.proxyConfiguration != nil),
                ("dockerVolumeConfiguration", volumes.contains { $0.dockerVolumeConfiguration != nil }),
                (
                    "fsxWindowsFileServerVolumeConfiguration",
                    volumes.contains { $0.fsxWindowsFileServerVolumeConfiguration != nil }
                ),
            ]
            return given.first { $0.1 }.map { unsupported($0.0) }
        },
        .container("disableNetworking, dnsServers, dockerLabels, …", for: .managedInstances) { container, _ in
            let linux = container.linuxParameters
            let given = [
                ("disableNetworking", container.disableNetworking == true),
                ("dnsSearchDomains", container.dnsSearchDomains?.isEmpty == false),
                ("dnsServers", container.dnsServers?.isEmpty == false),
                ("dockerLabels", container.dockerLabels?.isEmpty == false),
                ("dockerSecurityOptions", container.dockerSecurityOptions?.isEmpty == false),
                ("extraHosts", container.extraHosts?.isEmpty == false),
                ("hostname", container.hostname?.isEmpty == false),
                ("links", container.links?.isEmpty == false),
                ("maxSwap", linux?.maxSwap != nil),
                ("sharedMemorySize", linux?.sharedMemorySize != nil),
                ("swappiness", linux?.swappiness != nil),
                ("tmpfs", linux?.tmpfs?.isEmpty == false),
            ]
            return given.first { $0.1 }.map { unsupported($0.0) }
        },
    ]

    private static func unsupported(_ field: String) -> String {
        "Managed Instances compatible task definitions do not support \(field)"
    }
}
