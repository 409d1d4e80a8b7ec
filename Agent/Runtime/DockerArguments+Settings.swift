import AgentProtocol

/// What a container definition says of the container alone.
///
/// Docker's flags have parts between `:`, `=` and `,`. A value that has such a character where it would end a part is
/// refused: it would say something else than the definition does.
extension DockerArguments {
    static func settings(_ settings: ContainerSettings, of launch: ContainerLaunch) throws(RuntimeError) -> [String] {
        try networkSettings(settings, network: launch.network) + processSettings(settings) + kernelSettings(settings)
            + devices(settings.devices ?? []) + tmpfs(settings.tmpfs ?? [])
            + swap(settings, memoryMiB: launch.memoryMiB)
    }

    // MARK: - The process

    private static func processSettings(_ settings: ContainerSettings) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        if settings.privileged == true { arguments.append("--privileged") }
        if settings.readonlyRootFilesystem == true { arguments.append("--read-only") }
        if settings.interactive == true { arguments.append("--interactive") }
        if settings.pseudoTerminal == true { arguments.append("--tty") }
        if settings.initProcessEnabled == true { arguments.append("--init") }
        arguments += (settings.addedCapabilities ?? []).map { "--cap-add=\($0)" }
        arguments += (settings.droppedCapabilities ?? []).map { "--cap-drop=\($0)" }
        for option in settings.dockerSecurityOptions ?? [] {
            arguments.append("--security-opt=\(try securityOption(option))")
        }
        return arguments
    }

    /// ECS writes `NAME:VALUE`, of which docker says that it will not always take it.
    ///
    /// Docker's others are not ECS's, and of `seccomp` the command line would read a file as root.
    private static func securityOption(_ option: String) throws(RuntimeError) -> String {
        let bytes = option.utf8.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "=") }
        let name = String(Substring(bytes))
        let value = Substring(option.utf8.dropFirst(bytes.count + 1))
        switch name {
        case "no-new-privileges" where name == option: return option
        case "no-new-privileges", "apparmor", "label": return "\(name)=\(value)"
        default: throw refusal(of: option, in: "dockerSecurityOptions")
        }
    }

    // MARK: - The kernel

    private static func kernelSettings(_ settings: ContainerSettings) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        for limit in settings.ulimits ?? [] {
            let name = try part(limit.name, of: "ulimits[].name", endedBy: "=")
            arguments.append("--ulimit=\(name)=\(limit.softLimit):\(limit.hardLimit)")
        }
        for control in settings.systemControls ?? [] {
            let namespace = try part(control.namespace, of: "systemControls[].namespace", endedBy: "=")
            arguments.append("--sysctl=\(namespace)=\(control.value)")
        }
        if let size = settings.sharedMemorySizeMiB { arguments.append("--shm-size=\(size)m") }
        return arguments
    }

    private static func devices(_ devices: [ContainerSettings.Device]) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        for device in devices {
            let hostPath = try path(device.hostPath, of: "linuxParameters.devices[].hostPath")
            let containerPath = try path(
                device.containerPath ?? device.hostPath, of: "linuxParameters.devices[].containerPath")
            let given = device.permissions ?? []
            let letters = ContainerSettings.Device.Permission.allCases
                .filter { given.isEmpty || given.contains($0) }.compactMap(\.rawValue.first)
            arguments.append("--device=\(hostPath):\(containerPath):\(String(letters))")
        }
        return arguments
    }

    private static func tmpfs(_ mounts: [ContainerSettings.Tmpfs]) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        for mount in mounts {
            let path = try path(mount.containerPath, of: "linuxParameters.tmpfs[].containerPath")
            var options = ["size=\(mount.sizeMiB)m"]
            for option in mount.mountOptions ?? [] {
                options.append(try part(option, of: "linuxParameters.tmpfs[].mountOptions", endedBy: ","))
            }
            arguments.append("--tmpfs=\(path):\(options.joined(separator: ","))")
        }
        return arguments
    }

    /// Without `maxSwap` the runtime's own limit applies (as much swap as memory), and `swappiness` has no effect.
    ///
    /// - Source: API Reference, LinuxParameters, `maxSwap` and `swappiness`.
    private static func swap(_ settings: ContainerSettings, memoryMiB: Int?) throws(RuntimeError) -> [String] {
        guard let maxSwap = settings.maxSwapMiB else { return [] }
        guard let memoryMiB else {
            throw refusal("linuxParameters.maxSwap is on top of the container's memory, of which it has no limit")
        }
        // Docker's limit is of memory and swap together.
        let limit = ["--memory-swap=\(memoryMiB + maxSwap)m"]
        return limit + (settings.swappiness.map { ["--memory-swappiness=\($0)"] } ?? [])
    }

    // MARK: - Refusals

    private static func path(_ path: String, of field: String) throws(RuntimeError) -> String {
        guard path.utf8.first == UInt8(ascii: "/") else { throw refusal(of: path, in: field) }
        return try part(path, of: field, endedBy: ":")
    }

    /// - Parameter separators: ASCII. Bytes are compared: docker sees a `:` also where Swift sees one with an accent.
    static func part(_ text: String, of field: String, endedBy separators: String) throws(RuntimeError) -> String {
        guard !text.isEmpty, !text.utf8.contains(where: separators.utf8.contains) else {
            throw refusal(of: text, in: field)
        }
        return text
    }

    private static func refusal(of value: String, in field: String) -> RuntimeError {
        refusal("\"\(value.prefix(100))\" is no value of \(field) that docker's command line can carry")
    }

    private static func refusal(_ message: String) -> RuntimeError { .init(code: .cannotCreate, message: message) }
}
