import AWSModels

extension TaskDefinitionRule {
    /// Ranges of container ports, and that no container port is mapped twice.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, PortMapping, `containerPortRange`.
    static let portRanges: [Self] = [
        .container("portMappings[].containerPortRange") { container, _ in
            for mapping in container.portMappings ?? [] {
                guard let text = mapping.containerPortRange else { continue }
                if mapping.containerPort != nil || (mapping.hostPort ?? 0) != 0 {
                    return "Invalid setting for container '\(container.shownName)': cannot specify both single port "
                        + "and port range"
                }
                if portRange(text) == nil {
                    return "Invalid 'containerPortRange' setting for container '\(container.shownName)'. It "
                        + "must be two "
                        + "ports, the lower one first, such as 8000-8010; found '\(RuleText.shown(text))'."
                }
            }
            return nil
        },
        .container("portMappings[].containerPortRange") { container, request in
            guard request.networkMode == .host, hasRange(container) else { return nil }
            return "containerPortRange is not supported when networkMode=host."
        },
        .container("portMappings[].containerPortRange") { container, _ in
            let most = Limits.portRangesPerContainer.value
            let count = (container.portMappings ?? []).count { $0.containerPortRange != nil }
            guard count > most else { return nil }
            return "Container '\(container.shownName)' can have at most \(most) port ranges; found \(count)."
        },
        .container("portMappings[].containerPort") { container, _ in
            overlap(in: container.portMappings ?? []).map {
                "Invalid setting for container '\(container.shownName)': container port is used multiple times in task "
                    + "(\($0))"
            }
        },
        Self("containerDefinitions[].portMappings[].containerPortRange") { request in
            let containers = request.containerDefinitions ?? []
            guard request.networkMode == .awsvpc, containers.contains(where: hasRange) else { return nil }
            return overlap(in: containers.flatMap { $0.portMappings ?? [] }).map {
                "container port is used multiple times in task (\($0))"
            }
        },
    ]

    private static func hasRange(_ container: ECS.ContainerDefinition) -> Bool {
        (container.portMappings ?? []).contains { $0.containerPortRange != nil }
    }

    /// `8000-8010`, the lower port first; nil if the text is nothing of the kind.
    static func portRange(_ text: String) -> ClosedRange<Int>? {
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let low = RuleText.number(String(bounds[0])),
            let high = RuleText.number(String(bounds[1])), low < high, ports.contains(low), ports.contains(high)
        else { return nil }
        return low...high
    }

    /// A port and protocol that two mappings have in common, such as `80/tcp`; the lowest one.
    private static func overlap(in mappings: [ECS.PortMapping]) -> String? {
        let ranges = mappings.compactMap { mapping -> (kind: String, ports: ClosedRange<Int>)? in
            let single = mapping.containerPort.map { $0...$0 }
            guard let ports = mapping.containerPortRange.flatMap(portRange) ?? single else { return nil }
            return ((mapping.protocol ?? .tcp).rawValue, ports)
        }.sorted { ($0.kind, $0.ports.lowerBound) < ($1.kind, $1.ports.lowerBound) }
        // Sorted by their starts, ranges overlap nowhere unless one starts before an earlier one has ended.
        var end = 0
        var kind = ""
        for range in ranges {
            if range.kind == kind, range.ports.lowerBound <= end { return "\(range.ports.lowerBound)/\(kind)" }
            kind = range.kind
            end = range.ports.upperBound
        }
        return nil
    }
}
