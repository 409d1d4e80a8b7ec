import AgentEngine
import AgentProtocol
import Foundation
import Testing

@testable import AgentRuntime

/// What pulls are shown, what they say, and what is made of it.
@Suite struct PullTests {
    private static let away = RuntimeError(code: .registryUnavailable, message: "connection refused")
    private static let login = RegistryCredential(username: "u", password: "p")

    /// Shows what a test gave it for each container.
    private struct Given: RegistryCredentialSource {
        var credentials: [String: RegistryCredential] = [:]
        var error: ResourceError?

        func credential(
            for container: ContainerSpecification, of task: TaskAssignment
        ) async throws(ResourceError) -> RegistryCredential? {
            if let error { throw error }
            return credentials[container.name]
        }
    }

    /// Moves the clock on until the task is where it should be.
    private func reaches(_ host: Host, _ status: TaskReport.Status, _ id: String = "1") async -> Bool {
        await eventually {
            host.clock.advance(by: .seconds(1))
            return await host.report(id)?.status == status
        }
    }

    @Test func aRegistryThatComesBackIsAskedAgain() async throws {
        let host = try await Host(
            FakeRuntime(["box": .init(pullError: Self.away, pullErrorCount: 4, digest: "sha256:1", isCached: false)]))
        try await host.start { $0.imagePullBehavior = .always }
        try await host.assign([assignment()])
        #expect(await reaches(host, .running))
        #expect(await host.report()?.containers.first?.imageDigest == "sha256:1")
        #expect(await host.runtime.calls == Array(repeating: "pull box", count: 5) + ["run box"])
        await host.stop()
    }

