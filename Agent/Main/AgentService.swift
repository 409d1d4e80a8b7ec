import AgentConfiguration
import AgentEngine
import AgentJournal
import AgentMetadata
import AgentNetwork
import AgentRuntime
import AgentSecrets
import AgentSession
import FoundationEssentials
import Support

#if canImport(Glibc)
    import Glibc
#endif

extension TaskEngine: HostTasks {}
extension AwsvpcInterface: PeerNetwork {}
extension TaskEngine: TaskDirectory {}

/// Why an agent cannot run, with the exit code that says so.
struct AgentFailure: Error {
    var exitCode: Int32
    var message: String
}

/// The parts of an agent, put together.
struct AgentService {
    /// DESIGN.md section 6: a clean stop within 10 seconds. What is not done by then is left to the journal.
    private static let stopDeadline: Duration = .seconds(8)

    private static let firstTrim: Duration = .seconds(5)
    private static let laterTrims: Duration = .seconds(600)

    private let configuration: AgentConfiguration
    private let logger: Logger
    private let notifySocket: String?
    private let lock: DirectoryLock
    private let engine: TaskEngine
    private let session: Session
    private let endpoints: HostEndpoints

    init(_ configuration: AgentConfiguration, environment: [String: String], logger: Logger) async throws(AgentFailure)
    {
        self.configuration = configuration
        self.logger = logger
        notifySocket = environment["NOTIFY_SOCKET"]
        lock = try Self.takeDirectory(configuration.dataDirectory)
        guard let executable = ExecutableLookup.find(configuration.runtime, searchPath: environment["PATH"] ?? "")
        else {
            throw AgentFailure(
                exitCode: 78, message: "there is no program \(configuration.runtime) in PATH; --runtime names another")
        }
        guard let connection = HTTPControlPlane(url: configuration.controlPlane, hostAddress: configuration.hostAddress)
        else {
            throw AgentFailure(exitCode: 78, message: "\(configuration.controlPlane) is no URL")
        }
        for key in configuration.unknownKeys {
            logger.info("a setting in the configuration file that this agent does not have", ["setting": key])
        }
        do {
            let agentID = try AgentIdentity.load(directory: configuration.dataDirectory)
            let (journal, setAside) = try Journal.open(directory: configuration.dataDirectory, now: Date())
            if let setAside {
                logger.error(
                    "the journal could not be read and was set aside; an empty one takes its place", ["file": setAside])
            }
            var timeouts = DockerCLI.Timeouts()
            timeouts.pull = .seconds(configuration.pullTimeoutSeconds)
            timeouts.pullInactivity = .seconds(configuration.pullInactivitySeconds)
            timeouts.start = .seconds(configuration.startTimeoutSeconds)
            timeouts.ping = configuration.housekeeping.runtimeCheckTimeout
            let dialect = try await DockerCLI.dialect(of: executable, environment: environment)
            let runtime = DockerCLI(
                executable: executable, environment: environment, agentID: agentID,
                registryDirectory: configuration.dataDirectory + "/registry", dialect: dialect, timeouts: timeouts,
                // The agent is in its data directory: the name of a socket has to be short.
                relayDirectory: "")
            var settings = EngineConfiguration(agentID: agentID)
            settings.imagePullBehavior = configuration.imagePullBehavior
            settings.pullsDependentContainersUpfront = configuration.pullsDependentContainersUpfront
            settings.stopTimeoutSeconds = configuration.stopTimeoutSeconds
            settings.cleanUpWaitSeconds = configuration.cleanUpWaitSeconds
            settings.allowsPrivileged = configuration.policy.allowsPrivileged
            configuration.housekeeping.apply(to: &settings)
            let share = configuration.share
            let portRange = share.dynamicPortRange ?? DynamicPortRange.ofKernel()
            settings.dynamicPortRange = portRange
            settings.reservedTCPPorts = share.reservedPorts
            settings.reservedUDPPorts = share.reservedUDPPorts
            settings.gpuRuntime = share.gpuRuntime
            let searchPath = environment["PATH"] ?? ""
            let secrets = TaskSecrets(
                HostSecrets(configuration: configuration.session, connection: connection, store: journal))
            let identity = try EndpointIdentity.load(directory: configuration.dataDirectory)
            let servers = TaskEndpoints(address: EndpointAddress(environment: environment), logger: logger)
            let credentials = CredentialsStore(identity: identity)
            let parts = AgentParts(
                configuration, agentID: agentID, runtime: runtime, secrets: secrets, searchPath: searchPath,
                variables: EndpointVariables(identity: identity) { servers.problem == nil }, logger: logger)
            engine = TaskEngine(
                configuration: settings, runtime: runtime, journal: journal, resources: parts.resources,
                contributors: parts.contributors,
                registries: RegistryLogins(secrets, host: configuration.registryLogins), logger: logger)
            try await engine.restore()
            session = Session(
                configuration: configuration.session, connection: connection, store: journal, tasks: engine,
                network: parts.interfaces, logger: logger, takeCredentials: credentials.take,
                describeHost: {
                    var registration = try await Self.describeHost(
                        configuration, runtime, searchPath: searchPath, servesCredentials: servers.problem == nil,
                        logger)
                    registration.attributes += DynamicPortRange.attributes(portRange)
                    if share.isGPUSupportEnabled {
                        let gpus = await Self.gpus(searchPath: searchPath, logger)
                        registration.gpuIDs = gpus.ids
                        registration.attributes += gpus.attributes
                    }
                    return registration
                })
            endpoints = HostEndpoints(
                configuration, tasks: engine, inspector: runtime, connection: session.status, identity: identity,
                credentials: credentials, servers: servers, logger: logger)
        } catch {
            throw AgentFailure(exitCode: 1, message: "\(configuration.dataDirectory): \(error)")
        }
    }

