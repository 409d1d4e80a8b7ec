import AWSModels
import Testing

@Suite struct SystemControlRuleTests {
    static func control(_ namespace: String?, _ value: String? = "1") -> ECS.SystemControl {
        ECS.SystemControl(namespace: namespace, value: value)
    }

    static func foreign(_ namespace: String) -> String {
        "Invalid 'systemControls' setting for container 'app'. '\(namespace)' is not a namespaced kernel parameter."
    }

    static let noValue =
        "Invalid 'systemControls' setting for container 'app'. The value of "
        + "'net.core.somaxconn' must be text without control characters."

    static let cases: [RuleCase] = [
        .refused("a parameter of the host", foreign("vm.swappiness")) {
            $0.app.systemControls = [control("vm.swappiness")]
        },
        .refused("no parameter", foreign("")) { $0.app.systemControls = [control(nil)] },
        .refused("a parameter with its value", foreign("net.a=b")) { $0.app.systemControls = [control("net.a=b")] },
        .accepted("those of the network and of processes") {
            $0.app.systemControls = [
                control("net.core.somaxconn"), control("kernel.msgmax"), control("fs.mqueue.msg_max"),
                control("net.ipv4.ip_local_port_range", "1025 65000"),
            ]
        },
        .refused(
            "one twice",
            "Invalid 'systemControls' setting for container 'app'. 'kernel.sem' is given more than once."
        ) { $0.app.systemControls = [control("kernel.sem"), control("kernel.sem", "2")] },
        .refused("no value", noValue) { $0.app.systemControls = [control("net.core.somaxconn", nil)] },
        .refused("two lines", noValue) { $0.app.systemControls = [control("net.core.somaxconn", "1\n2")] },
        .refused(
            "the network of the host",
            "The systemControls namespace 'net.core.somaxconn' is not supported when networkMode=host."
        ) {
            $0.networkMode = .host
            $0.app.systemControls = [control("kernel.sem"), control("net.core.somaxconn")]
        },
        .accepted("processes with the host's network") {
            $0.networkMode = .host
            $0.app.systemControls = [control("kernel.sem")]
        },
        .refused(
            "the processes of the host", "The systemControls namespace 'kernel.sem' is not supported when ipcMode=host."
        ) {
            $0.ipcMode = .host
            $0.app.systemControls = [control("kernel.sem")]
        },
        .accepted("processes of the task") {
            $0.ipcMode = .task
            $0.app.systemControls = [control("kernel.sem")]
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
