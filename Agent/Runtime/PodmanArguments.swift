import AgentProtocol

/// The words that podman takes for others than docker does, and those that make its containers like docker's.
enum PodmanArguments {
    /// On top of docker's: what a container of docker's has without being asked.
    ///
    /// - Throws: `cannotCreate` for what podman does not have.
    static func run(_ launch: ContainerLaunch) throws(RuntimeError) -> [String] {
        guard launch.settings?.links?.isEmpty ?? true else {
            throw .init(code: .cannotCreate, message: "podman has no links between containers")
        }
        guard launch.gpuIDs.isEmpty else {
            throw .init(code: .cannotCreate, message: "GPUs are given to containers by docker only")
        }
        // The agent's own proxies are no affair of a container, and 2048 processes no limit of its definition's.
        var arguments = ["--http-proxy=false", "--pids-limit=-1"]
        // The name of a host that docker keeps with its network.
        if case .container(let id) = launch.network { arguments.append("--uts=container:\(id)") }
        if launch.settings?.readonlyRootFilesystem == true { arguments.append("--read-only-tmpfs=false") }
        return arguments
    }

    static func createVolume(_ volume: RuntimeVolume) throws(RuntimeError) -> [String] {
        quoted(try DockerArguments.createVolume(volume), lists: ["--label"])
    }

    /// Where docker has an option several times, podman takes each for a line of comma-separated values.
    static func quoted(_ arguments: [String], lists: Set<String> = listsOfRun) -> [String] {
        arguments.map { argument in
            guard let equals = argument.firstIndex(of: "="), lists.contains(String(argument[..<equals])) else {
                return argument
            }
            let value = argument[argument.index(after: equals)...]
            guard value.utf8.contains(where: #",""#.utf8.contains) || value.contains(where: \.isNewline) else {
                return argument
            }
            return "\(argument[...equals])\"\(value.replacing("\"", with: "\"\""))\""
        }
    }

    static let listsOfRun: Set = [
        "--add-host", "--cap-add", "--cap-drop", "--device", "--dns", "--dns-search", "--log-opt", "--publish",
        "--sysctl", "--ulimit",
    ]

    static func inspect(_ ids: [String], format: String) -> [String] {
        DockerArguments.inspect(ids, format: format.replacing("{{json .Id}}", with: "{{json .ID}}"))
    }

    /// `died` is docker's `die`, and `remove` its `destroy`. It tells of no `oom`.
    static func events(agentID: String, since: Double) -> [String] {
        DockerArguments.events(
            ["start", "died", "remove", "health_status"], agentID: agentID, since: since)
    }
}
