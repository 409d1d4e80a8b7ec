package import AgentEngine
package import AgentJournal
package import AgentProtocol
package import AgentRuntime
import FoundationEssentials
package import Support

#if canImport(Glibc)
    import Glibc
#endif

/// The elastic network interface of a task in network mode awsvpc.
///
/// A pause container holds a network namespace of the task's own; CNI plugins put an interface with the address that the
/// control plane chose into it; and the task's containers join it, so that they share one localhost.
///
/// Everything hangs on the namespace: when it goes, by whatever end of the pause container, the kernel takes the
/// interface and the routes to it away, so that neither a crash nor a reboot leaves any of it.
///
/// - Source: spec/ecs-runtime.md section 3, "awsvpc".
package actor AwsvpcInterface: TaskResource {
    private let configuration: AwsvpcConfiguration
    private let agentID: String
    private let runtime: any ContainerRuntime
    private let plugins: CNIPlugins
    private let routes: HostRoutes
    private let forwarding: HostForwarding
    private let stateDirectory: String
    private let findNamespace: @Sendable (_ containerID: String, _ processID: Int) -> String?
    /// Whether there is anything of this kind to be done on this host.
    private let isAble: Bool
    private let patiently: RuntimePatience
    private let logger: Logger

    private var vpc: IPv4Network?
    /// The addresses of tasks whose interface is being made, there, or being taken away, by the tasks' ARNs.
    private var inUse: [String: IPv4Address] = [:]
    /// Where the slices of other hosts are.
    private var peers: [IPv4Network: IPv4Address]?
    private let routeTurns = WorkSlots(1)

    /// - Parameters:
    ///   - searchPath: where `ip` and `iptables` are, a value of PATH.
    ///   - stateDirectory: for what plugins have to remember.
    package init(
        configuration: AwsvpcConfiguration, agentID: String, runtime: any ContainerRuntime, searchPath: String,
        stateDirectory: String, logger: Logger
    ) {
        self.init(
            configuration: configuration, agentID: agentID, runtime: runtime,
            commands: SystemCommands(searchPath: searchPath), stateDirectory: stateDirectory,
            isAble: Self.problem(configuration, searchPath: searchPath) == nil, logger: logger)
    }

    init(
        configuration: AwsvpcConfiguration, agentID: String, runtime: any ContainerRuntime,
        commands: any HostCommands, stateDirectory: String, isAble: Bool = true,
        clock: any Clock<Duration> = ContinuousClock(),
        findNamespace: @escaping @Sendable (String, Int) -> String? = AwsvpcInterface.namespace, logger: Logger
    ) {
        self.configuration = configuration
        self.agentID = agentID
        self.runtime = runtime
        self.stateDirectory = stateDirectory
        self.findNamespace = findNamespace
        self.isAble = isAble
        patiently = RuntimePatience(clock: clock)
        self.logger = logger
        plugins = CNIPlugins(directory: configuration.pluginDirectory, commands: commands)
        routes = HostRoutes(commands: commands)
        forwarding = HostForwarding(commands: commands)
    }

    /// Why this host cannot give interfaces to tasks; nil if it can.
    package static func problem(_ configuration: AwsvpcConfiguration, searchPath: String) -> String? {
        guard geteuid() == 0 else { return "the agent does not run as root" }
        for program in ["ip", "iptables"] where ExecutableLookup.find(program, searchPath: searchPath) == nil {
            return "there is no program \(program) in PATH"
        }
        let missing = configuration.plugins.first { access("\(configuration.pluginDirectory)/\($0)", X_OK) != 0 }
        return missing.map { "there is no CNI plugin \($0) in \(configuration.pluginDirectory)" }
    }

    package nonisolated func isNeeded(by task: TaskAssignment) -> Bool { task.networkMode == .awsvpc }

    // MARK: - Making it

    package func provision(_ task: TaskAssignment, _ resources: inout TaskResources) async throws(ResourceError) {
        let interface = try Self.interface(of: task)
        inUse[task.taskArn] = interface.address
        vpc = interface.vpc
        do throws(HostCommandError) {
            if configuration.mode == .routed { try await forwarding.ensure(vpc: interface.vpc) }
        } catch {
            throw Self.error(error.message)
        }
        do throws(RuntimeError) {
            let launch = launch(task, interface.specification, resources)
            let pause = try await patiently { () async throws(RuntimeError) in try await runtime.runPause(launch) }
            resources.networkContainerID = pause.id
            resources.networkProcessID = try await patiently { () async throws(RuntimeError) in
                try await runtime.inspect(ids: [pause.id]).first?.processID
            }
        } catch {
            throw Self.error(error.message)
        }
        guard let namespace = namespace(of: resources) else {
            throw Self.error("its pause container ended at once")
        }
        try await connect(interface.specification, namespace)
    }

    private func launch(
        _ task: TaskAssignment, _ interface: NetworkInterfaceSpecification, _ resources: TaskResources
    ) -> ContainerLaunch {
        var launch = task.pauseLaunch(PauseContainer.network, agentID: agentID, resources)
        // The runtime keeps names and name servers with the namespace, for all containers in it.
        var settings = ContainerSettings()
        settings.hostname = interface.privateDNSName
        settings.extraHosts = [.init(hostname: interface.privateDNSName, ipAddress: interface.privateIPv4Address)]
        launch.settings = settings
        return launch
    }

    private func connect(
        _ interface: NetworkInterfaceSpecification, _ namespace: String
    ) async throws(ResourceError) {
        for link in configuration.links(for: interface, stateDirectory: stateDirectory) {
            do throws(HostCommandError) {
                try await plugins.add(link, id: interface.networkInterfaceID, namespace: namespace)
            } catch {
                // An earlier attempt may have come this far before the agent was killed.
                do throws(HostCommandError) {
                    try await plugins.delete(link, id: interface.networkInterfaceID, namespace: namespace)
                    try await plugins.add(link, id: interface.networkInterfaceID, namespace: namespace)
                } catch {
                    throw Self.error(error.message)
                }
            }
        }
    }

    // MARK: - Taking it away

    package func release(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        let interface = try? Self.interface(of: task)
        let namespace = namespace(of: resources)
        // Without a namespace the plugins find nothing to take away.
        var isDisconnected = namespace != nil
        if let specification = interface?.specification {
            for link in configuration.links(for: specification, stateDirectory: stateDirectory).reversed() {
                let isDone = await disconnect(
                    link, id: specification.networkInterfaceID, namespace: namespace ?? "")
                isDisconnected = isDisconnected && isDone
            }
        }
        do throws(RuntimeError) {
            // By its name: it may have been made without anyone having noted its id.
            try await runtime.endPause(task.runtimeName(ofContainer: PauseContainer.network))
        } catch {
            throw Self.error(error.message)
        }
        inUse[task.taskArn] = nil
        if let interface, !isDisconnected { await removeInterface(interface) }
        if inUse.isEmpty { await removeForwarding() }
    }

    /// A plugin that fails here is no reason to keep the task: the end of the namespace does the same.
    ///
    /// - Returns: whether the plugins have done it.
    private func disconnect(_ link: AwsvpcConfiguration.Link, id: String, namespace: String) async -> Bool {
        // Of a namespace that is gone tuning has nothing to restore, and leaves its notes.
        defer { unlink("\(stateDirectory)/\(id)_\(link.interface).json") }
        do throws(HostCommandError) {
            try await plugins.delete(link, id: id, namespace: namespace)
            return true
        } catch {
            logger.warning(
                "an interface goes with its namespace, since a plugin failed",
                ["networkInterface": id, "error": error.message])
            return false
        }
    }

    /// Takes away the host's end of an interface whose namespace somebody else still holds, such as a process that
    /// entered it: its next task could not have the address.
    private func removeInterface(_ interface: Interface) async {
        guard configuration.mode == .routed, !inUse.values.contains(interface.address) else { return }
        do throws(HostCommandError) {
            guard let name = try await routes.toTasks(in: interface.vpc)[interface.address] else { return }
            try await routes.removeInterface(name)
        } catch {
            // What is still there is found by the next comparison.
            logger.info(
                "an interface was not removed: it may have gone with its namespace meanwhile",
                ["address": "\(interface.address)", "error": error.message])
        }
    }

    private func removeForwarding() async {
        do throws(HostCommandError) {
            try await forwarding.remove { await self.inUse.isEmpty }
        } catch {
            logger.warning("the packet filter's rules are not removed", ["error": error.message])
        }
    }

    package func cleanUp(_ task: TaskAssignment, _ resources: TaskResources) async throws(ResourceError) {
        do throws(RuntimeError) {
            try await runtime.remove(id: task.runtimeName(ofContainer: PauseContainer.network))
        } catch {
            throw Self.error(error.message)
        }
    }

    // MARK: - Putting it right

    package func restore(_ tasks: [TaskAssignment]) async {
        for task in tasks {
            guard let interface = try? Self.interface(of: task) else { continue }
            inUse[task.taskArn] = interface.address
            vpc = interface.vpc
        }
    }

    /// Takes away what no task has, and makes anew what all tasks need.
    package func reconcile() async {
        guard isAble, configuration.mode == .routed, let vpc else { return }
        do throws(HostCommandError) {
            for (address, interface) in try await routes.toTasks(in: vpc) where !inUse.values.contains(address) {
                logger.warning(
                    "an interface belongs to no task, and is removed",
                    ["interface": interface, "address": "\(address)"])
                try await routes.removeInterface(interface)
            }
            if !inUse.isEmpty { try await forwarding.make(vpc: vpc) }
        } catch {
            logger.warning("the host's network is not put right", ["error": error.message])
        }
        if inUse.isEmpty { await removeForwarding() }
        await setRoutes()
    }

    // MARK: - Other hosts

    /// Takes in where the tasks of other hosts are.
    package func apply(_ message: NetworkMessage) async {
        vpc = IPv4Network(message.vpcCIDR) ?? vpc
        var known = message.isComplete ? [:] : peers ?? [:]
        for slice in message.slices {
            guard let network = IPv4Network(slice.cidr) else { continue }
            known[network] = slice.hostAddress.flatMap { IPv4Address($0) }
        }
        for network in message.removedCIDRs.compactMap({ IPv4Network($0) }) { known[network] = nil }
        peers = known
        await setRoutes()
    }

    /// Compares the routes that there are with those that should be.
    private func setRoutes() async {
        guard isAble, configuration.mode == .routed, peers != nil else { return }
        _ = await routeTurns.run {
            guard let wanted = peers else { return }
            do throws(HostCommandError) {
                let plan = HostRoutes.Plan(there: try await routes.toPeers(), wanted: wanted)
                for slice in plan.superfluous {
                    await attempt(slice) { () async throws(HostCommandError) in
                        try await routes.removeRoute(to: slice)
                    }
                }
                for (slice, host) in plan.missing {
                    await attempt(slice) { () async throws(HostCommandError) in
                        try await routes.setRoute(to: slice, via: host)
                    }
                }
            } catch {
                logger.warning("the routes to other hosts' tasks are not known", ["error": error.message])
            }
        }
    }

    /// One host that cannot be reached is no reason to have no route to the others.
    private func attempt(
        _ slice: IPv4Network, _ change: () async throws(HostCommandError) -> Void
    ) async {
        do throws(HostCommandError) {
            try await change()
        } catch {
            logger.warning("a route to another host's tasks is not right", ["to": "\(slice)", "error": error.message])
        }
    }

    // MARK: - What is what

    private struct Interface {
        var specification: NetworkInterfaceSpecification
        var address: IPv4Address
        var vpc: IPv4Network
    }

    private static func interface(of task: TaskAssignment) throws(ResourceError) -> Interface {
        guard let specification = task.networkInterface else {
            throw error("the control plane gave it none")
        }
        guard let address = IPv4Address(specification.privateIPv4Address),
            let vpc = IPv4Network(specification.vpcCIDR), IPv4Network(specification.subnetCIDR) != nil,
            IPv4Address(specification.gatewayIPv4Address) != nil,
            !specification.networkInterfaceID.isEmpty,
            specification.networkInterfaceID.utf8.allSatisfy({
                $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
            })
        else { throw error("what the control plane says of it cannot be read") }
        return Interface(specification: specification, address: address, vpc: vpc)
    }

    /// The path of the pause container's network namespace; nil if it does not run any more.
    private func namespace(of resources: TaskResources) -> String? {
        guard let id = resources.networkContainerID, let process = resources.networkProcessID else { return nil }
        return findNamespace(id, process)
    }

    /// The process' own, if it is still the container's: its number may be another's by now.
    static func namespace(containerID: String, processID: Int) -> String? {
        // Files under /proc have no size to read by: it is read to its end.
        guard let groups = try? Data(contentsOf: URL(filePath: "/proc/\(processID)/cgroup")),
            String(decoding: groups, as: UTF8.self).contains(containerID)
        else { return nil }
        return "/proc/\(processID)/ns/net"
    }

    private static func error(_ message: String) -> ResourceError {
        ResourceError(
            reason: "ResourceInitializationError: unable to give the task its network interface: \(message)")
    }
}
