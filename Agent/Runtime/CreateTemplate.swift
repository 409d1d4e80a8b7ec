import FoundationEssentials

/// A request of docker's command line to make a container, without what is that one container's own: what it would ask
/// for another of the same shape.
///
/// Which option becomes which member of the request stays the command line's business. What is known here is where the
/// few values stand that differ between the tasks of a definition, and only a request in which they stand there,
/// and nowhere else that this could tell, makes a template.
///
/// - Source: docker's Engine API, version 1.41, `ContainerCreate`.
struct CreateTemplate: Sendable {
    /// What the command line asked for, for one container.
    struct Call: Sendable {
        /// With the version of the API: `/v1.41/containers/create`.
        var path: String
        /// Without the name.
        var query: [String]
        var body: [UInt8]
    }

    /// Launches of the same shape ask for the same, but for the values that ``filledIn(for:)`` puts in.
    static func shape(of launch: ContainerLaunch) -> ContainerLaunch {
        var shape = launch
        shape.name = ""
        shape.labels = [:]
        shape.environment = []
        shape.cgroupParent = launch.cgroupParent.map { _ in "" }
        if case .container = launch.network { shape.network = .container("") }
        for index in shape.ports.indices { shape.ports[index].hostPort = 0 }
        return shape
    }

    private let path: String
    private let query: [String]
    /// Without the launch's variables, so that no secret stays in memory.
    private let body: JSONValue

    /// - Returns: nil if the call says something else about the launch than was expected.
    init?(_ call: Call, of launch: ContainerLaunch) {
        guard call.path.hasSuffix("/containers/create"),
            var original = try? JSONDecoder().decode(JSONValue.self, from: Data(call.body)),
            let environment = (original["Env"] ?? .array([])).strings
        else { return nil }
        let variables = DockerArguments.variables(launch)
        original["Env"] = .strings(environment.sorted())
        var blank = original
        blank["Env"] = .strings(environment.filter { variables[Self.name($0)] == nil })
        path = call.path
        query = call.query
        body = blank
        guard filledIn(for: launch) == original else { return nil }
    }

    /// - Parameter launch: one of the shape that this was made from.
    /// - Returns: the target and the body of `ContainerCreate`; nil if it cannot be written as JSON.
    func call(for launch: ContainerLaunch) -> (target: String, body: [UInt8])? {
        guard let body = try? JSONEncoder().encode(filledIn(for: launch)) else { return nil }
        return ("\(path)?\((["name=\(launch.name)"] + query).joined(separator: "&"))", Array(body))
    }

    /// The path of another request of the same version about a container.
    func path(of id: String, _ operation: String) -> String {
        path.dropLast("create".utf8.count) + "\(id)/\(operation)"
    }

    private func filledIn(for launch: ContainerLaunch) -> JSONValue {
        var body = body
        body["Labels"] = .object(launch.labels.mapValues(JSONValue.string))
        let variables = DockerArguments.variables(launch)
        let added = (body["Env"]?.strings ?? []).filter { variables[Self.name($0)] == nil }
        body["Env"] = .strings((added + variables.map { "\($0)=\($1)" }).sorted())
        var host = body["HostConfig"] ?? .object([:])
        if let parent = launch.cgroupParent { host["CgroupParent"] = .string(parent) }
        if case .container(let id) = launch.network { host["NetworkMode"] = .string("container:\(id)") }
        if launch.network == .bridge, !launch.ports.isEmpty { host["PortBindings"] = Self.bindings(launch.ports) }
        body["HostConfig"] = host
        return body
    }

    private static func bindings(_ ports: [ContainerLaunch.PublishedPort]) -> JSONValue {
        var bindings: [String: [JSONValue]] = [:]
        for port in ports {
            for (host, container) in zip(port.hostPorts, port.containerPorts) {
                let binding: JSONValue = .object(["HostIp": .string("0.0.0.0"), "HostPort": .string("\(host)")])
                bindings["\(container)/\(port.transportProtocol.rawValue)", default: []].append(binding)
            }
        }
        return .object(bindings.mapValues(JSONValue.array))
    }

    private static func name(_ variable: String) -> String { String(variable.prefix { $0 != "=" }) }
}
