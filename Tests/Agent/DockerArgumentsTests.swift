import AgentProtocol
import Foundation
import Testing

@testable import AgentRuntime

private func launch(_ change: (inout ContainerLaunch) -> Void = { _ in }) -> ContainerLaunch {
    var launch = ContainerLaunch(name: "ecs-app-1-web-0", image: "box")
    change(&launch)
    return launch
}

private func words(_ launch: ContainerLaunch, own: [String: String] = [:]) throws -> DockerArguments.Invocation {
    try DockerArguments.run(launch, ownEnvironment: own)
}

@Suite struct DockerArgumentsTests {
    @Test func theWholeLine() throws {
        let line = try words(
            launch {
                $0.labels = ["b": "2", "a": "x=y\nz"]
                $0.ports = [
                    .init(hostPort: 8080, containerPort: 80, transportProtocol: .tcp),
                    .init(hostPort: 40000, containerPort: 53, transportProtocol: .udp),
                ]
                $0.environment = [
                    .init(name: "A", value: "1"), .init(name: "B", value: ""), .init(name: "A", value: "2"),
                ]
                $0.entryPoint = ["/bin/sh", "-c"]
                $0.command = ["echo $A", "--privileged"]
                $0.workingDirectory = "/srv"
                $0.user = "nobody"
                $0.cpuShares = 512
                $0.memoryMiB = 64
                $0.memoryReservationMiB = 32
                $0.stopTimeoutSeconds = 7
            })
        #expect(
            line.arguments == [
                "run", "--detach", "--pull=never", "--name=ecs-app-1-web-0", "--network=bridge", "--label=a=x=y\nz",
                "--label=b=2",
                "--publish=0.0.0.0:8080:80/tcp", "--publish=0.0.0.0:40000:53/udp", "--cpu-shares=512", "--memory=64m",
                "--memory-reservation=32m", "--user=nobody", "--workdir=/srv", "--stop-timeout=7",
                "--no-healthcheck",
                "--env-file=/dev/stdin",
                "--entrypoint=/bin/sh", "--", "box", "-c", "echo $A", "--privileged",
            ])
        #expect(line.standardInput.map { String(decoding: $0, as: UTF8.self) } == "A=2\nB=\n")
        #expect(line.environment.isEmpty)
    }

    /// Words that would be something else to a shell, or to docker if they stood elsewhere.
    static let hostile = [
        "--privileged", "-v/:/host", "$(id)", "`id`", "a b", "'\"", "x\ny", ";reboot", "--", "-", "*", "\u{202E}", "%s",
    ]

    @Test(arguments: hostile)
    func noValueBecomesAnOption(word: String) throws {
        let line = try words(
            launch {
                $0.labels = ["key": word]
                $0.environment = [.init(name: "NAME", value: word)]
                $0.entryPoint = [word, word]
                $0.command = [word]
                $0.workingDirectory = word
                $0.user = word
            })
        let separator = try #require(line.arguments.firstIndex(of: "--"))
        let known = ["run", "--detach", "--pull=never", "--no-healthcheck"]
        for argument in line.arguments[..<separator] where !known.contains(argument) {
            let prefixes = [
                "--name=", "--network=", "--label=key=", "--cpu-shares=", "--user=", "--workdir=", "--stop-timeout=",
                "--entrypoint=",
                "--env=NAME", "--env-file=/dev/stdin",
            ]
            #expect(prefixes.contains { argument.hasPrefix($0) }, "\(argument)")
        }
        #expect(Array(line.arguments[separator...]) == ["--", "box", word, word])
        #expect(!line.arguments[..<separator].contains { $0.hasPrefix("--env") && $0.hasSuffix(word) })
    }

    @Test(arguments: [
        "", "-v", "--privileged", "a b", "a\nb", "$(id)", "a;b", "\u{0}", "ä", "/abs", ".hidden",
        String(repeating: "a", count: 600),
    ])
    func whatIsNoImageIsRefused(image: String) {
        #expect(throws: RuntimeError.self) { try words(launch { $0.image = image }) }
        #expect(throws: RuntimeError.self) { try DockerArguments.pull(image) }
    }

    @Test(arguments: [
        "box", "box:1.2_3-x", "localhost:5000/a/b", "registry.example.com/a__b/c:v1", "a@sha256:0123", "Host.example/x",
    ])
    func whatIsAnImageIsTaken(image: String) throws {
        #expect(try DockerArguments.pull(image) == ["pull", "--", image])
    }

    struct Variable: Sendable {
        var name: String
        var value: String
        var channel: DockerArguments.EnvironmentChannel
    }

    @Test(arguments: [
        Variable(name: "A", value: "plain", channel: .file),
        Variable(name: "LD_PRELOAD", value: "/tmp/x.so", channel: .file),
        Variable(name: "PATH", value: "/bin", channel: .file),
        Variable(name: "QUOTED", value: "'\" #$`\\ é ", channel: .file),
        Variable(name: "KEY", value: "-----BEGIN\nEND-----\n", channel: .ownEnvironment),
        Variable(name: "CR", value: "x\r", channel: .ownEnvironment),
        Variable(name: "LONG", value: String(repeating: "x", count: 70_000), channel: .ownEnvironment),
        Variable(name: "#HASH", value: "x", channel: .ownEnvironment),
        Variable(name: "WITH SPACE", value: "x", channel: .ownEnvironment),
        Variable(name: "LD_PRELOAD", value: "/tmp/x.so\n", channel: .none),
        Variable(name: "DOCKER_HOST", value: "tcp://evil\n", channel: .none),
        Variable(name: "https_proxy", value: "x\ny", channel: .none),
        Variable(name: "OURS", value: "x\ny", channel: .none),
    ])
    func howAVariableTravels(variable: Variable) throws {
        let own = ["OURS": "1"]
        #expect(
            DockerArguments.channel(name: variable.name, value: variable.value, ownEnvironment: own) == variable.channel
        )
        let launch = launch { $0.environment = [.init(name: variable.name, value: variable.value)] }
        switch variable.channel {
        case .file:
            #expect(try words(launch, own: own).standardInput == Array("\(variable.name)=\(variable.value)\n".utf8))
        case .ownEnvironment:
            let line = try words(launch, own: own)
            #expect(line.environment == [variable.name: variable.value])
            #expect(line.arguments.contains("--env=\(variable.name)"))
            #expect(line.standardInput == nil)
        case .none:
            #expect(throws: RuntimeError.self) { try words(launch, own: own) }
        }
    }

    @Test func whatTheLineCannotCarryIsRefused() {
        let changes: [@Sendable (inout ContainerLaunch) -> Void] = [
            { $0.command = ["a\0b"] }, { $0.user = "a\0b" }, { $0.labels = ["a": "\0"] }, { $0.labels = ["a=b": "c"] },
            { $0.labels = ["": "c"] }, { $0.environment = [.init(name: "", value: "x")] },
            { $0.environment = [.init(name: "A=B", value: "x")] }, { $0.environment = [.init(name: "A", value: "\0")] },
        ]
        for change in changes { #expect(throws: RuntimeError.self) { try words(launch(change)) } }
    }

    @Test func limitsAndNetworks() throws {
        #expect(try words(launch()).arguments.contains("--cpu-shares=2"))
        #expect(try words(launch { $0.cpuShares = 1 << 30 }).arguments.contains("--cpu-shares=262144"))
        for network in [ContainerLaunch.Network.host, .none] {
            let line = try words(
                launch {
                    $0.network = network
                    $0.ports = [.init(hostPort: 80, containerPort: 80, transportProtocol: .tcp)]
                })
            #expect(line.arguments.contains("--network=\(network)"))
            #expect(!line.arguments.contains { $0.hasPrefix("--publish") })
        }
        #expect(try words(launch { $0.entryPoint = [] }).arguments.suffix(2) == ["--", "box"])
    }

    @Test func namesAreTheSameForTheSame() {
        let arn = "arn:aws:ecs:us-east-1:1:task/default/0123456789abcdef0123456789abcdef"
        func name(_ container: String, _ arn: String) -> String {
            ContainerName.make(family: "app", revision: 3, container: container, taskArn: arn)
        }
        let first = name("web", arn)
        #expect(first == name("web", arn))
        #expect(first.hasPrefix("ecs-app-3-web-"))
        #expect(first.dropFirst("ecs-app-3-web-".count).count == 20)
        #expect(Set([first, name("web", arn + "0"), name("side", arn), name("we.b", arn)]).count == 4)
    }
}

