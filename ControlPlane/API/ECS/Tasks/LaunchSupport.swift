import AWSModels
import AWSProtocol

/// One field of ECS's task definition that agents cannot honour yet.
///
/// A definition with it can be registered and described, for that is ECS's language; running it is refused by name, so
/// that nobody waits for an effect that does not come. Whoever teaches the agent a field takes its line off this list.
///
/// What asks for nothing that would not happen anyway is not on it:
/// - `versionConsistency` is about the deployments of services: a task by itself has its image's tag resolved once.
/// - `appProtocol` and `name` of a port mapping are labels until Service Connect reads them.
/// - `requiresCompatibilities` says what the definition was checked against, not where it has to run.
/// - `executionRoleArn` names who may read the task's secrets, and there are no roles yet that could be refused them.
/// - `runtimePlatform` asks for attributes, and the placement looks for a host that has them.
struct LaunchSupport: Sendable {
    /// The field as the API names it, and the value where only some values are not supported.
    let field: String
    /// What asks for it, "", "Volume 'data': " or "Container 'web': "; nil if nothing does.
    private let asker: @Sendable (ECS.TaskDefinition) -> String?

    private static func task(_ field: String, _ asks: @escaping @Sendable (ECS.TaskDefinition) -> Bool) -> Self {
        Self(field: field) { asks($0) ? "" : nil }
    }

    private static func volume(_ field: String, _ asks: @escaping @Sendable (ECS.Volume) -> Bool) -> Self {
        Self(field: "volumes[].\(field)") { definition in
            definition.volumes?.first(where: asks).map { "Volume '\($0.name ?? "")': " }
        }
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
        .volume("efsVolumeConfiguration") { $0.efsVolumeConfiguration != nil },
        .volume("fsxWindowsFileServerVolumeConfiguration") { $0.fsxWindowsFileServerVolumeConfiguration != nil },
        .volume("s3filesVolumeConfiguration") { $0.s3filesVolumeConfiguration != nil },
        .volume("configuredAtLaunch") { $0.configuredAtLaunch == true },
        .task("proxyConfiguration") { $0.proxyConfiguration != nil },
        .task("inferenceAccelerators") { $0.inferenceAccelerators.given != nil },
        .task("ephemeralStorage") { $0.ephemeralStorage != nil },
        .task("enableFaultInjection") { $0.enableFaultInjection == true },
        .container("environmentFiles[].value in Amazon S3") { container in
            (container.environmentFiles ?? []).contains { $0.value?.hasPrefix("arn:") == true }
        },
        .container("firelensConfiguration") { $0.firelensConfiguration != nil },
        .container("credentialSpecs") { $0.credentialSpecs.given != nil },
    ]
}
