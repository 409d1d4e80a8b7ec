import AgentProtocol
import FoundationEssentials

/// What docker's command line says, read.
enum DockerOutput {
    /// One line without the CLI's name, its hint to ask for help, and what podman logs beside.
    static func message(_ standardError: String) -> String {
        let lines = standardError.split(separator: "\n").map(trimmed).filter { line in
            !line.isEmpty && !line.hasPrefix("See 'docker") && !line.hasPrefix("Run 'docker")
                && !line.hasPrefix("WARNING:") && !line.hasPrefix("time=\"")
        }
        var text = lines.joined(separator: " ")
        for prefix in ["docker: ", "Error: "] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
        return text.isEmpty ? "no reason given" : text
    }

    /// The error of a failed `docker run`.
    static func runError(_ text: String, containerID: String?, launch: ContainerLaunch) -> RuntimeError {
        let message = message(text)
        func error(_ code: RuntimeError.Code) -> RuntimeError {
            RuntimeError(code: code, message: message, containerID: containerID)
        }
        if isUnavailable(message) { return error(.unavailable) }
        if message.contains("No such image") || message.contains("Unable to find image")
            || message.contains("image not known") || message.contains("reference does not exist")
        {
            return error(.imageNotFound)
        }
        if message.contains("is already in use by") && message.contains("name") { return error(.nameInUse) }
        if let port = takenPort(message, of: launch) { return error(.portInUse(port)) }
        return error(containerID == nil ? .cannotCreate : .cannotStart)
    }

    /// The error of any other command that is about a container.
    static func error(_ text: String, code: RuntimeError.Code) -> RuntimeError {
        let message = message(text)
        if isUnavailable(message) { return .init(code: .unavailable, message: message) }
        if message.contains("No such container") || message.contains("no such container") {
            return .init(code: .noSuchContainer, message: message)
        }
        if message.contains("has dependent containers") { return .init(code: .hasDependents, message: message) }
        return .init(code: code, message: message)
    }

    private static func isUnavailable(_ message: String) -> Bool {
        [
            "Cannot connect to the Docker daemon", "error during connect:", "failed to connect to the docker API",
            "Cannot connect to Podman", "cannot access containerd socket", "docker daemon is not running",
        ].contains { message.contains($0) }
    }

    /// The port that the message is about, as a mapping of that port alone.
    ///
    /// Engines say it in many ways: `Bind for 0.0.0.0:8080 failed: port is already allocated`, `listen udp4
    /// 0.0.0.0:53: bind: address already in use`, `failed to bind host port 0.0.0.0:8080/tcp: address already in use`,
    /// `failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use`.
    private static func takenPort(_ message: String, of launch: ContainerLaunch) -> ContainerLaunch.PublishedPort? {
        guard message.contains("port is already allocated") || message.contains("address already in use") else {
            return nil
        }
        var named: [ContainerLaunch.PublishedPort] = []
        for part in message.split(separator: ":").dropFirst() {
            guard let number = Int(part.prefix { $0.isASCII && $0.isNumber }) else { continue }
            for port in launch.ports where port.hostPorts.contains(number) {
                named.append(
                    .init(
                        hostPort: number, containerPort: port.containerPort + number - port.hostPort,
                        transportProtocol: port.transportProtocol))
            }
        }
        return named.first { port in
            [" ", "/"].contains { message.contains("\($0)\(port.transportProtocol.rawValue)") }
        } ?? named.first
    }

    // MARK: - JSON

    private struct Inspected: Decodable {
        struct State: Decodable {
            var Status: String
            var ExitCode: Int
            var OOMKilled: Bool?
            var Error: String?
            var StartedAt: String?
            var FinishedAt: String?
            var Health: Health?
            var Pid: Int?
        }
        struct Health: Decodable {
            var Status: String?
        }
        var id: String
        var name: String
        var labels: [String: String]?
        var state: State
    }