@Suite struct DockerOutputTests {
    struct Failure: Sendable {
        var text: String
        var hasID = false
        var code: RuntimeError.Code
        var reason: String?
    }

    static let port = ContainerLaunch.PublishedPort(hostPort: 8080, containerPort: 80, transportProtocol: .tcp)
    static let udp = ContainerLaunch.PublishedPort(hostPort: 8080, containerPort: 53, transportProtocol: .udp)

    @Test(arguments: [
        Failure(
            text:
                "docker: Error response from daemon: No such image: nosuch:x\n\nRun 'docker run --help' for more information\n",
            code: .imageNotFound,
            reason: "CannotPullContainerError: Error response from daemon: No such image: nosuch:x"),
        Failure(
            text:
                "docker: Error response from daemon: Conflict. The container name \"/t1\" is already in use by container \"4a\". You have to …",
            code: .nameInUse),
        Failure(
            text:
                "docker: Error response from daemon: driver failed programming external connectivity on endpoint t2 (19): Bind for "
                + "0.0.0.0:8080 failed: port is already allocated\n", hasID: true, code: .portInUse(port)),
        Failure(
            text:
                "docker: Error response from daemon: driver failed programming external connectivity on endpoint t3 (9): Error starting "
                + "userland proxy: listen udp4 0.0.0.0:8080: bind: address already in use", hasID: true,
            code: .portInUse(udp)),
        Failure(
            text:
                "docker: Error response from daemon: failed to set up container networking: failed to bind host port for "
                + "0.0.0.0:8080:172.17.0.2:80/tcp: address already in use", hasID: true, code: .portInUse(port)),
        Failure(
            text: "docker: Error response from daemon: listen tcp4 0.0.0.0:80801: bind: address already in use",
            hasID: true,
            code: .cannotStart),
        Failure(
            text:
                "docker: Error response from daemon: failed to create shim task: OCI runtime create failed: exec: \"nosuch\": executable "
                + "file not found in $PATH: unknown", hasID: true, code: .cannotStart,
            reason:
                "CannotStartContainerError: Error response from daemon: failed to create shim task: OCI runtime create failed: exec: "
                + "\"nosuch\": executable file not found in $PATH: unknown"),
        Failure(
            text: "docker: Error response from daemon: Minimum memory limit allowed is 6MB", code: .cannotCreate,
            reason: "CannotCreateContainerError: Error response from daemon: Minimum memory limit allowed is 6MB"),
        Failure(
            text: "docker: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            code: .unavailable),
        Failure(text: "", code: .cannotCreate, reason: "CannotCreateContainerError: no reason given"),
    ])
    func failedStarts(failure: Failure) {
        let error = DockerOutput.runError(
            failure.text, containerID: failure.hasID ? "id" : nil, launch: launch { $0.ports = [Self.port, Self.udp] })
        #expect(error.code == failure.code)
        if let reason = failure.reason { #expect(error.reason == reason) }
    }

    @Test func events() throws {
        func event(_ action: String, _ extra: String = "") throws -> RuntimeEvent? {
            let line = """
                {"status":"x","id":"4a","Type":"container","Action":"\(action)","Actor":{"ID":"4a","Attributes":{\(extra)\
                "com.amazonaws.ecs.task-arn":"arn","com.amazonaws.ecs.container-name":"web","k":"a\\nb"}},"time":1,"timeNano":1500000000}
                """
            return try DockerOutput.event(line: Data(line.utf8), now: .distantPast)
        }
        #expect(try event("start")?.kind == .started)
        let died = try event("die", "\"exitCode\":\"137\",")
        #expect(died?.kind == .exited(code: 137))
        #expect(died?.containerID == "4a")
        #expect(died?.taskArn == "arn")
        #expect(died?.containerName == "web")
        #expect(died?.date == Date(timeIntervalSince1970: 1.5))
        #expect(try event("die") == nil)
        #expect(try event("oom")?.kind == .outOfMemory)
        #expect(try event("destroy")?.kind == .removed)
        #expect(try event("health_status: healthy")?.kind == .health(.healthy))
        #expect(try event("health_status: unhealthy")?.kind == .health(.unhealthy))
        #expect(try event("health_status") == nil)
        #expect(try event("exec_start: sh") == nil)
        #expect(
            try DockerOutput.event(line: Data(#"{"Action":"start","Actor":{"ID":"1"}}"#.utf8), now: .distantPast) == nil
        )
        #expect(throws: (any Error).self) { try DockerOutput.event(line: Data("nonsense".utf8), now: .distantPast) }
    }

    struct Inspection: Sendable {
        var state: String
        var expected: ObservedContainer.State
    }

    @Test(arguments: [
        Inspection(
            state:
                #"{"Error":"","ExitCode":137,"FinishedAt":"2026-11-21T05:09:50.500000000Z","OOMKilled":true,"Status":"exited"}"#,
            expected: .exited(.init(code: 137, isOutOfMemory: true, date: Date(timeIntervalSince1970: 1_795_237_790.5)))
        ),
        Inspection(
            state:
                #"{"Error":"bad","ExitCode":127,"FinishedAt":"0001-01-01T00:00:00Z","OOMKilled":false,"Status":"created"}"#,
            expected: .created(error: "bad")),
        Inspection(state: #"{"Error":"","ExitCode":0,"Status":"created"}"#, expected: .created(error: nil)),
        Inspection(
            state: #"{"Error":"","ExitCode":0,"FinishedAt":"0001-01-01T00:00:00Z","Status":"running"}"#,
            expected: .running),
        Inspection(state: #"{"Error":"","ExitCode":0,"Status":"paused"}"#, expected: .running),
    ])
    func inspections(inspection: Inspection) throws {
        let line = #"{"id":"4a","name":"/ecs-x","labels":null,"state":\#(inspection.state)}"#
        let observed = try DockerOutput.observed(line: Data(line.utf8), now: .distantPast)
        #expect(observed == ObservedContainer(id: "4a", name: "ecs-x", labels: [:], state: inspection.expected))
    }
}
