import AWSModels
import Testing

@Suite struct PortMappingRuleTests {
    static func port(_ container: Int?, _ host: Int? = nil, _ kind: ECS.TransportProtocol? = nil) -> ECS.PortMapping {
        ECS.PortMapping(containerPort: container, hostPort: host, protocol: kind)
    }

    static func badName(_ name: String) -> String {
        "The port mapping name '\(name)' must be 1 to 64 lowercase letters, digits, hyphens and underscores, and not "
            + "start with a hyphen."
    }

    static func mismatch(_ mode: String) -> String {
        "When networkMode=\(mode), the host ports and container ports in port mappings must match."
    }

    static let badPort = "Invalid 'containerPort' setting for container 'app'."
    static let badHostPort = "Invalid 'hostPort' setting for container 'app'."

    static let cases: [RuleCase] = [
        .refused("ports without a network", "Port mappings are not supported when networkMode=none.") {
            $0.networkMode = .noneValue
            $0.app.portMappings = [port(80)]
        },
        .accepted("no ports without a network") {
            $0.networkMode = .noneValue
            $0.app.portMappings = []
        },
        .refused("no port", badPort) { $0.app.portMappings = [port(nil, 80)] },
        .refused("port 0", badPort) { $0.app.portMappings = [port(0)] },
        .refused("port 65536", badPort) { $0.app.portMappings = [port(65_536)] },
        .refused("host port -1", badHostPort) { $0.app.portMappings = [port(80, -1)] },
        .refused("host port 65536", badHostPort) { $0.app.portMappings = [port(80, 65_536)] },
        .accepted("static, dynamic and absent host ports") {
            $0.app.portMappings = [port(1, 65_535), port(65_535, 0), port(80)]
        },
        .refused("another host port in host", mismatch("host")) {
            $0.networkMode = .host
            $0.app.portMappings = [port(80, 81)]
        },
        .refused("another host port in awsvpc", mismatch("awsvpc")) {
            $0.networkMode = .awsvpc
            $0.app.portMappings = [port(80, 81)]
        },
        .accepted("the same host port in awsvpc") {
            $0.networkMode = .awsvpc
            $0.app.portMappings = [port(80, 80), port(81), port(82, 0)]
        },
        .refused("one host port twice", "TCP host port '3000' is mapped multiple times in task.") {
            $0.app.portMappings = [port(80, 3000)]
            $0.add("side") { $0.portMappings = [port(81, 3000)] }
        },
        .refused("one port of the shared network twice", "UDP host port '53' is mapped multiple times in task.") {
            $0.networkMode = .awsvpc
            $0.app.portMappings = [port(53, nil, .udp)]
            $0.add("side") { $0.portMappings = [port(53, nil, .udp)] }
        },
        .accepted("one host port by two protocols") {
            $0.app.portMappings = [port(53, 53, .tcp), port(53, 53, .udp)]
        },
        .accepted("one container port in two containers") {
            $0.app.portMappings = [port(80)]
            $0.add("side") { $0.portMappings = [port(80)] }
        },
        .refused("an uppercase name", badName("Web")) {
            $0.app.portMappings = [ECS.PortMapping(containerPort: 80, name: "Web")]
        },
        .refused("a name that starts with a hyphen", badName("-web")) {
            $0.app.portMappings = [ECS.PortMapping(containerPort: 80, name: "-web")]
        },
        .refused("a name of 65", badName(String(repeating: "n", count: 60))) {
            $0.app.portMappings = [ECS.PortMapping(containerPort: 80, name: String(repeating: "n", count: 65))]
        },
        .accepted("a name of 64") {
            $0.app.portMappings = [ECS.PortMapping(containerPort: 80, name: String(repeating: "n", count: 64))]
        },
        .refused("one name twice", "port mapping name is already used: 'web'") {
            $0.app.portMappings = [ECS.PortMapping(containerPort: 80, name: "web")]
            $0.add("side") { $0.portMappings = [ECS.PortMapping(containerPort: 81, name: "web")] }
        },
        .refused(
            "a protocol without a name", "A port mapping of container 'app' has an appProtocol, which needs a name."
        ) { $0.app.portMappings = [ECS.PortMapping(appProtocol: .grpc, containerPort: 80)] },
        .accepted("a protocol with a name") {
            $0.app.portMappings = [ECS.PortMapping(appProtocol: .grpc, containerPort: 80, name: "_a-1")]
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
