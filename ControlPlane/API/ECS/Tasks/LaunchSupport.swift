import AWSModels
import AWSProtocol

/// One field of ECS's task definition that agents cannot honour yet.
///
/// A definition with it can be registered and described, for that is ECS's language; running it is refused by name, so
/// that nobody waits for an effect that does not come. Whoever teaches the agent a field takes its line off this list.
///
/// What asks for nothing that would not happen anyway is not on it:
/// - `versionConsistency` is about the deployments of services: a task by itself has its image's tag resolved once.
/// - `startTimeout` ends the wait of those who depend on a container, and `dependsOn` is on the list.
/// - `appProtocol` and `name` of a port mapping are labels until Service Connect reads them.
/// - `requiresCompatibilities` says what the definition was checked against, not where it has to run.
/// - `runtimePlatform` asks for attributes, and the placement looks for a host that has them.
struct LaunchSupport: Sendable {
    /// The field as the API names it, and the value where only some values are not supported.
    let field: String
    /// What asks for it, "" or "Container 'web': "; nil if nothing does.
    private let asker: @Sendable (ECS.TaskDefinition) -> String?

    private static func task(_ field: String, _ asks: @escaping @Sendable (ECS.TaskDefinition) -> Bool) -> Self {
        Self(field: field) { asks($0) ? "" : nil }
    }

    private static func container(
        _ field: String, _ asks: @escaping @Sendable (ECS.ContainerDefinition) -> Bool
    ) -> Self {
        Self(field: field) { definition in
            definition.containerDefinitions?.first(where: asks).map { "Container '\($0.name ?? "")': " }
        }
    }

    /// - Throws: ClientException that names the first field that the definition asks for in vain, or
    ///   InvalidParameterException if it is an override that does.
    static func check(_ definition: ECS.TaskDefinition, with overrides: ECS.TaskOverride) throws(AWSError) {
        let effective = definition.applying(overrides)
        for support in missing {
            if let asker = support.asker(definition) {
                throw .client(
                    "\(asker)\(support.field) is not supported by this version of Stevedore: the task definition can "
                        + "be registered but not run.")
            }
            if let asker = support.asker(effective) {
                throw .invalidParameter(
                    "\(asker)\(support.field) is not supported by this version of Stevedore, and an override asks for "
                        + "it.")
            }
        }
    }

    static let missing: [Self] = [
        .task("taskRoleArn") { $0.taskRoleArn.given != nil },
        .task("executionRoleArn") { $0.executionRoleArn.given != nil },
        .task("cpu at task level") { $0.cpu.given != nil },
        .task("memory at task level") { $0.memory.given != nil },
        .task("volumes") { $0.volumes.given != nil },
        .task("pidMode") { $0.pidMode != nil },
        .task("ipcMode") { $0.ipcMode != nil },
        .task("proxyConfiguration") { $0.proxyConfiguration != nil },
        .task("inferenceAccelerators") { $0.inferenceAccelerators.given != nil },
        .task("ephemeralStorage") { $0.ephemeralStorage != nil },
        .task("enableFaultInjection") { $0.enableFaultInjection == true },
        .container("repositoryCredentials") { $0.repositoryCredentials != nil },
        .container("links") { $0.links.given != nil },
        .container("portMappings[].containerPortRange") {
            ($0.portMappings ?? []).contains { $0.containerPortRange.given != nil }
        },
        .container("restartPolicy") { $0.restartPolicy?.enabled == true },
        .container("environmentFiles") { $0.environmentFiles.given != nil },
        .container("mountPoints") { $0.mountPoints.given != nil },
        .container("volumesFrom") { $0.volumesFrom.given != nil },
        .container("linuxParameters") { $0.linuxParameters?.asksForSomething == true },
        .container("secrets") { $0.secrets.given != nil },
        .container("dependsOn") { $0.dependsOn.given != nil },
        .container("hostname") { $0.hostname.given != nil },
        .container("disableNetworking") { $0.disableNetworking == true },
        .container("privileged") { $0.privileged == true },
        .container("readonlyRootFilesystem") { $0.readonlyRootFilesystem == true },
        .container("dnsServers") { $0.dnsServers.given != nil },
        .container("dnsSearchDomains") { $0.dnsSearchDomains.given != nil },
        .container("extraHosts") { $0.extraHosts.given != nil },
        .container("dockerSecurityOptions") { $0.dockerSecurityOptions.given != nil },
        .container("interactive") { $0.interactive == true },
        .container("pseudoTerminal") { $0.pseudoTerminal == true },
        .container("ulimits") { $0.ulimits.given != nil },
        .container("logConfiguration") { $0.logConfiguration != nil },
        .container("healthCheck") { $0.healthCheck != nil },
        .container("systemControls") { $0.systemControls.given != nil },
        .container("resourceRequirements") { $0.resourceRequirements.given != nil },
        .container("firelensConfiguration") { $0.firelensConfiguration != nil },
        .container("credentialSpecs") { $0.credentialSpecs.given != nil },
    ]
}

extension ECS.LinuxParameters {
    fileprivate var asksForSomething: Bool {
        capabilities?.add.given != nil || capabilities?.drop.given != nil || devices.given != nil
            || initProcessEnabled == true || maxSwap != nil || (sharedMemorySize ?? 0) > 0 || swappiness != nil
            || tmpfs.given != nil
    }
}
