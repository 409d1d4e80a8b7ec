package import HTTPServer
package import Support
import Synchronization

/// The agent's two small servers: for tasks at 169.254.170.2, and for people and monitors of the host on port 51678.
///
/// What cannot be had (no root, no `ip` or `iptables`, a port that is taken) is said in the log and by
/// `stevedore-agent status`, and the agent goes on without it.
package final class TaskEndpoints: Sendable {
    private struct State {
        var taskServer: Server?
        var introspectionServer: Server?
        var problem: String? = "not started yet"
    }

    /// Something else on the host, a firewall that is loaded anew for one, may take the way to the address away.
    private static let repairInterval: Duration = .seconds(300)

    private let address: EndpointAddress
    private let logger: Logger
    private let state = Mutex(State())

    package init(address: EndpointAddress, logger: Logger) {
        self.address = address
        self.logger = logger
    }

    /// Why tasks do not reach their endpoints; nil if they do.
    package var problem: String? { state.withLock { $0.problem } }

    /// Listens. To be called once, before containers are started that are told where to ask.
    package func start(tasks: @escaping Server.Handler, introspection: @escaping Server.Handler) async {
        let (taskServer, problem) = await startForTasks(tasks)
        if let problem { logger.warning("tasks do not reach their endpoints on this host", ["problem": problem]) }
        let introspectionServer = Self.server("0.0.0.0", IntrospectionRequests.port, introspection)
        let introspectionProblem = Self.begin(introspectionServer)
        if let introspectionProblem {
            logger.warning("there is no introspection of this agent", ["problem": introspectionProblem])
        }
        state.withLock {
            $0 = State(
                taskServer: taskServer, introspectionServer: introspectionProblem == nil ? introspectionServer : nil,
                problem: problem)
        }
    }

    /// Keeps the way to the address open until it is cancelled. Then the servers stop.
    ///
    /// - Parameter isStillNeeded: whether containers go on that will ask again; address and rules stay for these.
    package func run(isStillNeeded: @Sendable () async -> Bool) async {
        while (try? await Task.sleep(for: Self.repairInterval)) != nil {
            guard problem == nil else { continue }
            if let problem = await makeWay() {
                logger.warning("tasks may not reach their endpoints any more", ["problem": problem])
            }
        }
        let servers = state.withLock { [$0.taskServer, $0.introspectionServer] }
        for server in servers.compactMap(\.self) { await server.stop(gracePeriod: .seconds(1)) }
        guard problem == nil, !(await isStillNeeded()) else { return }
        // Detached, since programs that a cancelled task runs are ended.
        let problem = await Task.detached { [address] in await address.remove() }.value
        if let problem { logger.warning("the address of the endpoints is still there", ["problem": problem]) }
    }

    private func startForTasks(_ handler: @escaping Server.Handler) async -> (Server?, problem: String?) {
        if let problem = await address.addAddress() { return (nil, problem) }
        let server = Self.server(EndpointAddress.address, EndpointAddress.port, handler)
        if let problem = Self.begin(server) { return (nil, problem) }
        return (server, await address.addRules())
    }

    private func makeWay() async -> String? {
        if let problem = await address.addAddress() { return problem }
        return await address.addRules()
    }

    private static func server(_ address: String, _ port: UInt16, _ handler: @escaping Server.Handler) -> Server {
        var configuration = ServerConfiguration()
        configuration.address = address
        configuration.port = port
        configuration.threads = 1
        configuration.maximumConnections = 256
        // A task on the bridge has an address of its own: it cannot shut the others out.
        configuration.maximumConnectionsPerAddress = 64
        configuration.idleTimeout = .seconds(5)
        configuration.headerLimitBytes = 8 * 1024
        configuration.bodyLimitBytes = 16 * 1024
        configuration.arrivingBodiesLimitBytes = 1024 * 1024
        // ECS's own are 5 seconds too.
        configuration.headerTimeout = .seconds(5)
        configuration.bodyTimeout = .seconds(5)
        configuration.responseTimeout = .seconds(5)
        return Server(configuration, handler: handler)
    }

    private static func begin(_ server: Server) -> String? {
        do throws(ServerError) {
            _ = try server.start()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
