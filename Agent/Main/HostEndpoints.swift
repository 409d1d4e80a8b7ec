import AgentConfiguration
import AgentEngine
import AgentJournal
import AgentMetadata
import AgentRuntime
import AgentSession
import Support

/// What the agent answers on its host, put together.
struct HostEndpoints: Sendable {
    private static let tidyInterval: Duration = .seconds(60)

    private let servers: TaskEndpoints
    private let tasks: any TaskDirectory
    private let details: DetailsCache
    private let stats = StatsBook()
    private let taskRequests: TaskRequests
    private let introspection: IntrospectionRequests

    init(
        _ configuration: AgentConfiguration, tasks: any TaskDirectory, inspector: any ContainerInspector,
        connection: ConnectionStatus, identity: EndpointIdentity, credentials: CredentialsStore, servers: TaskEndpoints,
        logger: Logger
    ) {
        self.servers = servers
        self.tasks = tasks
        details = DetailsCache(inspector: inspector, logger: logger)
        taskRequests = TaskRequests(
            tasks: tasks, identity: identity, details: details, stats: stats, credentials: credentials,
            limit: RateLimit(configuration.endpoints.rate), availabilityZone: configuration.availabilityZone)
        introspection = IntrospectionRequests(
            tasks: tasks, details: details, allowsOffHost: configuration.endpoints.allowsOffHostIntrospection
        ) {
            let now = connection.snapshot
            return AgentStatus(
                version: AgentConfiguration.version, cluster: configuration.session.cluster,
                controlPlane: configuration.controlPlane, containerInstanceArn: now.containerInstanceArn,
                connection: .init(isConnected: now.isConnected, since: now.since, problem: now.problem),
                endpointProblem: servers.problem, records: await tasks.taskRecords())
        }
    }

    /// Listens. To be called before containers are started that are told where to ask.
    func start() async {
        await servers.start(tasks: taskRequests.handle, introspection: introspection.handle)
    }

    /// Works until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await servers.run { await tasks.taskRecords().contains { !$0.isStopped } }
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.tidyInterval)) != nil { await forgetContainersThatAreGone() }
            }
        }
    }

    private func forgetContainersThatAreGone() async {
        let known = Set(await tasks.taskRecords().flatMap(\.containers).compactMap(\.runtimeID))
        await details.keep(known)
        stats.keep(known)
    }
}