    private static func takeDirectory(_ directory: String) throws(AgentFailure) -> DirectoryLock {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw AgentFailure(exitCode: 78, message: "the data directory \(directory) cannot be made: \(error)")
        }
        // Programs that are run leave files where they are: podman's monitor an `oom` when a container has been one.
        guard chdir(directory) == 0 else {
            let reason = String(cString: strerror(errno))
            throw AgentFailure(exitCode: 78, message: "the data directory \(directory) cannot be entered: \(reason)")
        }
        do throws(DirectoryLock.Failure) {
            return try DirectoryLock(directory: directory)
        } catch {
            switch error {
            case .held: throw AgentFailure(exitCode: 1, message: "another agent uses the data directory \(directory)")
            case .system(let message): throw AgentFailure(exitCode: 78, message: message)
            }
        }
    }

    private static func describeHost(
        _ configuration: AgentConfiguration, _ runtime: DockerCLI, searchPath: String, servesCredentials: Bool,
        _ logger: Logger
    ) async throws -> InstanceRegistration {
        let description = try await runtime.describe()
        let facts = try HostFacts.read()
        let attributes = HostFacts.attributes(
            architecture: facts.architecture, apiVersion: description.apiVersion,
            loggingDrivers: configuration.policy.loggingDrivers(of: description.loggingDrivers),
            features: configuration.policy.securityFeatures + (servesCredentials ? EndpointVariables.features : []),
            capabilities: AgentParts.capabilities(
                configuration, description, searchPath: searchPath, logger),
            availabilityZone: configuration.availabilityZone)
        return InstanceRegistration(
            cluster: configuration.session.cluster, cpuUnits: facts.processorCount * 1024,
            memoryMiB: max(0, facts.memoryMiB - configuration.share.reservedMemoryMiB),
            reservedPorts: configuration.share.reservedPorts, reservedUDPPorts: configuration.share.reservedUDPPorts,
            attributes: attributes, customAttributes: configuration.attributes,
            agentVersion: AgentConfiguration.version, runtimeVersion: "DockerVersion: \(description.version)")
    }

    /// A host whose GPUs cannot be found out registers without them, as with ECS's own agent: its other tasks need none.
    private static func gpus(searchPath: String, _ logger: Logger) async -> GPUInventory {
        do throws(ControlPlaneError) {
            return try await GPUInventory.read(searchPath: searchPath)
        } catch {
            logger.error(
                "GPU support is enabled, but the host's GPUs cannot be found out; it registers without",
                ["error": error.message])
            return GPUInventory()
        }
    }

    // MARK: - Running

    private enum Ending {
        case told(Int32)
        case failed(SessionFailure)
        case engineEnded, sessionEnded, endpointsEnded, cancelled
    }

    /// - Returns: the exit code.
    func run(until stopRequests: AsyncStream<Int32>) async throws(AgentFailure) -> Int32 {
        logger.info(
            "agent starts",
            [
                "version": AgentConfiguration.version, "cluster": configuration.session.cluster,
                "controlPlane": configuration.controlPlane, "dataDirectory": configuration.dataDirectory,
            ])
        await endpoints.start()
        // Ready to work, whether or not the control plane can be reached: what runs here goes on meanwhile.
        ServiceNotifier.notify("READY=1", socketPath: notifySocket)
        let code = await withTaskGroup(of: Ending.self) { group in
            group.addTask { [engine] in
                await engine.run()
                return .engineEnded
            }
            group.addTask { [endpoints] in
                await endpoints.run()
                return .endpointsEnded
            }
            group.addTask { [session, notifySocket] in
                do throws(SessionFailure) {
                    try await session.run {
                        ServiceNotifier.notify("STATUS=Registered with the control plane", socketPath: notifySocket)
                    }
                    return .sessionEnded
                } catch {
                    return .failed(error)
                }
            }
            group.addTask {
                await trimResidentSet()
                return .cancelled
            }
            group.addTask {
                for await number in stopRequests { return .told(number) }
                return .told(0)
            }
            let code = exitCode(await group.next())
            ServiceNotifier.notify("STOPPING=1", socketPath: notifySocket)
            group.cancelAll()
            await drain(&group)
            return code
        }
        logger.info("agent stops; containers keep running", ["exitCode": "\(code)"])
        // To here: the lock is what keeps a second agent out.
        withExtendedLifetime(lock) {}
        return code
    }

    /// Once what starting takes is done, and then from time to time: a busy hour leaves more than a quiet one needs.
    private func trimResidentSet() async {
        var pause = Self.firstTrim
        while (try? await Task.sleep(for: pause)) != nil {
            let bytes = ResidentSet.trim()
            logger.debug("dropped pages that are not needed any more", ["bytes": "\(bytes)"])
            pause = Self.laterTrims
        }
    }

    private func exitCode(_ ending: Ending?) -> Int32 {
        switch ending {
        case .told(let number):
            logger.info("told to stop", ["signal": "\(number)"])
            return 0
        case .failed(let failure):
            logger.error(failure.message)
            return 78
        case .engineEnded, .sessionEnded, .endpointsEnded, .cancelled, nil:
            logger.error("a part of the agent ended by itself")
            return 1
        }
    }

    /// Waits for the parts to end, but not longer than a stop may take.
    private func drain(_ group: inout TaskGroup<Ending>) async {
        let deadline = Task.detached { [logger] in
            guard (try? await Task.sleep(for: Self.stopDeadline)) != nil else { return }
            logger.warning("not everything ended in time; the journal knows what was under way")
            exit(0)
        }
        for await _ in group {}
        deadline.cancel()
    }
}
