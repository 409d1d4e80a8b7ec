import AWSProtocol
import AgentGateway
import AgentProtocol
import ControlPlaneAPI
import ControlPlaneSecrets
import ControlPlaneState
import ControlPlaneStore
import Controllers
import HTTPServer
import ServiceScheduler
import Support

/// The running control plane: builds the parts, connects them, and stops them in order.
struct ControlPlaneProcess: Sendable {
    let configuration: ControlPlaneConfiguration
    let log: Logger

    /// Serves until a signal comes or the store fails.
    ///
    /// - Throws: whatever keeps it from starting, or ends it.
    func run() async throws {
        let signals = ServiceSignals.stopRequests()
        // Every agent holds a stream, and every client a connection.
        let openFiles = OpenFileLimit.raise()
        try PrivateFile.makeDirectory(configuration.dataDirectory)
        let lock = try lockDataDirectory()
        defer { withExtendedLifetime(lock) {} }
        let state = try ClusterState(store: try SQLiteStore(path: configuration.storePath), log: log)
        try checkVPC(of: state)
        try await FirstStart(
            state: state, dataDirectory: configuration.dataDirectory, region: configuration.region, log: log
        ).run()
        log.debug("open files", ["limit": String(openFiles)])
        try await serve(state, until: signals)
        state.close()
        log.info("control plane stopped")
    }

    /// Addresses that tasks have are not taken from them: the VPC stays what it was when its first subnet was made.
    private func checkVPC(of state: ClusterState) throws {
        if let subnet = state.peek({ $0.networks.subnetForeign(to: configuration.vpc) }) {
            throw ConfigurationError.configuration(
                "--vpc-cidr is \(configuration.vpc.cidr), but the subnet \(subnet.id) of \(subnet.availabilityZone) was "
                    + "made for \(subnet.vpcCIDR); the VPC of a data directory cannot be changed")
        }
    }

    private func lockDataDirectory() throws -> DirectoryLock {
        let directory = configuration.dataDirectory
        do { return try DirectoryLock(directory: directory) } catch {
            switch error {
            case .held:
                throw ConfigurationError.configuration("another control plane uses the data directory \(directory)")
            case .system(let problem): throw ConfigurationError.configuration(problem)
            }
        }
    }

