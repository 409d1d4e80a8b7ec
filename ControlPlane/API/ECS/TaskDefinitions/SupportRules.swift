import AWSModels

extension TaskDefinitionRule {
    /// Fields that ECS has and the agent cannot honour yet. They are refused by name, unless they ask for what would
    /// happen anyway.
    static let support: [Self] = [
        Self("networkMode") { $0.networkMode == .awsvpc ? unsupported("networkMode awsvpc") : nil },
        Self("requiresCompatibilities") { request in
            let supported: Set<ECS.Compatibility> = [.ec2, .external]
            return (request.requiresCompatibilities ?? []).first { !supported.contains($0) }
                .map { unsupported("requiresCompatibilities \($0.rawValue)") }
        },
        Self("runtimePlatform") { request in
            guard let family = request.runtimePlatform?.operatingSystemFamily, family != .linux else { return nil }
            return unsupported("operatingSystemFamily \(family.rawValue)")
        },
        Self("taskRoleArn, executionRoleArn, cpu, memory, …") { request in
            let given: [(String, Bool)] = [
                ("taskRoleArn", request.taskRoleArn?.isEmpty == false),
                ("executionRoleArn", request.executionRoleArn?.isEmpty == false),
                ("cpu at task level", request.cpu?.isEmpty == false),
                ("memory at task level", request.memory?.isEmpty == false),
                ("volumes", request.volumes?.isEmpty == false),
                ("placementConstraints", request.placementConstraints?.isEmpty == false),
                ("pidMode", request.pidMode != nil),
                ("ipcMode", request.ipcMode != nil),
                ("proxyConfiguration", request.proxyConfiguration != nil),
                ("inferenceAccelerators", request.inferenceAccelerators?.isEmpty == false),
                ("ephemeralStorage", request.ephemeralStorage != nil),
                ("enableFaultInjection", request.enableFaultInjection == true),
            ]
            return given.first { $0.1 }.map { unsupported($0.0) }
        },
        .container("links, secrets, volumesFrom, …") { container, _ in
            let given: [(String, Bool)] = [
                ("repositoryCredentials", container.repositoryCredentials != nil),
                ("links", container.links?.isEmpty == false),
                ("restartPolicy", container.restartPolicy?.enabled == true),
                ("environmentFiles", container.environmentFiles?.isEmpty == false),
                ("mountPoints", container.mountPoints?.isEmpty == false),
                ("volumesFrom", container.volumesFrom?.isEmpty == false),
                ("linuxParameters", container.linuxParameters != nil),
                ("secrets", container.secrets?.isEmpty == false),
                ("dependsOn", container.dependsOn?.isEmpty == false),
                ("startTimeout", container.startTimeout != nil),
                ("versionConsistency enabled", container.versionConsistency == .enabled),
                ("hostname", container.hostname?.isEmpty == false),
                ("disableNetworking", container.disableNetworking == true),
                ("privileged", container.privileged == true),
                ("readonlyRootFilesystem", container.readonlyRootFilesystem == true),
                ("dnsServers", container.dnsServers?.isEmpty == false),
                ("dnsSearchDomains", container.dnsSearchDomains?.isEmpty == false),
                ("extraHosts", container.extraHosts?.isEmpty == false),
                ("dockerSecurityOptions", container.dockerSecurityOptions?.isEmpty == false),
                ("interactive", container.interactive == true),
                ("pseudoTerminal", container.pseudoTerminal == true),
                ("ulimits", container.ulimits?.isEmpty == false),
                ("logConfiguration", container.logConfiguration != nil),
                ("healthCheck", container.healthCheck != nil),
                ("systemControls", container.systemControls?.isEmpty == false),
                ("resourceRequirements", container.resourceRequirements?.isEmpty == false),
                ("firelensConfiguration", container.firelensConfiguration != nil),
                ("credentialSpecs", container.credentialSpecs?.isEmpty == false),
            ]
            return given.first { $0.1 }.map { "Container '\(container.name ?? "")': \(unsupported($0.0))" }
        },
        .container("portMappings[].containerPortRange") { container, _ in
            for mapping in container.portMappings ?? [] {
                if mapping.containerPortRange != nil { return unsupported("containerPortRange") }
                if mapping.appProtocol != nil { return unsupported("appProtocol") }
            }
            return nil
        },
    ]

    private static func unsupported(_ what: String) -> String {
        "\(what) is not supported by this version of Stevedore."
    }
}
