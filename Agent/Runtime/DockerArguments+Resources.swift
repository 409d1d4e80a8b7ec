import AgentProtocol

extension DockerArguments {
    /// Namespaces, the cgroup and mounts.
    ///
    /// - Throws: `cannotCreate` for what the command line cannot carry.
    static func resources(_ launch: ContainerLaunch) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        if let pid = launch.pid {
            guard pid != .none, pid != .shareable else {
                throw .init(code: .cannotCreate, message: "a container cannot be without process ids")
            }
            arguments.append("--pid=\(namespace(pid))")
        }
        if let ipc = launch.ipc { arguments.append("--ipc=\(namespace(ipc))") }
        if let parent = launch.cgroupParent { arguments.append("--cgroup-parent=\(parent)") }
        for mount in launch.mounts { arguments.append("--mount=\(try self.mount(mount))") }
        for other in launch.volumesFrom {
            arguments.append("--volumes-from=\(other.sourceContainer)\(other.isReadOnly ? ":ro" : "")")
        }
        return arguments
    }

    private static func namespace(_ namespace: ContainerLaunch.Namespace) -> String {
        switch namespace {
        case .host: "host"
        case .none: "none"
        case .shareable: "shareable"
        case .container(let id): "container:\(id)"
        }
    }

    private static func mount(_ mount: ContainerLaunch.Mount) throws(RuntimeError) -> String {
        let (type, source) =
            switch mount.source {
            case .path(let path): ("bind", path)
            case .volume(let name): ("volume", name)
            }
        return try list(
            ["type=\(type)", "source=\(source)", "target=\(mount.containerPath)"]
                + (mount.isReadOnly ? ["ro"] : []))
    }

    /// `name=value` pairs as docker reads them where one option has several: a line of comma-separated values in which
    /// a field with a comma or a quotation mark is quoted, and the value begins after the first `=`.
    ///
    /// - Throws: `cannotCreate` for a value that docker would take for another: it refuses space at the ends of one,
    ///   and reads a line break inside of one as it likes.
    static func list(_ fields: [String]) throws(RuntimeError) -> String {
        var words: [String] = []
        for field in fields {
            let value = field.firstIndex(of: "=").map { field[field.index(after: $0)...] } ?? field[...]
            let hasControl = value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            guard !hasControl, value.first?.isWhitespace != true, value.last?.isWhitespace != true else {
                throw .init(
                    code: .cannotCreate,
                    message: "\"\(value.prefix(200))\" cannot be mounted: it has a control character in it, or space "
                        + "at an end")
            }
            let isPlain = !field.contains { $0 == "," || $0 == "\"" }
            words.append(isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\"")
        }
        return words.joined(separator: ",")
    }
}
