import AWSModels

extension TaskDefinitionRule {
    /// The App Mesh proxy of a task.
    ///
    /// - Source: ECS core rules, 7.1; API Reference, ProxyConfiguration.
    static let proxyConfiguration: [Self] = [
        Self("proxyConfiguration") { request in
            request.proxyConfiguration != nil && request.networkMode != .awsvpc
                ? "APPMESH proxy configuration is only supported in networkMode=awsvpc" : nil
        },
        Self("proxyConfiguration.containerName") { request in
            guard let proxy = request.proxyConfiguration,
                !request.containerNames.contains(proxy.containerName ?? "")
            else { return nil }
            return "Proxy container [\(RuleText.shown(proxy.containerName))] does not exist"
        },
        Self("proxyConfiguration.properties") { request in
            guard let proxy = request.proxyConfiguration else { return nil }
            func value(_ name: String) -> String? {
                proxy.properties?.last { $0.name == name }?.value.flatMap { $0.isEmpty ? nil : $0 }
            }
            if value("ProxyIngressPort") == nil { return "Ingress port not found" }
            if value("ProxyEgressPort") == nil { return "Egress port not found" }
            if value("AppPorts") == nil { return "App ports not found" }
            return value("IgnoredUID") == nil && value("IgnoredGID") == nil ? "Ignored UID or GID not found" : nil
        },
        Self("proxyConfiguration.properties") { request in
            for property in request.proxyConfiguration?.properties ?? [] {
                let name = property.name ?? ""
                guard let value = property.value, !value.isEmpty, let isValid = validity[name], !isValid(value) else {
                    if validity[name] != nil { continue }
                    return "Unknown proxy property '\(RuleText.shown(name))'; it should be one of "
                        + "[\(validity.keys.sorted().joined(separator: ","))]"
                }
                return "Invalid value '\(RuleText.shown(value))' of proxy property \(name)"
            }
            return nil
        },
    ]

    /// The properties there are, and what their values must be.
    private static let validity: [String: @Sendable (String) -> Bool] = [
        "AppPorts": { isList($0, of: isPort) },
        "EgressIgnoredIPs": { isList($0, of: isAddressOrBlock) },
        "EgressIgnoredPorts": { isList($0, of: isPort) },
        "IgnoredGID": { RuleText.number($0) != nil },
        "IgnoredUID": { RuleText.number($0) != nil },
        "ProxyEgressPort": isPort,
        "ProxyIngressPort": isPort,
    ]

    @Sendable private static func isPort(_ text: String) -> Bool { RuleText.number(text).map(ports.contains) ?? false }

    @Sendable private static func isAddressOrBlock(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard IPAddressText.isAddress(parts[0]) else { return false }
        return parts.count == 1 || (RuleText.number(parts[1]).map { $0 <= 128 } ?? false)
    }

    private static func isList(_ text: String, of isItem: (String) -> Bool) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { item in
            isItem(String(item.drop { $0 == " " }))
        }
    }
}
