import AgentProtocol

extension DockerArguments {
    /// The names and name servers of a network namespace, given to the container that it is made for: docker refuses
    /// them of one that joins another's.
    ///
    /// - Parameter settings: links by the names that containers have in the runtime.
    static func networkSettings(
        _ settings: ContainerSettings, network: ContainerLaunch.Network
    ) throws(RuntimeError) -> [String] {
        if case .container = network { return [] }
        var arguments: [String] = []
        if let hostname = settings.hostname { arguments.append("--hostname=\(hostname)") }
        arguments += (settings.dnsServers ?? []).map { "--dns=\($0)" }
        arguments += (settings.dnsSearchDomains ?? []).map { "--dns-search=\($0)" }
        for host in settings.extraHosts ?? [] {
            let name = try part(host.hostname, of: "extraHosts[].hostname", endedBy: ":=")
            arguments.append("--add-host=\(name):\(host.ipAddress)")
        }
        guard network == .bridge else { return arguments }
        return arguments + (settings.links ?? []).map { "--link=\($0)" }
    }
}