    @Test func aRegistryThatStaysAwayIsGivenUp() async throws {
        let host = try await Host(FakeRuntime(["box": .init(pullError: Self.away)]))
        try await host.start { $0.imagePullBehavior = .always }
        try await host.assign([assignment()])
        #expect(await reaches(host, .stopped))
        #expect(
            await host.report()?.containers.first?.reason
                == "CannotPullContainerError: ref pull has been retried 4 time(s): connection refused")
        await host.stop()
    }

    @Test func aTaskThatIsStoppedDoesNotWaitForTheRegistry() async throws {
        let host = try await Host(FakeRuntime(["box": .init(pullError: Self.away)]))
        try await host.start { $0.imagePullBehavior = .always }
        try await host.assign([assignment()])
        #expect(await eventually { await host.runtime.calls == ["pull box"] })
        try await host.assign([assignment("1", desired: .stopped)], complete: false)
        #expect(await host.reaches(.stopped))
        #expect(await host.runtime.calls == ["pull box"])
        await host.stop()
    }

    /// The pull of one who may have an image is not the pull of one who may not.
    @Test func noOneRidesOnAnothersCredential() async throws {
        let host = try await Host(
            FakeRuntime(["box": .init(credential: Self.login, isCached: false, isPullHeld: true)]))
        host.registries = Given(credentials: [
            "may": Self.login, "wrong": RegistryCredential(username: "u", password: "x"),
        ])
        try await host.start { $0.imagePullBehavior = .always }
        try await host.assign([
            assignment("1", [container("may")]), assignment("2", [container("none")]),
            assignment("3", [container("wrong")]), assignment("4", [container("may")]),
        ])
        #expect(await eventually { await host.runtime.calls.count == 3 })
        await host.runtime.set("box") { $0.isPullHeld = false }
        #expect(await host.reaches(.running, "1"))
        #expect(await host.reaches(.running, "4"))
        #expect(await host.reaches(.stopped, "2"))
        #expect(await host.reaches(.stopped, "3"))
        #expect(await host.report("2")?.containers.first?.reason == "CannotPullContainerError: unauthorized")
        #expect(await host.report("3")?.containers.first?.reason == "CannotPullContainerAuthError: unauthorized")
        #expect(await host.runtime.calls.filter { $0 == "pull box" }.count == 3)
        await host.stop()
    }

    @Test func whoeverHasNoCredentialToShowDoesNotPull() async throws {
        let host = try await Host()
        host.registries = Given(error: ResourceError(reason: "ResourceInitializationError: none"))
        try await host.start()
        try await host.assign([assignment()])
        #expect(await host.reaches(.stopped))
        #expect(await host.report()?.stoppedReason == "ResourceInitializationError: none")
        #expect(await host.report()?.containers.first?.reason == "ResourceInitializationError: none")
        #expect(await host.runtime.calls.isEmpty)
        await host.stop()
    }

    @Test func anImageByDigestHasThatDigest() async throws {
        let host = try await Host()
        try await host.start()
        try await host.assign([assignment("1", [container("web", image: "box:1@sha256:00")])])
        #expect(await host.reaches(.running))
        #expect(await host.report()?.containers.first?.imageDigest == "sha256:00")
        await host.stop()
    }

    // MARK: - docker's words

    struct Said: Sendable, CustomTestStringConvertible {
        var text: String
        var hasCredential = false
        var code: RuntimeError.Code
        var testDescription: String { text }
    }

    @Test(arguments: [
        Said(
            text:
                #"Error response from daemon: Get "http://127.0.0.1:5000/v2/": dial tcp: connect: connection refused"#,
            code: .registryUnavailable),
        Said(text: "Error response from daemon: received unexpected HTTP status: 503 x", code: .registryUnavailable),
        Said(text: "toomanyrequests: You have reached your pull rate limit.", code: .registryUnavailable),
        Said(text: "Error response from daemon: unexpected EOF", code: .registryUnavailable),
        Said(text: "Error response from daemon: manifest for x:1 not found: manifest unknown", code: .cannotPull),
        Said(text: "Error response from daemon: dial tcp: lookup none.example: no such host", code: .cannotPull),
        Said(
            text: "Error response from daemon: pull access denied for x, repository does not exist", code: .cannotPull),
        Said(text: "Error response from daemon: unauthorized: x", hasCredential: true, code: .registryDenied),
        Said(text: "Error response from daemon: no basic auth credentials", code: .cannotPull),
        Said(text: "Cannot connect to the Docker daemon at unix:///x", hasCredential: true, code: .unavailable),
    ])
    func failuresAreToldApart(said: Said) {
        #expect(DockerOutput.pullError(said.text, hasCredential: said.hasCredential).code == said.code)
    }

    @Test func theDigestIsReadOffTheEnd() {
        let digest = "sha256:" + String(repeating: "0a", count: 32)
        let progress =
            "1: Pulling from x\r\n\u{1B}[1A\u{1B}[2K\raa: Pull complete \u{1B}[1BDigest: \(digest)\r\nStatus: ok\r\n"
        #expect(DockerOutput.digest(pullOutput: Array(progress.utf8)) == digest)
        #expect(DockerOutput.digest(pullOutput: Array("Digest: sha256:00\n".utf8)) == nil)
        #expect(DockerOutput.digest(pullOutput: []) == nil)
    }

    // MARK: - Credentials

    @Test(arguments: [
        ("box", "https://index.docker.io/v1/"), ("library/box:1", "https://index.docker.io/v1/"),
        ("docker.io/library/box", "https://index.docker.io/v1/"), ("localhost/box", "localhost"),
        ("127.0.0.1:5000/box:1", "127.0.0.1:5000"), ("r.example.com/a/b@sha256:00", "r.example.com"),
    ])
    func anImageHasItsRegistry(image: String, registry: String) {
        #expect(ImageReference.registry(image) == registry)
    }

    @Test func aLoginIsForOneRegistry() throws {
        let text = String(decoding: try RegistryLogin.configuration(Self.login, for: "r.example.com/a"), as: UTF8.self)
        #expect(text == #"{"auths":{"r.example.com":{"auth":"dTpw"}}}"#)
        #expect("\(Self.login)" == "a registry credential")
    }

    @Test func theDirectoryOfALoginSaysNothing() throws {
        let directory = NSTemporaryDirectory() + "login-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for _ in 0..<2 { try RegistryLogin.prepare(directory) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["config.json"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: directory + "/config.json") == "/dev/stdin")
    }
}
