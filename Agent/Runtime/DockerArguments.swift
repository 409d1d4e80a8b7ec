/// The words of docker's command line. A value from a task definition is always the second half of `--flag=value`, or
/// stands behind `--`, so none can become an option.
enum DockerArguments {
    struct Invocation: Hashable {
        var arguments: [String]
        /// The environment file of the container, as standard input.
        var standardInput: [UInt8]?
        /// What docker's own process gets on top of its environment.
        var environment: [String: String] = [:]
    }

    /// How a variable reaches a container without being seen in the host's process list.
    ///
    /// The default is an environment file, which the CLI reads from its standard input. That format knows no newline
    /// inside a value, so values with one, and the other things that its parser would change, travel in the CLI's own
    /// environment, of which `--env=NAME` takes a copy. There a name like `LD_PRELOAD` or `DOCKER_HOST` would change
    /// what the CLI itself does, as root: such a name cannot have such a value.
    enum EnvironmentChannel: Hashable {
        case file, ownEnvironment, none
    }

    /// - Throws: `cannotCreate` for what the command line cannot carry.
    static func run(
        _ launch: ContainerLaunch, ownEnvironment: [String: String], dialect: RuntimeDialect = .docker
    ) throws(RuntimeError) -> Invocation {
        guard ImageReference.isValid(launch.image) else {
            throw .init(code: .imageNotFound, message: "\"\(launch.image.prefix(200))\" is not the name of an image")
        }
        var arguments = [
            "run", "--detach", "--pull=never", "--name=\(launch.name)", "--network=\(network(launch.network))",
        ]
        for (key, value) in launch.labels.sorted(by: { $0.key < $1.key }) {
            guard !key.isEmpty, !key.utf8.contains(UInt8(ascii: "=")) else {
                throw .init(code: .cannotCreate, message: "\"\(key.prefix(100))\" cannot be the name of a label")
            }
            arguments.append("--label=\(key)=\(value)")
        }
        if launch.network == .bridge {
            arguments += launch.ports.map(publish)
        }
        arguments.append("--cpu-shares=\(min(max(launch.cpuShares, 2), 262_144))")
        if let memory = launch.memoryMiB { arguments.append("--memory=\(memory)m") }
        if let reservation = launch.memoryReservationMiB { arguments.append("--memory-reservation=\(reservation)m") }
        if let user = launch.user, !user.isEmpty { arguments.append("--user=\(user)") }
        if let directory = launch.workingDirectory, !directory.isEmpty { arguments.append("--workdir=\(directory)") }
        arguments.append("--stop-timeout=\(launch.stopTimeoutSeconds)")

        arguments += health(launch.healthCheck)
        if let settings = launch.settings { arguments += try self.settings(settings, of: launch) }
        if let configuration = launch.logConfiguration { arguments += try logging(configuration) }
        arguments += try resources(launch)
        arguments += try gpus(launch)
        if dialect == .podman { arguments = PodmanArguments.quoted(arguments) + (try PodmanArguments.run(launch)) }

        let environment = try environment(variables(launch), ownEnvironment: ownEnvironment)
        arguments += environment.arguments

        // docker's --entrypoint takes one word; the others run as the first words of the command, which is the same.
        let entryPoint = launch.entryPoint ?? []
        if let word = entryPoint.first { arguments.append("--entrypoint=\(word)") }
        arguments += ["--", launch.image] + entryPoint.dropFirst() + (launch.command ?? [])

        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw .init(code: .cannotCreate, message: "a value of the container definition has a NUL byte in it")
        }
        return Invocation(
            arguments: arguments, standardInput: environment.standardInput, environment: environment.environment)
    }

    private static func publish(_ port: ContainerLaunch.PublishedPort) -> String {
        func text(_ ports: ClosedRange<Int>) -> String {
            ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
        }
        let ports = "\(text(port.hostPorts)):\(text(port.containerPorts))"
        return "--publish=0.0.0.0:\(ports)/\(port.transportProtocol.rawValue)"
    }

    private static func network(_ network: ContainerLaunch.Network) -> String {
        switch network {
        case .bridge: "bridge"
        case .host: "host"
        case .none: "none"
        case .container(let id): "container:\(id)"
        }
    }

    /// All that the container gets, each name once.
    static func variables(_ launch: ContainerLaunch) -> [String: String] {
        var last: [String: String] = [:]
        for variable in launch.environment + gpuVariables(launch) { last[variable.name] = variable.value }
        return last
    }

    private static func environment(
        _ variables: [String: String], ownEnvironment: [String: String]
    ) throws(RuntimeError) -> Invocation {
        var result = Invocation(arguments: [])
        var file = ""
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0),
                !value.utf8.contains(0)
            else {
                throw .init(
                    code: .cannotCreate,
                    message:
                        "\"\(name.prefix(100))\" cannot be an environment variable: its name is empty or has \"=\" "
                        + "in it, or a NUL byte is in its name or value")
            }
            switch channel(name: name, value: value, ownEnvironment: ownEnvironment) {
            case .file: file += "\(name)=\(value)\n"
            case .ownEnvironment:
                result.arguments.append("--env=\(name)")
                result.environment[name] = value
            case .none:
                throw .init(
                    code: .cannotCreate,
                    message: "the value of the environment variable \(name.prefix(100)) has a line break in it, or is "
                        + "longer than 60000 bytes, which is not possible for a variable that docker's own command line obeys"
                )
            }
        }
        if !file.isEmpty {
            result.arguments.append("--env-file=/dev/stdin")
            result.standardInput = Array(file.utf8)
        }
        return result
    }

    static func channel(name: String, value: String, ownEnvironment: [String: String]) -> EnvironmentChannel {
        // docker reads lines of at most 64 KiB, drops a carriage return at the end and white space at the start of
        // each, takes `#` for a comment, skips a byte order mark, and refuses names with white space in them.
        let nameFits = !name.unicodeScalars.contains { $0.properties.isWhitespace || $0.value == 0xFEFF }
        let fits =
            nameFits && !name.hasPrefix("#") && !value.utf8.contains(0x0A) && value.utf8.last != 0x0D
            && name.utf8.count + value.utf8.count < 60_000
        if fits { return .file }
        if ownEnvironment[name] != nil || isObeyed(name) { return .none }
        return .ownEnvironment
    }

    /// Variables that a Go program, its C library, or one of the CLIs that docker's words fit, takes for its own.
    private static func isObeyed(_ name: String) -> Bool {
        let upper = name.uppercased()
        let prefixes = [
            "LD_", "DOCKER", "GO", "GLIBC_", "MALLOC_", "SSL_", "XDG_", "OTEL_", "CONTAINER", "PODMAN", "NERDCTL",
            "REGISTRY_", "BUILD", "COMPOSE", "STORAGE_", "CNI_", "NETAVARK", "LISTEN_", "SSH_", "LC_", "RES_",
        ]
        let names: Set = [
            "PATH", "HOME", "USER", "SHELL", "TMPDIR", "TMP", "TEMP", "LANG", "TZ", "ZONEINFO", "HTTP_PROXY",
            "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "NOTIFY_SOCKET", "HOSTALIASES", "LOCALDOMAIN", "REQUEST_METHOD",
            "NO_COLOR", "TERM", "EDITOR", "PAGER", "KUBECONFIG", "APPDATA", "DBUS_SESSION_BUS_ADDRESS", "GCONV_PATH",
            "LOCPATH", "NLSPATH", "TARGET", "MODULES",
        ]
        return names.contains(upper) || prefixes.contains { upper.hasPrefix($0) }
    }

    static func pull(_ image: String) throws(RuntimeError) -> [String] {
        guard ImageReference.isValid(image) else {
            throw .init(code: .cannotPull, message: "\"\(image.prefix(200))\" is not the name of an image")
        }
        return ["pull", "--", image]
    }

    static func start(_ id: String) -> [String] { ["start", "--", id] }

    static let inspectPauseImage = ["image", "inspect", "--format={{.Id}}", "--", PauseImage.reference]

    /// The archive comes from standard input.
    static let importPauseImage =
        ["import"] + PauseImage.changes.map { "--change=\($0)" } + ["--", "-", PauseImage.reference]

    /// `-t`, since its long form was renamed between versions.
    static func stop(_ id: String, timeoutSeconds: Int) -> [String] {
        ["stop", "-t", String(timeoutSeconds), "--", id]
    }
    static func kill(_ id: String) -> [String] { ["kill", "--", id] }
    static func remove(_ ids: [String]) -> [String] { ["rm", "--force", "--volumes", "--"] + ids }

    static func list(agentID: String) -> [String] {
        ["ps", "--all", "--no-trunc", "--quiet", "--filter=label=\(ContainerLabels.agent)=\(agentID)"]
    }

    static let observedFormat =
        #"{"id":{{json .Id}},"name":{{json .Name}},"labels":{{json .Config.Labels}},"state":{{json .State}}}"#

    static func inspect(_ ids: [String], format: String) -> [String] {
        ["inspect", "--type=container", "--format=\(format)", "--"] + ids
    }

    /// - Parameter since: seconds since 1970. The runtime first repeats what happened from then on, so that nothing
    ///   between a listing and the moment this listens is missed.
    static func events(agentID: String, since: Double) -> [String] {
        events(["start", "die", "oom", "destroy", "health_status"], agentID: agentID, since: since)
    }

    static func events(_ names: [String], agentID: String, since: Double) -> [String] {
        ["events", "--since=\(Int(since.rounded(.down)))", "--filter=type=container"]
            + names.map { "--filter=event=\($0)" }
            + ["--filter=label=\(ContainerLabels.agent)=\(agentID)", "--format={{json .}}"]
    }

    static let version = ["version", "--format={{json .}}"]
    static let info = ["info", "--format={{json .}}"]
}
