import AWSModels
import Testing

@Suite struct PortRangeRuleTests {
    static func range(_ text: String, _ kind: ECS.TransportProtocol? = nil) -> ECS.PortMapping {
        ECS.PortMapping(containerPortRange: text, protocol: kind)
    }

    static func bad(_ text: String) -> String {
        "Invalid 'containerPortRange' setting for container 'app'. It must be two ports, the lower one first, such as "
            + "8000-8010; found '\(text)'."
    }

    static let mixed = "Invalid setting for container 'app': cannot specify both single port and port range"

    static func twice(_ port: String) -> String {
        "Invalid setting for container 'app': container port is used multiple times in task (\(port))"
    }

    static let cases: [RuleCase] = [
        .refused("a single port too", mixed) {
            $0.app.portMappings = [ECS.PortMapping(containerPort: 80, containerPortRange: "80-90")]
        },
        .refused("a host port too", mixed) {
            $0.app.portMappings = [ECS.PortMapping(containerPortRange: "80-90", hostPort: 80)]
        },
        .refused("the higher port first", bad("90-80")) { $0.app.portMappings = [range("90-80")] },
        .refused("one port", bad("80-80")) { $0.app.portMappings = [range("80-80")] },
        .refused("a port too high", bad("80-65536")) { $0.app.portMappings = [range("80-65536")] },
        .refused("no range", bad("80")) { $0.app.portMappings = [range("80")] },
        .refused("a sign", bad("+80-90")) { $0.app.portMappings = [range("+80-90")] },
        .accepted("a range") { $0.app.portMappings = [range("1-65535")] },
        .refused("the host's network", "containerPortRange is not supported when networkMode=host.") {
            $0.networkMode = .host
            $0.app.portMappings = [range("80-90")]
        },
        .accepted("awsvpc") {
            $0.networkMode = .awsvpc
            $0.app.portMappings = [range("80-90")]
        },
        .refused("101 ranges", "Container 'app' can have at most 100 port ranges; found 101.") {
            $0.app.portMappings = (1...101).map { range("\($0 * 10)-\($0 * 10 + 1)") }
        },
        .accepted("100 ranges") { $0.app.portMappings = (1...100).map { range("\($0 * 10)-\($0 * 10 + 1)") } },
        .refused("ranges that overlap", twice("90/tcp")) { $0.app.portMappings = [range("90-99"), range("80-90")] },
        .refused("a range inside another", twice("50/tcp")) { $0.app.portMappings = [range("1-100"), range("50-60")] },
        .refused("a port in a range", twice("85/udp")) {
            $0.app.portMappings = [range("80-90", .udp), ECS.PortMapping(containerPort: 85, protocol: .udp)]
        },
        .refused("one port twice", twice("80/tcp")) {
            $0.app.portMappings = [
                ECS.PortMapping(containerPort: 80), ECS.PortMapping(containerPort: 80, hostPort: 81),
            ]
        },
        .accepted("ranges side by side, and by two protocols") {
            $0.app.portMappings = [range("80-90"), range("91-99"), range("80-90", .udp)]
        },
        .refused("one range in two containers of a network", "container port is used multiple times in task (85/tcp)") {
            $0.networkMode = .awsvpc
            $0.app.portMappings = [range("80-90")]
            $0.add("side") { $0.portMappings = [range("85-95")] }
        },
        .accepted("one range in two containers of the bridge") {
            $0.app.portMappings = [range("80-90")]
            $0.add("side") { $0.portMappings = [range("85-95")] }
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
