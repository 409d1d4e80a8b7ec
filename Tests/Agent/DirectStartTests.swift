import Foundation
import HTTPClient
import HTTPServer
import Synchronization
import Testing

@testable import AgentRuntime

/// With a server that stands for docker's engine, and a client that stands for its command line.
@Suite struct DirectStartTests {
    /// What the engine was asked, and how it answers.
    final class Engine: Sendable {
        struct Script: Sendable {
            var creation = (status: 201, message: "")
            var start = (status: 204, message: "")
        }

        let heard = Mutex<[Request]>([])
        let script = Mutex(Script())
        static let id = String(repeating: "c0de", count: 16)

        func answer(_ request: Request) -> Response {
            if request.path == "/info" { return Response(status: 200, body: Array(#"{"ID":"E1"}"#.utf8)) }
            heard.withLock { $0.append(request) }
            let script = script.withLock { $0 }
            let isCreation = request.path.hasSuffix("/create")
            let (status, message) = isCreation ? script.creation : script.start
            if status == 204 { return Response(status: 204) }
            let text = status == 201 ? #"{"Id":"\#(Self.id)","Warnings":[]}"# : #"{"message":"\#(message)"}"#
            return Response(status: status, body: Array(text.utf8))
        }

        func creations() throws -> [JSONValue] {
            try heard.withLock { $0 }.filter { $0.path.hasSuffix("/create") }
                .map { try JSONDecoder().decode(JSONValue.self, from: Data($0.body)) }
        }

        var asked: [String] {
            heard.withLock { $0.map { "\($0.method) \($0.path)\($0.query.map { "?\($0)" } ?? "")" } }
        }
    }

    final class Clock: Sendable {
        let now = Mutex(ContinuousClock.now)
    }

    private let directory = "/tmp/direct-\(UUID().uuidString.prefix(8))"
    private let engine = Engine()
    private let clock = Clock()

    private func withStarts(
        commandsEngine: String? = "E1", _ body: (DirectStarts) async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = ServerConfiguration()
        configuration.unixSocketPath = directory + "/docker.sock"
        let server = Server(configuration) { [engine] in engine.answer($0) }
        _ = try server.start()
        let relay = EngineRelay(engineSocket: directory + "/docker.sock", directory: directory, timeout: .seconds(10))
        let starts = DirectStarts(relay: relay, timeout: .seconds(10)) { [clock] in clock.now.withLock { $0 } }
        await starts.compare(commandsEngine: commandsEngine)
        try await body(starts)
        await relay.stop()
        await server.stop()
    }

    private func launch(_ name: String, port: Int = 32768) -> ContainerLaunch {
        ContainerLaunch(
            name: name, image: "box", labels: ["task": name],
            ports: [.init(hostPort: port, containerPort: 80, transportProtocol: .tcp)],
            environment: [
                .init(name: "WHO", value: "it's \"\(name)\"\n"), .init(name: "PASSWORD", value: "pw-\(name)"),
            ],
            command: ["serve"])
    }

    /// As docker's command line says it, which adds a variable of its own.
    private func said(of launch: ContainerLaunch) throws -> [UInt8] {
        let ports = launch.ports.map { (key: "\($0.containerPort)/tcp", value: "\($0.hostPort)") }
        let body: JSONValue = .object([
            "Image": .string(launch.image), "Cmd": .strings(launch.command ?? []), "Hostname": .string(""),
            "Env": .strings(["NO_PROXY=10.0.0.0/8"] + launch.environment.map { "\($0.name)=\($0.value)" }),
            "Labels": .object(launch.labels.mapValues(JSONValue.string)),
            "HostConfig": .object([
                "Memory": .integer(9_007_199_254_740_993), "MemorySwappiness": .integer(-1), "Privileged": .bool(false),
                "Ulimits": .null, "Weight": .number(0.5),
                "PortBindings": .object(
                    Dictionary(
                        uniqueKeysWithValues: ports.map {
                            let binding = ["HostIp": "0.0.0.0", "HostPort": $0.value].mapValues(JSONValue.string)
                            return ($0.key, JSONValue.array([.object(binding)]))
                        })),
            ]),
        ])
        return try Array(JSONEncoder().encode(body))
    }

    private func learn(_ starts: DirectStarts, _ launch: ContainerLaunch, saying: [UInt8]? = nil) async throws {
        let body = try saying ?? said(of: launch)
        _ = try await starts.learn(from: launch) { variables throws(RuntimeError) in
            guard let socket = variables["DOCKER_HOST"]?.dropFirst("unix://".count) else { return }
            var configuration = ClientConfiguration()
            configuration.unixSocketPath = String(socket)
            let url = "http://docker/v1.41/containers/create?name=\(launch.name)&platform="
            _ = try? await Client(configuration).send(ClientRequest(method: "POST", url: url, body: body))
        }
    }

    @Test func whatWasSaidForOneIsSaidForTheNext() async throws {
        try await withStarts { starts in
            #expect(try await starts.start(launch("a")) == nil, "nobody has said how")
            try await learn(starts, launch("a"))
            let started = try await starts.start(launch("b", port: 40_000))
            #expect(started == ContainerStart(id: Engine.id, failure: nil))
            #expect(
                engine.asked == [
                    "POST /v1.41/containers/create?name=a&platform=", "POST /v1.41/containers/create?name=b&platform=",
                    "POST /v1.41/containers/\(Engine.id)/start",
                ])
            var expected = try JSONDecoder().decode(JSONValue.self, from: Data(said(of: launch("b", port: 40_000))))
            expected["Env"] = .strings((expected["Env"]?.strings ?? []).sorted())
            #expect(try engine.creations().last == expected)
        }
    }

    @Test func severalPortsStandWhereTheyDid() async throws {
        func launch(_ name: String, _ first: Int) -> ContainerLaunch {
            var launch = self.launch(name)
            launch.ports = [
                .init(hostPort: first, containerPort: 8000, transportProtocol: .tcp, portCount: 2),
                .init(hostPort: first + 7, containerPort: 53, transportProtocol: .tcp),
            ]
            return launch
        }
        func body(_ launch: ContainerLaunch) throws -> JSONValue {
            var single = launch
            single.ports = launch.ports.flatMap { port in
                zip(port.hostPorts, port.containerPorts).map {
                    .init(hostPort: $0, containerPort: $1, transportProtocol: .tcp)
                }
            }
            return try JSONDecoder().decode(JSONValue.self, from: Data(said(of: single)))
        }
        try await withStarts { starts in
            try await learn(starts, launch("a", 100), saying: Array(JSONEncoder().encode(body(launch("a", 100)))))
            #expect(try await starts.start(launch("b", 200)) != nil)
            #expect(try engine.creations().last?["HostConfig"] == body(launch("b", 200))["HostConfig"])
        }
    }

    @Test(
        arguments: [
            { (launch: inout ContainerLaunch) in launch.image = "other" },
            { $0.command = ["other"] },
            { $0.memoryMiB = 5 },
            { $0.ports[0].containerPort = 81 },
            { $0.ports = [] },
            { $0.network = .host },
            { $0.mounts = [.init(source: .volume("v"), containerPath: "/v")] },
        ] as [@Sendable (inout ContainerLaunch) -> Void])
    func anotherShapeIsTheCommandLines(change: @Sendable (inout ContainerLaunch) -> Void) async throws {
        try await withStarts { starts in
            try await learn(starts, launch("a"))
            var other = launch("b")
            change(&other)
            #expect(try await starts.start(other) == nil)
            #expect(engine.asked.count == 1)
        }
    }

    /// A value that is not where it is looked for might be somewhere else, and stay there for the next container.
    @Test(
        arguments: [
            { (body: inout JSONValue) in body["Labels"] = .object([:]) },
            { $0["Labels"]?["more"] = .string("label") },
            { $0["Env"] = .strings(["WHO=somebody"]) },
            { $0["Env"] = .null },
            { $0["HostConfig"]?["PortBindings"] = .object([:]) },
            { $0["HostConfig"]?["PortBindings"]?["80/tcp"] = .array([.object(["HostPort": .string("32768")])]) },
        ] as [@Sendable (inout JSONValue) -> Void])
    func whatIsNotUnderstoodIsNotLearnt(change: @Sendable (inout JSONValue) -> Void) async throws {
        try await withStarts { starts in
            var body = try JSONDecoder().decode(JSONValue.self, from: Data(said(of: launch("a"))))
            change(&body)
            try await learn(starts, launch("a"), saying: Array(JSONEncoder().encode(body)))
            #expect(try await starts.start(launch("b")) == nil)
        }
    }

    @Test(arguments: ["E2", nil]) func anotherEngineThanTheCommandLinesIsLeftAlone(id: String?) async throws {
        try await withStarts(commandsEngine: id) { starts in
            try await learn(starts, launch("a"))
            #expect(try await starts.start(launch("b")) == nil)
            #expect(engine.asked.isEmpty, "the command line finds its engine by itself")
        }
    }

    @Test(arguments: [400, 404, 409, 500]) func aRefusalIsTheCommandLinesToTell(status: Int) async throws {
        try await withStarts { starts in
            try await learn(starts, launch("a"))
            engine.script.withLock { $0.creation = (status, "no") }
            #expect(try await starts.start(launch("b")) == nil)
            engine.script.withLock { $0.creation = (201, "") }
            #expect(try await starts.start(launch("b")) == nil, "what failed once is learnt anew")
            #expect(engine.asked.count == 2)
        }
    }

    @Test func aFailedStartIsToldWithTheContainer() async throws {
        try await withStarts { starts in
            try await learn(starts, launch("a"))
            engine.script.withLock { $0.start = (500, "port is already allocated") }
            let start = try await starts.start(launch("b"))
            #expect(
                start
                    == ContainerStart(
                        id: Engine.id, failure: "Error response from daemon: port is already allocated"))
        }
    }

    @Test func theCommandLineIsAskedAgainLater() async throws {
        try await withStarts { starts in
            try await learn(starts, launch("a"))
            clock.now.withLock { $0 += .seconds(599) }
            #expect(try await starts.start(launch("b")) != nil)
            clock.now.withLock { $0 += .seconds(1) }
            #expect(try await starts.start(launch("c")) == nil)
        }
    }

    @Test func noVariableStaysInMemory() throws {
        let launch = launch("a")
        let call = CreateTemplate.Call(path: "/v1.41/containers/create", query: [], body: try said(of: launch))
        let template = try #require(CreateTemplate(call, of: launch))
        #expect(!String(describing: template).contains("pw-a"))
        #expect(String(describing: template).contains("NO_PROXY"))
    }
}
