import AWSModels
import Testing

@Suite struct ProxyConfigurationRuleTests {
    static let properties = [
        "AppPorts": "80, 81", "EgressIgnoredIPs": "169.254.170.2,10.0.0.0/8", "EgressIgnoredPorts": "",
        "IgnoredUID": "1337", "ProxyEgressPort": "15001", "ProxyIngressPort": "15000",
    ]

    @Sendable static func proxy(
        _ request: inout ECS.RegisterTaskDefinitionRequest, container: String = "envoy",
        _ change: (inout [String: String]) -> Void = { _ in }
    ) {
        var properties = properties
        change(&properties)
        request.networkMode = .awsvpc
        request.add("envoy")
        request.proxyConfiguration = ECS.ProxyConfiguration(
            containerName: container,
            properties: properties.sorted { $0.key < $1.key }.map { ECS.KeyValuePair(name: $0.key, value: $0.value) },
            type: .appmesh)
    }

    static let cases: [RuleCase] = [
        .accepted("a proxy") { proxy(&$0) },
        .refused("a proxy in bridge", "APPMESH proxy configuration is only supported in networkMode=awsvpc") {
            proxy(&$0)
            $0.networkMode = .bridge
        },
        .refused("a proxy that is no container", "Proxy container [nope] does not exist") {
            proxy(&$0, container: "nope")
        },
        .refused("no ingress port", "Ingress port not found") { proxy(&$0) { $0["ProxyIngressPort"] = nil } },
        .refused("no egress port", "Egress port not found") { proxy(&$0) { $0["ProxyEgressPort"] = "" } },
        .refused("no ports of the application", "App ports not found") { proxy(&$0) { $0["AppPorts"] = nil } },
        .refused("no user to ignore", "Ignored UID or GID not found") { proxy(&$0) { $0["IgnoredUID"] = nil } },
        .accepted("a group to ignore") {
            proxy(&$0) {
                $0["IgnoredUID"] = ""
                $0["IgnoredGID"] = "1337"
            }
        },
        .refused("a port of words", "Invalid value 'http' of proxy property ProxyIngressPort") {
            proxy(&$0) { $0["ProxyIngressPort"] = "http" }
        },
        .refused("a list with a port too high", "Invalid value '80,65536' of proxy property AppPorts") {
            proxy(&$0) { $0["AppPorts"] = "80,65536" }
        },
        .refused("a list with a name", "Invalid value 'localhost' of proxy property EgressIgnoredIPs") {
            proxy(&$0) { $0["EgressIgnoredIPs"] = "localhost" }
        },
        .refused(
            "an unknown property",
            "Unknown proxy property 'Ports'; it should be one of [AppPorts,EgressIgnoredIPs,EgressIgnoredPorts,"
                + "IgnoredGID,IgnoredUID,ProxyEgressPort,ProxyIngressPort]"
        ) { proxy(&$0) { $0["Ports"] = "1" } },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
