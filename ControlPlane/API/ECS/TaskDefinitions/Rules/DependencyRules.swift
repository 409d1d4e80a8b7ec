import AWSModels

extension TaskDefinitionRule {
    /// In what order containers start: `dependsOn`, and what links and volumesFrom imply.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, ContainerDependency.
    static let dependencies: [Self] = [
        .container("dependsOn[].containerName") { container, request in
            let names = request.containerNames
            // The plus sign is in ECS's own text.
            return (container.dependsOn ?? []).first { !names.contains($0.containerName ?? "") }.map {
                "Cannot depend on container + '\(RuleText.shown($0.containerName))' because it does not exist"
            }
        },
        .container("dependsOn[].containerName") { container, _ in
            (container.dependsOn ?? []).contains { $0.containerName == container.name }
                ? "Container '\(container.shownName)' cannot depend on itself" : nil
        },
        .container("dependsOn[].condition") { container, request in
            for dependency in container.dependsOn ?? [] {
                let target = request.containerDefinitions?.first { $0.name == dependency.containerName }
                switch dependency.condition {
                case .success?, .complete?:
                    if target?.essential != false {
                        return "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
                            + "container"
                    }
                case .healthy?:
                    if target?.healthCheck == nil {
                        return "A dependency container with HEALTHY condition must have health check configured"
                    }
                default: break
                }
            }
            return nil
        },
        .container("links") { container, request in
            let names = request.containerNames
            for link in container.links ?? [] {
                let parts = link.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
                if parts.count > 2 || !parts.allSatisfy(Names.isResourceName) {
                    return "Invalid 'links' setting. '\(RuleText.shown(link))' must be name or name:alias."
                }
                if !names.contains(parts[0]) {
                    return "Invalid 'links' setting. Unknown container: '\(RuleText.shown(parts[0]))'"
                }
            }
            return nil
        },
        Self("containerDefinitions[].links") { request in
            cycle(in: request) { linked($0) } == nil ? nil : "Container links should not have a cycle"
        },
        .container("volumesFrom[].sourceContainer") { container, request in
            let names = request.containerNames
            return (container.volumesFrom ?? []).first { !names.contains($0.sourceContainer ?? "") }.map {
                "Invalid 'volumesFrom' setting. Unknown container: '\(RuleText.shown($0.sourceContainer))'"
            }
        },
        Self("containerDefinitions[].dependsOn, links, volumesFrom") { request in
            cycle(in: request) { container in
                (container.dependsOn ?? []).compactMap(\.containerName) + linked(container)
                    + (container.volumesFrom ?? []).compactMap(\.sourceContainer)
            }.map { "Container dependencies should not have a cycle: \($0.joined(separator: " -> "))" }
        },
    ]

    private static func linked(_ container: ECS.ContainerDefinition) -> [String] {
        (container.links ?? []).map { String($0.prefix { $0 != ":" }) }
    }

    /// Names of containers that need one another, the first one again at the end; nil if there are none.
    private static func cycle(
        in request: ECS.RegisterTaskDefinitionRequest, needs: (ECS.ContainerDefinition) -> [String]
    ) -> [String]? {
        var open: [String: Set<String>] = [:]
        for container in request.containerDefinitions ?? [] { open[container.name ?? ""] = Set(needs(container)) }
        // What needs nothing that is still open is in no cycle; what remains in the end can only go round.
        while let ready = open.first(where: { $0.value.isDisjoint(with: open.keys) })?.key { open[ready] = nil }
        guard var name = open.keys.min() else { return nil }
        var path: [String] = []
        while !path.contains(name) {
            path.append(name)
            name = open[name, default: []].filter { open[$0] != nil }.min() ?? name
        }
        return path.drop { $0 != name } + [name]
    }
}
