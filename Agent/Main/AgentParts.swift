import AgentConfiguration
import AgentEngine
import AgentMetadata
import AgentNetwork
import AgentResources
import AgentRuntime
import AgentSecrets
import Support

/// What this agent's engine is made of beside the engine itself: a new kind of thing that tasks may have is a line here.
struct AgentParts {
    /// In the order in which they are made.
    var resources: [any TaskResource]
    /// The last one's word counts.
    var contributors: [any LaunchContributor]
    /// One of the ``resources``, which hears from the control plane where the tasks of other hosts are.
    var interfaces: AwsvpcInterface

    /// - Parameters:
    ///   - searchPath: the agent's PATH.
    ///   - variables: where containers find their endpoints.
    init(
        _ configuration: AgentConfiguration, agentID: String, runtime: any ContainerRuntime, secrets: TaskSecrets,
        searchPath: String, variables: EndpointVariables, logger: Logger
    ) {
        // Also where it is switched off: what it made before has to be taken away.
        interfaces = AwsvpcInterface(
            configuration: configuration.awsvpc, agentID: agentID, runtime: runtime, searchPath: searchPath,
            stateDirectory: configuration.dataDirectory + "/cni", logger: logger)
        let settings = configuration.resources
        resources = [
            secrets,
            TaskVolumes(runtime: runtime, configuration: settings),
            TaskCgroup(runtime: runtime, configuration: settings, searchPath: searchPath),
            // Its pause container is made in the task's cgroup.
            interfaces,
            SharedNamespaces(agentID: agentID, runtime: runtime),
        ]
        contributors = [EnvironmentFiles(configuration: settings), LaunchSecrets(secrets), variables]
    }

    /// What task definitions may ask for because of these parts and the runtime, as ECS names it after
    /// `ecs.capability.`.
    ///
    /// - Source: spec/ecs-runtime.md section 8, "Attributes".
    static func capabilities(
        _ configuration: AgentConfiguration, _ runtime: RuntimeDescription,
        searchPath: String, _ logger: Logger
    ) -> [String] {
        var capabilities = ["env-files.s3", "pid-ipc-namespace-sharing"]
        if runtime.checksHealth { capabilities.append("container-health-check") }
        if runtime.takesSecretLogOptions {
            capabilities += ["secrets.asm.bootstrap.log-driver", "secrets.ssm.bootstrap.log-driver"]
        }
        if configuration.resources.limitsTasks { capabilities.append("task-cpu-mem-limit") }
        if canHaveInterfaces(configuration, searchPath: searchPath, logger) { capabilities.append("task-eni") }
        let drivers = Set(runtime.volumeDrivers).union([RuntimeVolume.localDriver])
        return capabilities + drivers.sorted().map { "docker-plugin.\($0)" }
    }

    private static func canHaveInterfaces(
        _ configuration: AgentConfiguration, searchPath: String, _ logger: Logger
    ) -> Bool {
        guard configuration.isTaskENIEnabled != false else { return false }
        let problem = AwsvpcInterface.problem(configuration.awsvpc, searchPath: searchPath)
        guard let problem else { return true }
        let fact = "no tasks in network mode awsvpc on this host"
        // Nobody asked for them where the setting is not there.
        if configuration.isTaskENIEnabled == true {
            logger.warning(fact, ["reason": problem])
        } else {
            logger.info(fact, ["reason": problem])
        }
        return false
    }
}
