import AgentConfiguration
import AgentJournal
import AgentSession
import Support

extension AgentCommand {
    /// `stevedore-agent drain`: asks the control plane with this host's own key, which may do so for this host alone.
    ///
    /// - Source: API Reference, UpdateContainerInstancesState; spec/ecs-runtime.md section 8, "Rules".
    static let drain = AgentCommand(
        name: "drain", help: "Take this host out of service, or put it back, and stop; drain --help says more."
    ) { arguments, environment in
        do {
            let reader = DrainConfiguration.reader
            switch try reader.read(arguments: arguments, environment: environment, readFile: AgentProgram.readFile) {
            case .help: print(reader.help, terminator: "")
            case .version: print("stevedore-agent \(AgentConfiguration.version)")
            case .settings(let values): return try await drain(DrainConfiguration(values))
            }
            return 0
        } catch let error as ConfigurationError {
            Logger.standardError("stevedore-agent: \(error.message)\n")
            return error.exitCode
        } catch {
            Logger.standardError("stevedore-agent: \(error)\n")
            return 1
        }
    }

    private static func drain(_ configuration: DrainConfiguration) async throws -> Int32 {
        let directory = configuration.dataDirectory
        guard let journal = try Journal.look(directory: directory) else {
            throw ConfigurationError.configuration("\(directory): no agent has run here yet")
        }
        let host = try await journal.registration()
        guard let instance = host.containerInstanceArn, let cluster = host.cluster else {
            throw ConfigurationError.configuration("\(directory): this host is not registered with a control plane")
        }
        guard let connection = HTTPControlPlane(url: configuration.controlPlane) else {
            throw ConfigurationError.configuration("\(configuration.controlPlane.prefix(60)) is no URL")
        }
        let key = host.key.map(SigningKey.init) ?? configuration.key
        let state: InstanceState = configuration.isUndone ? .active : .draining
        let drain = Drain(
            set: { () async throws(ControlPlaneError) in
                try await connection.set(state, of: instance, cluster: cluster, key: key)
            }, tasksOnHost: { try await journal.openTaskCount() })
        switch try await drain.run(waits: configuration.waits, timeout: configuration.timeout) {
        case .set(let tasks):
            print("\(instance) is \(state.rawValue); tasks: \(tasks)")
        case .empty:
            print("\(instance) is \(state.rawValue); no task is left")
        case .timedOut(let tasks):
            Logger.standardError("stevedore-agent: time is up; tasks left: \(tasks)\n")
            return 1
        }
        return 0
    }
}
