package import FoundationEssentials
import Support

/// The runtime behind docker's command line, or another's that takes the same words.
///
/// A start is one process (two with a pull), a stop is one, and what happens meanwhile comes from a single
/// `docker events` that runs all the time. How many of those processes there are at once is bounded: each takes 20 MiB.
package struct DockerCLI: ContainerRuntime {
    /// How long the runtime may take for something. The names in brackets are the agent's settings.
    package struct Timeouts: Sendable {
        /// ECS_IMAGE_PULL_TIMEOUT
        package var pull: Duration = .seconds(7200)
        /// ECS_IMAGE_PULL_INACTIVITY_TIMEOUT: without any progress.
        package var pullInactivity: Duration = .seconds(60)
        /// ECS_CONTAINER_CREATE_TIMEOUT and ECS_CONTAINER_START_TIMEOUT together: both are one process here.
        package var start: Duration = .seconds(420)
        /// On top of the container's own stop time.
        package var stop: Duration = .seconds(120)
        package var query: Duration = .seconds(60)
        /// Of a call that asks for nothing but an answer.
        package var ping: Duration = .seconds(10)

        package init() {}
    }

    /// Processes at once, by kind: a slow pull or a container that ignores its stop signal must not hold up a start.
    enum Limits {
        static let pulls = 3
        static let stops = 16
        static let others = 6
        /// Identifiers in one `docker inspect`: they have to fit on a command line.
        static let inspected = 200
        /// Containers in one `docker rm`, which takes about 50 ms for each.
        static let removed = 50
        /// Labels of one container, which come with each of its events.
        static let eventLineBytes = 1 << 20
        static let bufferedEvents = 4096
        static let outputBytes = 64 << 20
    }

    let executable: String
    let environment: [String: String]
    let agentID: String
    let dialect: RuntimeDialect
    let timeouts: Timeouts
    let registryDirectory: String
    let pulls = WorkSlots(Limits.pulls)
    private let stops = WorkSlots(Limits.stops)
    let others = WorkSlots(Limits.others)
    /// What takes its time, and that nothing waits for: at most one process.
    let housekeeping = WorkSlots(1)
    /// Whether the runtime answers must be found out also when all other slots are taken by calls that do not come back.
    let pings = WorkSlots(1)
    private let pauseImage = WorkSlots(1)
    /// Nil if this runtime has no engine with a socket on this host.
    let relay: EngineRelay?
    private let directStarts: DirectStarts?

    /// - Parameters:
    ///   - executable: an absolute path.
    ///   - environment: the agent's own; what is the agent's and not docker's is left out.
    ///   - agentID: the value of ``ContainerLabels/agent``.
    ///   - registryDirectory: a directory of the agent's own for ``RegistryLogin``; made when it is first needed.
    ///   - relayDirectory: a directory of the agent's own for the socket of ``EngineRelay``; "" is the working directory.
    package init(
        executable: String, environment: [String: String], agentID: String, registryDirectory: String,
        dialect: RuntimeDialect = .docker, timeouts: Timeouts = Timeouts(), relayDirectory: String = ""
    ) {
        self.executable = executable
        self.environment = Self.inherited(environment).merging(dialect.environment) { $1 }
        self.agentID = agentID
        self.registryDirectory = registryDirectory
        self.dialect = dialect
        self.timeouts = timeouts
        let socket = dialect == .docker ? EngineRelay.engineSocket(environment) : nil
        let relay = socket.map { EngineRelay(engineSocket: $0, directory: relayDirectory, timeout: timeouts.start) }
        self.relay = relay
        directStarts = relay.map { DirectStarts(relay: $0, timeout: timeouts.start) }
    }

    private static func inherited(_ environment: [String: String]) -> [String: String] {
        environment.filter { entry in
            !["ECS_", "STEVEDORE_", "AWS_", "NOTIFY_SOCKET", "LISTEN_"].contains { entry.key.hasPrefix($0) }
        }
    }

    /// Asks a program whose command line it is.
    ///
    /// - Throws: `failed` if it cannot be run.
    package static func dialect(
        of executable: String, environment: [String: String]
    ) async throws(RuntimeError) -> RuntimeDialect {
        let command = SubprocessCommand(
            executable: executable, arguments: ["--version"], environment: inherited(environment))
        do throws(SubprocessError) {
            let output = try await Subprocess.run(
                command, outputLimit: Limits.eventLineBytes, timeout: Timeouts().query)
            return RuntimeDialect(version: String(decoding: output.standardOutput, as: UTF8.self))
        } catch {
            throw RuntimeError(code: .failed, message: "\(executable) --version: \(error.message)")
        }
    }

    package func describe() async throws(RuntimeError) -> RuntimeDescription {
        let version = try await query(DockerArguments.version)
        let information = try await query(DockerArguments.info)
        do {
            var description = try dialect.description(version: Data(version), information: Data(information))
            description.takesSecretLogOptions = takesSecretLogOptions
            await directStarts?.compare(commandsEngine: description.engineID)
            return description
        } catch {
            throw RuntimeError(code: .failed, message: "\(executable) version: an answer in an unknown form: \(error)")
        }
    }

    package func makePauseImage() async throws(RuntimeError) {
        // One at a time: a second import would leave the first one's image without a name.
        let result = await pauseImage.run { () -> Result<Void, RuntimeError> in
            do throws(RuntimeError) {
                return .success(try await importPauseImage())
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw RuntimeError(code: .cancelled, message: "it was no longer wanted") }
        try result.get()
    }

    private func importPauseImage() async throws(RuntimeError) {
        let present = try await call(
            .init(arguments: DockerArguments.inspectPauseImage), slots: others, timeout: timeouts.query,
            transition: "inspected")
        if present.status.isSuccess { return }
        let output = try await call(
            .init(arguments: DockerArguments.importPauseImage, standardInput: PauseImage.archive()), slots: others,
            timeout: timeouts.query, transition: "created")
        guard output.status.isSuccess else { throw error(output, code: .cannotCreate) }
    }

    package func run(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer {
        do throws(RuntimeError) {
            return try await runOnce(launch)
        } catch {
            guard error.code == .nameInUse else { throw error }
            if let adopted = try await adopt(launch) { return adopted }
            return try await runOnce(launch)
        }
    }

    private func runOnce(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer {
        let start = try await begin(launch)
        if start.failure == nil, let id = start.id { return LaunchedContainer(id: id, state: .running) }
        // Drivers may quote what they do not take.
        let message = launch.secretLogOptions.values.reduce(start.failure ?? "") {
            $1.isEmpty ? $0 : $0.replacing($1, with: "(secret)")
        }
        var id = start.id
        if !dialect.tellsOfFailedStarts { id = try await made(launch) }
        let error = DockerOutput.runError(message, containerID: id, launch: launch)
        if case .portInUse = error.code, let id {
            // Its ports cannot be changed any more: the next attempt makes another.
            try await remove(id: id)
        }
        throw error
    }

    private func begin(_ launch: ContainerLaunch) async throws(RuntimeError) -> ContainerStart {
        guard launch.secretLogOptions.isEmpty else {
            return ContainerStart(
                try await runWithSecrets(launch) { invocation throws(RuntimeError) in try await runCommand(invocation) }
            )
        }
        // What the command line could not carry is refused, whoever carries it.
        let invocation = try DockerArguments.run(launch, ownEnvironment: environment, dialect: dialect)
        guard let directStarts else { return ContainerStart(try await runCommand(invocation)) }
        if let start = try await directStarts.start(launch) { return start }
        return ContainerStart(
            try await directStarts.learn(from: launch) { variables throws(RuntimeError) in
                var invocation = invocation
                invocation.environment.merge(variables) { $1 }
                return try await runCommand(invocation)
            })
    }

    private func runCommand(_ invocation: DockerArguments.Invocation) async throws(RuntimeError) -> SubprocessOutput {
        try await call(invocation, slots: others, timeout: timeouts.start, transition: "started")
    }

    /// The container that a start made which then failed: podman does not tell its identifier.
    private func made(_ launch: ContainerLaunch) async throws(RuntimeError) -> String? {
        let found = try await inspect(ids: [launch.name]).first { $0.name == launch.name }
        guard let found, case .created = found.state, isOwn(found, of: launch) else { return nil }
        return found.id
    }

    /// Takes over the container that has the launch's name, if an earlier start of the same made it.
    ///
    /// - Returns: nil if the name is free now.
    private func adopt(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer? {
        guard let found = try await inspect(ids: [launch.name]).first(where: { $0.name == launch.name }) else {
            return nil
        }
        guard isOwn(found, of: launch) else {
            throw RuntimeError(
                code: .nameInUse,
                message: "the name \(launch.name) is taken by container \(found.id), which is not ours")
        }
        switch found.state {
        case .running, .exited: return LaunchedContainer(id: found.id, state: found.state)
        case .created:
            // Its start failed or was never asked for. Making it anew tells why, and takes ports as they are now.
            try await remove(id: found.id)
            return nil
        }
    }

    private func isOwn(_ found: ObservedContainer, of launch: ContainerLaunch) -> Bool {
        [ContainerLabels.agent, ContainerLabels.taskArn, ContainerLabels.containerName]
            .allSatisfy { found.labels[$0] == launch.labels[$0] }
    }

    package func start(id: String) async throws(RuntimeError) {
        let output = try await call(
            .init(arguments: DockerArguments.start(id)), slots: others, timeout: timeouts.start, transition: "started")
        guard output.status.isSuccess else { throw error(output, code: .cannotStart) }
    }

    package func stop(id: String, timeoutSeconds: Int) async throws(RuntimeError) {
        let output = try await call(
            .init(arguments: DockerArguments.stop(id, timeoutSeconds: timeoutSeconds)), slots: stops,
            timeout: .seconds(timeoutSeconds) + timeouts.stop, transition: "stopped")
        guard output.status.isSuccess else { throw error(output, code: .failed) }
    }

    package func kill(id: String) async throws(RuntimeError) {
        let output = try await call(
            .init(arguments: DockerArguments.kill(id)), slots: others, timeout: timeouts.stop, transition: "stopped")
        guard output.status.isSuccess else { throw error(output, code: .failed) }
    }

    package func list() async throws(RuntimeError) -> [ObservedContainer] {
        let output = try await query(DockerArguments.list(agentID: agentID))
        return try await inspect(ids: output.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) })
    }

    package func inspect(ids: [String]) async throws(RuntimeError) -> [ObservedContainer] {
        try await inspect(ids, format: DockerArguments.observedFormat) {
            try DockerOutput.observed(line: $0, now: Date())
        }
    }

    /// What `read` makes of the line that `docker inspect` prints for each of the containers that exist.
    func inspect<Found>(
        _ ids: [String], format: String, read: (Data) throws -> Found
    ) async throws(RuntimeError) -> [Found] {
        var found: [Found] = []
        var rest = ids[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Limits.inspected))
            rest = rest.dropFirst(some.count)
            let output = try await call(
                .init(arguments: dialect.inspect(some, format: format)), slots: others,
                timeout: timeouts.query, transition: "inspected")
            if !output.status.isSuccess {
                // Some may have gone since they were listed: the others are printed all the same.
                let error = error(output, code: .failed)
                guard error.code == .noSuchContainer else { throw error }
            }
            for line in output.standardOutput.split(separator: 0x0A) {
                do {
                    found.append(try read(Data(line)))
                } catch {
                    throw RuntimeError(
                        code: .failed, message: "\(executable) inspect: an answer in an unknown form: \(error)")
                }
            }
        }
        return found
    }

    package func events(since: Date) -> AsyncThrowingStream<RuntimeEvent, any Error> {
        let command = SubprocessCommand(
            executable: executable,
            arguments: dialect.events(agentID: agentID, since: since.timeIntervalSince1970),
            environment: environment)
        return AsyncThrowingStream(bufferingPolicy: .bufferingOldest(Limits.bufferedEvents)) { continuation in
            let pump = Task { [dialect] in
                do {
                    try await Subprocess.streaming(command, maximumLineBytes: Limits.eventLineBytes) { reader in
                        while true {
                            let line = try await reader.next()
                            guard let event = try dialect.event(line: Data(line), now: Date()) else { continue }
                            guard case .enqueued = continuation.yield(event) else {
                                throw RuntimeError(code: .failed, message: "more events than the agent could look at")
                            }
                        }
                    }
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in pump.cancel() }
        }
    }

    // MARK: - Processes

    func query(_ arguments: [String], transition: String = "described") async throws(RuntimeError) -> [UInt8] {
        let output = try await call(
            .init(arguments: arguments), slots: others, timeout: timeouts.query, transition: transition)
        guard output.status.isSuccess else { throw error(output, code: .failed) }
        return output.standardOutput
    }

    func error(_ output: SubprocessOutput, code: RuntimeError.Code) -> RuntimeError {
        DockerOutput.error(String(decoding: output.standardError, as: UTF8.self), code: code)
    }

    /// - Parameters:
    ///   - inactivity: see ``Subprocess/run(_:outputLimit:timeout:inactivity:)``.
    ///   - transition: what a time-out kept the container from becoming, in ECS's words.
    func call(
        _ invocation: DockerArguments.Invocation, slots: WorkSlots, timeout: Duration, inactivity: Duration? = nil,
        outputLimit: Int = Limits.outputBytes, transition: String
    ) async throws(RuntimeError) -> SubprocessOutput {
        let command = SubprocessCommand(
            executable: executable, arguments: invocation.arguments,
            environment: environment.merging(invocation.environment) { _, new in new },
            standardInput: invocation.standardInput)
        let result = await slots.run { () -> Result<SubprocessOutput, RuntimeError> in
            do throws(SubprocessError) {
                return .success(
                    try await Subprocess.run(
                        command, outputLimit: outputLimit, timeout: timeout, inactivity: inactivity))
            } catch {
                return .failure(Self.runtimeError(error, timeout: timeout, transition: transition))
            }
        }
        guard let result else { throw RuntimeError(code: .cancelled, message: "it was no longer wanted") }
        return try result.get()
    }

    private static func runtimeError(_ error: SubprocessError, timeout: Duration, transition: String) -> RuntimeError {
        switch error.code {
        case .timedOut: .timedOut(after: timeout, transition: transition)
        case .cancelled: RuntimeError(code: .cancelled, message: error.message)
        case .inactive:
            // ECS's words: nothing but a pull is watched like this.
            RuntimeError(code: .registryUnavailable, message: "inactivity time exceeded timeout while pulling image")
        case .cannotStart, .outputTooLong: RuntimeError(code: .cannotCreate, message: error.message)
        }
    }
}
