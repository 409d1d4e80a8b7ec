import AWSModels

extension TaskDefinitionRule {
    /// Port mappings and the network mode.
    ///
    /// - Source: ECS core rules, 7.3.
    static let network: [Self] = [
        .container("portMappings") { container, request in
            request.networkMode == .noneValue && container.portMappings?.isEmpty == false
                ? "Port mappings are not supported when networkMode=none." : nil
        },
        .container("portMappings[].containerPort") { container, _ in
            for mapping in container.portMappings ?? [] {
                guard let port = mapping.containerPort else {
                    return "A port mapping of container '\(container.name ?? "")' has no containerPort."
                }
                if !(1...65535).contains(port) || !(0...65535).contains(mapping.hostPort ?? 0) {
                    return "A port mapping of container '\(container.name ?? "")' has a port outside 1 to 65535."
                }
            }
            return nil
        },
        .container("portMappings[].hostPort") { container, request in
            guard request.networkMode == .host else { return nil }
            let isEqual = (container.portMappings ?? []).allSatisfy { mapping in
                (mapping.hostPort ?? 0) == 0 || mapping.hostPort == mapping.containerPort
            }
            return isEqual
                ? nil : "When networkMode=host, the host ports and container ports in port mappings must match."
        },
        Self("containerDefinitions[].portMappings[].hostPort") { request in
            var seen: Set<String> = []
            for container in request.containerDefinitions ?? [] {
                for mapping in container.portMappings ?? [] {
                    let port = request.networkMode == .host ? mapping.containerPort : mapping.hostPort
                    guard let port, port > 0 else { continue }
                    let kind = mapping.protocol?.rawValue ?? "tcp"
                    if !seen.insert("\(port)/\(kind)").inserted {
                        return "The host port \(port)/\(kind) is used multiple times in the task definition."
                    }
                }
            }
            return nil
        },
        .container("portMappings[].containerPort") { container, _ in
            var seen: Set<String> = []
            for mapping in container.portMappings ?? [] {
                let port = mapping.containerPort ?? 0
                if !seen.insert("\(port)/\(mapping.protocol?.rawValue ?? "tcp")").inserted {
                    return "The container port \(port) is used multiple times in container '\(container.name ?? "")'."
                }
            }
            return nil
        },
        Self("containerDefinitions[].portMappings[].name") { request in
            var seen: Set<String> = []
            for container in request.containerDefinitions ?? [] {
                for name in (container.portMappings ?? []).compactMap(\.name) {
                    let isName =
                        (1...64).contains(name.utf8.count) && !name.hasPrefix("-")
                        && name.utf8.allSatisfy {
                            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F
                        }
                    if !isName {
                        return "The port mapping name '\(name.prefix(64))' must be 1 to 64 lowercase letters, digits, "
                            + "hyphens and underscores, and not start with a hyphen."
                    }
                    if !seen.insert(name).inserted { return "The port mapping name '\(name)' is already used." }
                }
            }
            return nil
        },
    ]
}