    private func serve(_ state: ClusterState, until signals: AsyncStream<Int32>) async throws {
        let arns = ARNFactory(region: configuration.region, accountID: configuration.accountID)
        let roles = RoleFiles(directory: configuration.dataDirectory + "/roles", log: log)
        let liveness = AgentLiveness(
            state: state, timeout: .seconds(configuration.agentTimeoutSeconds),
            resetTimeout: configuration.resetTimeout, log: log)
        let gateway = AgentGateway(
            state: state, arns: arns, vpc: configuration.vpc,
            settings: .init(agentTimeoutSeconds: configuration.agentTimeoutSeconds, takesSigns: true), roles: roles,
            log: log,
            secrets: try secrets(), heard: { await liveness.heard($0) }, seen: { liveness.seen($0) },
            streamEnded: { liveness.streamEnded($0) })
        state.add(observer: gateway)
        let expiry = Expiry(
            state: state,
            retention: .init(
                stoppedTaskSeconds: Double(configuration.stoppedTaskRetentionSeconds),
                stoppedTaskLimit: configuration.stoppedTaskLimit),
            log: log)
        let context = ServiceContext(state: state, arns: arns, vpc: configuration.vpc, log: log, roles: roles)
        let ecs = ECSService(context: context)
        let services = ServiceController(
            state: state, starter: ecs,
            settings: .init(
                scheduler: .init(
                    healthyAfterSeconds: Double(configuration.healthyAfterSeconds),
                    replaceAfterSeconds: Double(configuration.replaceAfterSeconds)),
                agentTimeoutSeconds: Double(configuration.agentTimeoutSeconds)),
            log: log)
        state.add(observer: services)
        let operatorServer = try startOperatorServer(state, arns)
        let server = Server(serverConfiguration, handler: api(state, arns, gateway, ecs, services).handle)
        let port = try server.start()
        let signs = signReceiver(port: port)
        log.info(
            "control plane ready",
            [
                "listen": "\(configuration.listenAddress):\(port)", "region": configuration.region,
                "auth": configuration.isAuthOn ? "on" : "off", "dataDir": configuration.dataDirectory,
            ])
        notify("READY=1")
        let failure = await withTaskGroup(of: StoreFailure?.self) { group in
            group.addTask {
                await liveness.run()
                return nil
            }
            group.addTask {
                await gateway.keepAlive()
                return nil
            }
            if let signs {
                group.addTask {
                    await signs.run { gateway.take(sign: $0) }
                    return nil
                }
            }
            group.addTask {
                await expiry.run()
                return nil
            }
            group.addTask {
                await services.run()
                return nil
            }
            group.addTask { await state.untilFailure() }
            group.addTask {
                if let signal = await signals.first(where: { _ in true }) {
                    log.info("signal received", ["signal": String(signal)])
                }
                return nil
            }
            // Whichever child ends first ends the process: none of them ends while all is well.
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        notify("STOPPING=1")
        gateway.closeAll()
        await operatorServer.stop(gracePeriod: .seconds(1))
        await server.stop(gracePeriod: .seconds(5))
        if let failure { throw failure }
    }

    /// Nil if the port is taken: agents are heard of by their requests alone then.
    private func signReceiver(port: UInt16) -> DatagramReceiver? {
        do throws(DatagramError) {
            return try DatagramReceiver(
                address: configuration.listenAddress, port: port, sizeLimit: SignOfLife.sizeLimit)
        } catch {
            log.warning("agents' datagrams cannot be received", ["error": "\(error)"])
            return nil
        }
    }

    /// For the commands that are run on this machine.
    private func startOperatorServer(_ state: ClusterState, _ arns: ARNFactory) throws -> Server {
        let accessKeys = AccessKeyService(state: state, arns: arns, log: log)
        for (user, problem) in accessKeys.unreadablePolicies() {
            log.error("a user may do nothing, for the policy cannot be read", ["user": user, "error": problem])
        }
        let socket = try OperatorSocket(dataDirectory: configuration.dataDirectory)
        var server = ServerConfiguration()
        server.unixSocketPath = socket.path
        server.threads = 1
        server.maximumConnections = 16
        let started = Server(server, handler: accessKeys.handle)
        _ = try started.start()
        return started
    }

    private func secrets() throws -> FileSecrets {
        try PrivateFile.makeDirectory(configuration.secretsDirectory)
        let secrets = FileSecrets(directory: configuration.secretsDirectory)
        if secrets.isOpenToOthers {
            log.warning("others may look into the directory of secrets", ["directory": configuration.secretsDirectory])
        }
        return secrets
    }

    private func notify(_ state: String) {
        ServiceNotifier.notify(state, socketPath: ProcessEnvironment.variables["NOTIFY_SOCKET"])
    }

    private var serverConfiguration: ServerConfiguration {
        var server = ServerConfiguration()
        server.address = configuration.listenAddress
        server.port = configuration.listenPort
        server.errorResponse = APIServer.response(to:)
        server.streamPath = AgentPath.stream
        return server
    }

    private func api(
        _ state: ClusterState, _ arns: ARNFactory, _ gateway: AgentGateway, _ ecs: ECSService,
        _ services: ServiceController
    ) -> APIServer {
        var routes = APIServer.healthRoutes(state: state)
        routes[AgentPath.join] = .init(
            "POST", access: .open { await gateway.join($0, sha256: FirstStart.digest) })
        routes[AgentPath.stream] = .init(
            "GET", access: .agents { await gateway.openStream($0, $1.principal) })
        routes[AgentPath.reports] = .init(
            "POST", access: .agents { await gateway.takeReports($0, $1.principal) })
        routes[AgentPath.secrets] = .init(
            "POST", access: .agents { await gateway.giveSecrets($0, $1.principal) })
        routes[ECSService.explainPath] = ecs.explainRoute
        routes[ECSService.servicePlanPath] = ecs.servicePlanRoute(services)
        return APIServer(
            services: [ecs.operations()], routes: routes,
            authenticator: Authenticator(state: state, arns: arns, isOn: configuration.isAuthOn), log: log)
    }
}
