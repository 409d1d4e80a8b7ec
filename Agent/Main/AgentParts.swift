import AgentEngine
import AgentMetadata
import AgentResources
import AgentRuntime
import AgentSecrets

/// What this agent's engine is made of beside the engine itself: a new kind of thing that tasks may have is a line here.
struct AgentParts {
    /// In the order in which they are made.
    var resources: [any TaskResource]
    /// The last one's word counts.
    var contributors: [any LaunchContributor]

    /// - Parameters:
    ///   - searchPath: the agent's PATH.
    ///   - variables: where containers find their endpoints.
    init(
        _ configuration: ResourceConfiguration, runtime: any ContainerRuntime, secrets: TaskSecrets, searchPath: String,
        variables: EndpointVariables
    ) {
        resources = [
            secrets,
            TaskVolumes(runtime: runtime, configuration: configuration),
            TaskCgroup(runtime: runtime, configuration: configuration, searchPath: searchPath),
        ]
        contributors = [EnvironmentFiles(configuration: configuration), EnvironmentSecrets(secrets), variables]
    }

    /// What task definitions may ask for because of these parts and the runtime, as ECS names it after
    /// `ecs.capability.`.
    ///
    /// - Source: spec/ecs-runtime.md section 8, "Attributes".
    static func capabilities(_ configuration: ResourceConfiguration, _ runtime: RuntimeDescription) -> [String] {
        var capabilities = ["env-files.s3", "pid-ipc-namespace-sharing"]
        if runtime.checksHealth { capabilities.append("container-health-check") }
        if configuration.limitsTasks { capabilities.append("task-cpu-mem-limit") }
        let drivers = Set(runtime.volumeDrivers).union([RuntimeVolume.localDriver])
        return capabilities + drivers.sorted().map { "docker-plugin.\($0)" }
    }
}
