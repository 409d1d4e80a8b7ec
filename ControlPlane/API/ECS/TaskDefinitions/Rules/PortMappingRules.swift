import AWSModels

extension TaskDefinitionRule {
    /// Single ports, and the names of port mappings.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, PortMapping.
    static let portMappings: [Self] = [
        .container("portMappings") { container, request in
            request.networkMode == .noneValue && container.portMappings?.isEmpty == false
                ? "Port mappings are not supported when networkMode=none." : nil
        },
        .container("portMappings[].containerPort") { container, _ in
            let isBad = (container.portMappings ?? []).contains { mapping in
                mapping.containerPortRange == nil && !ports.contains(mapping.containerPort ?? 0)
            }
            return isBad ? "Invalid 'containerPort' setting for container '\(container.shownName)'." : nil
        },
        .container("portMappings[].hostPort") { container, _ in
            (container.portMappings ?? []).contains { !(0...65_535).contains($0.hostPort ?? 0) }
                ? "Invalid 'hostPort' setting for container '\(container.shownName)'." : nil
        },
        .container("portMappings[].hostPort") { container, request in
            guard let mode = request.networkMode, mode == .host || mode == .awsvpc else { return nil }
            let isEqual = (container.portMappings ?? []).allSatisfy { mapping in
                (mapping.hostPort ?? 0) == 0 || mapping.hostPort == mapping.containerPort
            }
            return isEqual
                ? nil
                : "When networkMode=\(mode.rawValue), the host ports and container ports in port mappings must match."
        },
        Self("containerDefinitions[].portMappings[].hostPort") { request in
            let isShared = request.networkMode == .host || request.networkMode == .awsvpc
            var seen: Set<String> = []
            for mapping in (request.containerDefinitions ?? []).flatMap({ $0.portMappings ?? [] }) {
                guard let port = isShared ? mapping.containerPort : mapping.hostPort, port > 0 else { continue }
                let kind = (mapping.protocol ?? .tcp).rawValue.uppercased()
                if !seen.insert("\(kind)/\(port)").inserted {
                    return "\(kind) host port '\(port)' is mapped multiple times in task."
                }
            }
            return nil
        },
        Self("containerDefinitions[].portMappings[].name") { request in
            let names = (request.containerDefinitions ?? []).flatMap { $0.portMappings ?? [] }.compactMap(\.name)
            if let name = names.first(where: { !isPortName($0) }) {
                return "The port mapping name '\(RuleText.shown(name))' must be 1 to 64 lowercase letters, digits, "
                    + "hyphens and underscores, and not start with a hyphen."
            }
            return RuleText.duplicate(names).map { "port mapping name is already used: '\($0)'" }
        },
        .container("portMappings[].appProtocol") { container, _ in
            (container.portMappings ?? []).contains { $0.appProtocol != nil && $0.name == nil }
                ? "A port mapping of container '\(container.shownName)' has an appProtocol, which needs a name." : nil
        },
    ]

    static let ports = 1...65_535

    private static func isPortName(_ name: String) -> Bool {
        (1...Limits.portNameLength.value).contains(name.utf8.count) && !name.hasPrefix("-")
            && name.utf8.allSatisfy {
                RuleText.isDigit($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }
}
