import AgentProtocol
import Foundation
import HTTPClient
import HTTPServer
import Support
import Synchronization
import Testing

@testable import AgentRuntime

/// Between a client that stands for docker's command line and a server that stands for its engine.
@Suite struct EngineRelayTests {
    private let directory: String
    private let engine: Server
    private let relay: EngineRelay
    private let heard: Heard

    final class Heard: Sendable {
        let requests = Mutex<[Request]>([])
        var bodies: [String] { requests.withLock { $0.map { String(decoding: $0.body, as: UTF8.self) } } }
    }

    init() throws {
        let directory = "/tmp/relay-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let heard = Heard()
        var configuration = ServerConfiguration()
        configuration.unixSocketPath = directory + "/docker.sock"
        engine = Server(configuration) { request in
            heard.requests.withLock { $0.append(request) }
            if request.path.hasSuffix("/wait") {
                return Response(status: 200) { writer in
                    try await writer.write("{}")
                    while !Task.isCancelled { try await Task.sleep(for: .milliseconds(10)) }
                }
            }
            if request.path.hasSuffix("/start") { return Response(status: 204) }
            return Response(status: 201, headers: ["Api-Version": "1.41"], body: Array("made".utf8))
        }
        _ = try engine.start()
        relay = EngineRelay(engineSocket: directory + "/docker.sock", directory: directory, timeout: .seconds(10))
        (self.directory, self.heard) = (directory, heard)
    }

    private func close() async throws {
        await relay.stop()
        await engine.stop()
        try FileManager.default.removeItem(atPath: directory)
    }

    private func say(_ method: String, _ target: String, _ body: String = "") async throws -> ClientResponse {
        var configuration = ClientConfiguration()
        configuration.unixSocketPath = directory + "/engine.sock"
        return try await Client(configuration).send(
            ClientRequest(
                method: method, url: "http://api.moby.localhost\(target)", headers: [.init("X-Meta", "1")],
                body: Array(body.utf8)))
    }

    @Test(arguments: ["plain", #"with "quotes" and \ and"# + "\n\u{1}é", ""])
    func valuesTakeThePlaceOfTheirPlaceholders(value: String) async throws {
        let load = try relay.load(["token": value, "other": "o"])
        let placeholders = load.placeholders
        #expect(load.environment == ["DOCKER_HOST": "unix://\(directory)/engine.sock"])
        #expect(Set(placeholders.values).count == 2)
        let body = try JSONEncoder().encode(["Image": "box", "a": placeholders["token"], "b": placeholders["other"]])
        let answer = try await say(
            "POST", "/v1.41/containers/create?name=x%2Fy", String(decoding: body, as: UTF8.self))
        #expect((answer.status, answer.header("Api-Version"), answer.body) == (201, "1.41", Array("made".utf8)))
        let arrived = try JSONDecoder().decode([String: String].self, from: Data(heard.bodies[0].utf8))
        #expect(arrived == ["Image": "box", "a": value, "b": "o"])
        heard.requests.withLock { requests in
            #expect(requests[0].path == "/v1.41/containers/create")
            #expect(requests[0].query == "name=x%2Fy")
            #expect(requests[0].headers["X-Meta"] == "1")
        }
        #expect(relay.unload(load))
        try await close()
    }

    @Test func nothingElseIsChangedAndNothingIsGivenTwice() async throws {
        let load = try relay.load(["token": "value"])
        let placeholder = #""\#(load.placeholders["token"] ?? "")""#
        _ = try await say("HEAD", "/_ping")
        _ = try await say("POST", "/v1.41/containers/c/start", placeholder)
        #expect(!heard.bodies.contains { $0.contains("value") })
        #expect(!relay.unload(load), "it has not arrived")
        _ = try await say("POST", "/v1.41/containers/create", placeholder)
        #expect(heard.bodies.last == placeholder, "it is forgotten")
        try await close()
    }

    /// As with `wait`, whose body comes when the container has ended.
    @Test func anAnswerBeginsBeforeItEnds() async throws {
        let load = try relay.load(["token": "value"])
        var configuration = ClientConfiguration()
        configuration.unixSocketPath = directory + "/engine.sock"
        let client = Client(configuration)
        let answer = try await client.stream(
            ClientRequest(method: "POST", url: "http://localhost/v1.41/containers/c/wait"))
        #expect(answer.status == 200)
        var bytes = answer.makeAsyncIterator()
        #expect(try await bytes.next() == Array("{}".utf8))
        #expect(try await say("POST", "/v1.41/containers/c/start").status == 204)
        client.close()
        _ = relay.unload(load)
        try await close()
    }

    @Test func theSocketIsItsOwnersAlone() async throws {
        try "left by an agent that was killed".write(
            toFile: directory + "/engine.sock", atomically: false, encoding: .utf8)
        _ = relay.unload(try relay.load(["token": "value"]))
        let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/engine.sock")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        try await close()
    }

    @Test func anEngineThatIsAwayIsSaidSo() async throws {
        let load = try relay.load(["token": "value"])
        await engine.stop()
        let answer = try await say("POST", "/v1.41/containers/create", "{}")
        #expect(answer.status == 503)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("Cannot connect to the Docker daemon"))
        #expect(!relay.unload(load))
        try await close()
    }

    @Test func whereTheEngineIs() {
        #expect(EngineRelay.engineSocket([:]) == "/var/run/docker.sock")
        #expect(EngineRelay.engineSocket(["DOCKER_HOST": ""]) == "/var/run/docker.sock")
        #expect(EngineRelay.engineSocket(["DOCKER_HOST": "unix:///x/y.sock"]) == "/x/y.sock")
        #expect(EngineRelay.engineSocket(["DOCKER_HOST": "tcp://10.0.0.1:2376"]) == nil)
        #expect(EngineRelay.engineSocket(["DOCKER_HOST": "ssh://host"]) == nil)
    }

    @Test(arguments: [("ssh://host", RuntimeDialect.docker), ("unix:///x", .podman)])
    func whatHasNoSuchSocketRefuses(host: String, dialect: RuntimeDialect) async throws {
        let runtime = DockerCLI(
            executable: "/nonexistent", environment: ["DOCKER_HOST": host], agentID: "a", registryDirectory: directory,
            dialect: dialect)
        #expect(!runtime.takesSecretLogOptions)
        var launch = ContainerLaunch(name: "n", image: "box")
        launch.logConfiguration = LogConfiguration(logDriver: "splunk")
        launch.secretLogOptions = ["splunk-token": "value"]
        await #expect(
            throws: RuntimeError(
                code: .cannotCreate,
                message: "logConfiguration.secretOptions needs a docker engine with a unix socket on this host")
        ) { try await runtime.run(launch) }
        try await close()
    }
}