    static func observed(line: Data, now: Date) throws -> ObservedContainer {
        let inspected = try JSONDecoder().decode(Inspected.self, from: line)
        let state: ObservedContainer.State =
            switch inspected.state.Status {
            case "created", "initialized", "configured":
                .created(error: inspected.state.Error.flatMap { $0.isEmpty ? nil : $0 })
            case "exited", "dead", "stopped":
                .exited(
                    ContainerExit(
                        code: inspected.state.ExitCode, isOutOfMemory: inspected.state.OOMKilled ?? false,
                        date: inspected.state.FinishedAt.flatMap(date) ?? now))
            default: .running
            }
        let name = inspected.name.hasPrefix("/") ? String(inspected.name.dropFirst()) : inspected.name
        return ObservedContainer(
            id: inspected.id, name: name, labels: inspected.labels ?? [:], state: state,
            startedAt: inspected.state.StartedAt.flatMap(date), health: inspected.state.Health?.Status.map(health),
            processID: inspected.state.Pid.flatMap { $0 > 0 ? $0 : nil })
    }

    /// `starting`, `healthy` or `unhealthy`.
    static func health(_ status: some StringProtocol) -> ContainerHealth {
        switch status {
        case "healthy": .healthy
        case "unhealthy": .unhealthy
        default: .unknown
        }
    }

    private struct Event: Decodable {
        struct Actor: Decodable {
            var ID: String
            var Attributes: [String: String]?
        }
        var Action: String
        var Actor: Actor
        var timeNano: Int64?
        var time: Int64?
    }

    /// - Returns: nil for what is no concern of ours: another action, or a container without ECS's labels.
    static func event(line: Data, now: Date) throws -> RuntimeEvent? {
        let event = try JSONDecoder().decode(Event.self, from: line)
        let attributes = event.Actor.Attributes ?? [:]
        guard let taskArn = attributes[ContainerLabels.taskArn], let name = attributes[ContainerLabels.containerName]
        else {
            return nil
        }
        let kind: RuntimeEvent.Kind
        let action = event.Action.split(separator: ":", maxSplits: 1)
        switch action.first {
        case "health_status":
            guard let status = action.last, action.count == 2 else { return nil }
            kind = .health(health(status.drop { $0 == " " }))
        case "start": kind = .started
        case "die":
            guard let code = attributes["exitCode"].flatMap({ Int($0) }) else { return nil }
            // docker's own OOMKilled comes from the event "oom" too: a look would tell no more.
            kind = .exited(code: code, tellsMemory: true)
        case "oom": kind = .outOfMemory
        case "destroy": kind = .removed
        default: return nil
        }
        let seconds = event.timeNano.map { Double($0) / 1e9 } ?? event.time.map { Double($0) }
        return RuntimeEvent(
            kind: kind, containerID: event.Actor.ID, taskArn: taskArn, containerName: name,
            date: seconds.map { Date(timeIntervalSince1970: $0) } ?? now)
    }

    private struct Version: Decodable {
        struct Server: Decodable {
            var Version: String
            var ApiVersion: String?
        }
        var Server: Server
    }

    private struct Information: Decodable {
        struct Plugins: Decodable {
            var Log: [String]?
            var Volume: [String]?
        }
        var Plugins: Plugins?
        var CgroupDriver: String?
        var CgroupVersion: String?
        var ID: String?
    }

    static func description(version: Data, information: Data) throws -> RuntimeDescription {
        let server = try JSONDecoder().decode(Version.self, from: version).Server
        let information = try JSONDecoder().decode(Information.self, from: information)
        var description = RuntimeDescription(
            version: server.Version, apiVersion: server.ApiVersion ?? "1.41",
            loggingDrivers: information.Plugins?.Log ?? [], volumeDrivers: information.Plugins?.Volume ?? [],
            cgroupDriver: information.CgroupDriver.flatMap { .init(rawValue: $0) },
            cgroupVersion: information.CgroupVersion.flatMap { Int($0) })
        description.engineID = information.ID
        return description
    }

    /// RFC 3339 with up to nine digits of a second, as Go prints it. Nil for Go's zero time.
    static func date(_ text: String) -> Date? {
        guard !text.hasPrefix("0001-"), text.utf8.count >= 20 else { return nil }
        guard let whole = try? Date("\(text.prefix(19))Z", strategy: .iso8601), text.hasSuffix("Z") else { return nil }
        let fraction = text.dropFirst(19).dropLast().dropFirst()
        return whole.addingTimeInterval(Double("0.\(fraction.isEmpty ? "0" : fraction)") ?? 0)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
