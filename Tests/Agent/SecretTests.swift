import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import AgentSession
import Foundation
import Synchronization
import Testing

@testable import AgentSecrets

@Suite struct SecretTests {
    /// A control plane that fails so many times before it answers.
    private final class Answers: SecretSource {
        let failures: Mutex<[ControlPlaneError]>
        let asked = Mutex<[String]>([])
        let values: [String: String]

        init(_ values: [String: String], failing failures: [ControlPlaneError] = []) {
            self.values = values
            self.failures = Mutex(failures)
        }

        func secrets(_ clock: ManualClock) -> TaskSecrets {
            TaskSecrets(self, clock: clock)
        }

        func values(
            for use: SecretsRequest.Use, container: String, task: String
        ) async throws(ControlPlaneError) -> [String: String] {
            asked.withLock { $0.append("\(use) \(container) \(task)") }
            if let error = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
            return values
        }
    }

    private static let away = ControlPlaneError(code: .unavailable, message: "away")

    private func web(_ change: (inout ContainerSpecification) -> Void) -> ContainerSpecification {
        var web = container("web")
        web.environment = [.init(name: "A", value: "definition")]
        change(&web)
        return web
    }

    private let secretive = [SecretReference(name: "A", valueFrom: "a"), .init(name: "B", valueFrom: "b")]

    @Test func secretsAreVariablesThatWinAndAreNotWrittenDown() async throws {
        let answers = Answers(["a": "value-of-a", "b": "x\ny"], failing: [Self.away, Self.away])
        let host = try await Host()
        let secrets = answers.secrets(host.clock)
        (host.resources, host.contributors) = ([secrets], [LaunchSecrets(secrets)])
        try await host.start()
        try await host.assign([assignment("1", [web { $0.secrets = secretive }])])
        #expect(
            await eventually {
                host.clock.advance(by: .seconds(1))
                return await host.report()?.status == .running
            })
        let variables = try #require(await host.runtime.environments.last)
        #expect(variables.last { $0.name == "A" }?.value == "value-of-a")
        #expect(variables.last { $0.name == "B" }?.value == "x\ny")
        #expect(answers.asked.withLock { $0 } == Array(repeating: "environment web \(taskArn("1"))", count: 3))
        for file in try FileManager.default.contentsOfDirectory(atPath: host.directory) {
            let bytes = try Data(contentsOf: URL(filePath: "\(host.directory)/\(file)"))
            #expect(bytes.range(of: Data("value-of-a".utf8)) == nil, "\(file)")
        }
        await host.stop()
    }

    @Test func aTaskWithASecretThatIsNotThereDoesNotStartInPart() async throws {
        let answers = Answers(["a": "1"], failing: [.init(code: .refused, message: "no such secret")])
        let host = try await Host()
        host.resources = [answers.secrets(host.clock)]
        try await host.start()
        var side = container("side", essential: false)
        side.secrets = secretive
        side.dependsOn = [.init("web", .start)]
        try await host.assign([assignment("1", [container("web"), side])])
        #expect(await host.reaches(.stopped))
        #expect(await host.report()?.stoppedReason == Self.prefix + "no such secret")
        #expect(await host.runtime.calls == [])
        await host.stop()
    }

    @Test func valuesAreReadOnceForATaskAndForgottenWithIt() async throws {
        let answers = Answers(["a": "1"])
        let secrets = answers.secrets(ManualClock())
        let task = assignment("1", [web { $0.secrets = secretive }])
        var made = TaskResources()
        try await secrets.provision(task, &made)
        #expect(made == TaskResources())
        for _ in 0..<2 { _ = try await secrets.values(for: .environment, of: task.containers[0], task) }
        #expect(answers.asked.withLock { $0.count } == 1)
        try await secrets.release(task, made)
        _ = try await secrets.values(for: .environment, of: task.containers[0], task)
        #expect(answers.asked.withLock { $0.count } == 2)
        #expect(!secrets.isNeeded(by: assignment("1", [web { _ in }])))
    }

    @Test func aStartThatWaitsForSecretsEndsWithTheTask() async throws {
        let answers = Answers([:], failing: Array(repeating: Self.away, count: 1000))
        let host = try await Host()
        // As after the agent began anew: the task's values are not in memory any more.
        host.contributors = [LaunchSecrets(answers.secrets(host.clock))]
        try await host.start()
        try await host.assign([assignment("1", [web { $0.secrets = secretive }])])
        #expect(await eventually { answers.asked.withLock { $0.count } == 1 })
        try await host.assign([assignment("1", desired: .stopped)], complete: false)
        #expect(await host.reaches(.stopped))
        #expect(await host.report()?.containers.first?.reason == nil)
        #expect(await host.runtime.calls == ["pull box"])
        await host.stop()
    }

    @Test func aContainerWithoutSecretsAsksForNone() async throws {
        let answers = Answers([:])
        let contributor = LaunchSecrets(answers.secrets(ManualClock()))
        #expect(try await contributor.contribution(to: web { _ in }, of: assignment()) == LaunchContribution())
        #expect(answers.asked.withLock { $0.isEmpty })
    }

    @Test func optionsOfALogDriverAreKeptApart() async throws {
        let answers = Answers(["a": "1", "b": "2"])
        let contributor = LaunchSecrets(answers.secrets(ManualClock()))
        let container = web {
            $0.secrets = [.init(name: "A", valueFrom: "a")]
            $0.logConfiguration = .init(
                logDriver: "splunk", options: ["splunk-url": "u"],
                secretOptions: [.init(name: "splunk-token", valueFrom: "b")])
        }
        let contribution = try await contributor.contribution(to: container, of: assignment())
        #expect(contribution.overrides == [.init(name: "A", value: "1")])
        #expect(contribution.secretLogOptions == ["splunk-token": "2"])
        let asked = answers.asked.withLock { $0 }
        #expect(asked == ["environment web \(taskArn("1"))", "logDriver web \(taskArn("1"))"])
    }

    private static let prefix =
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "

    @Test func whatIsRefusedIsNotAskedAgain() async throws {
        let answers = Answers([:], failing: [.init(code: .refused, message: "no such secret")])
        let contributor = LaunchSecrets(answers.secrets(ManualClock()))
        await #expect(throws: ResourceError(reason: Self.prefix + "no such secret")) {
            try await contributor.contribution(to: web { $0.secrets = secretive }, of: assignment())
        }
        #expect(answers.asked.withLock { $0.count } == 1)
    }

    @Test func aControlPlaneThatStaysAwayIsGivenUp() async throws {
        let clock = ManualClock()
        let answers = Answers([:], failing: Array(repeating: Self.away, count: 1000))
        let contributor = LaunchSecrets(answers.secrets(clock))
        let time = Task {
            while !Task.isCancelled {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
        await #expect(throws: ResourceError(reason: Self.prefix + "the control plane does not answer: away")) {
            try await contributor.contribution(to: web { $0.secrets = secretive }, of: assignment())
        }
        time.cancel()
        #expect(answers.asked.withLock { (8...20).contains($0.count) })
    }

    @Test func aValueThatIsMissingIsNamedByItsPlace() async throws {
        let contributor = LaunchSecrets(Answers(["a": "1"]).secrets(ManualClock()))
        await #expect(throws: ResourceError(reason: Self.prefix + "the control plane has no value for b")) {
            try await contributor.contribution(to: web { $0.secrets = secretive }, of: assignment())
        }
    }

    // MARK: - Registries

    private let hosts = HostRegistryLogins(
        .docker, data: #"{"https://index.docker.io/v1/":{"username":"h","password":"w","email":"e"}}"#)

    @Test func theDefinitionsOwnCredentialComesFirst() async throws {
        let answers = Answers(["login": #"{"username":"u","password":"p"}"#])
        let logins = RegistryLogins(answers.secrets(ManualClock()), host: try #require(hosts))
        let own = try await logins.credential(for: web { $0.repositoryCredentials = "login" }, of: assignment())
        #expect(own == RegistryCredential(username: "u", password: "p"))
        #expect(answers.asked.withLock { $0 } == ["registry web \(taskArn("1"))"])
        let given = try await logins.credential(for: web { _ in }, of: assignment())
        #expect(given == RegistryCredential(username: "h", password: "w"))
        let none = try await logins.credential(for: web { $0.image = "r.example.com/x" }, of: assignment())
        #expect(none == nil)
    }

    @Test func whatIsNoLoginIsNotQuoted() async throws {
        let logins = RegistryLogins(Answers(["login": "hunter2"]).secrets(ManualClock()), host: HostRegistryLogins())
        let reason = Self.prefix + "the secret login is no JSON object with the texts username and password"
        await #expect(throws: ResourceError(reason: reason)) {
            try await logins.credential(for: web { $0.repositoryCredentials = "login" }, of: assignment())
        }
    }

    struct Given: Sendable {
        var form: HostRegistryLogins.Form
        var text: String
        var image = "r.example.com:5000/x"
        var authorization: String?
    }

    @Test(arguments: [
        Given(
            form: .docker, text: #"{"r.example.com:5000":{"username":"u","password":"p"}}"#, authorization: "dTpw"),
        Given(form: .dockercfg, text: #"{"https://r.example.com:5000/v1/":{"auth":"dTpw"}}"#, authorization: "dTpw"),
        Given(form: .dockercfg, text: #"{"auths":{"r.example.com:5000":{"auth":"dTpw"}}}"#, authorization: "dTpw"),
        Given(form: .dockercfg, text: #"{"docker.io":{"auth":"dTpw"}}"#, image: "box", authorization: "dTpw"),
        Given(form: .dockercfg, text: #"{"other":{"auth":"dTpw"}}"#),
    ])
    func hostsAreGivenLogins(data: Given) throws {
        let logins = try #require(HostRegistryLogins(data.form, data: data.text))
        #expect(logins.credential(for: data.image)?.authorization == data.authorization)
    }

    @Test(arguments: [
        Given(form: .docker, text: "secret"), Given(form: .docker, text: #"{"r":{"auth":"dTpw"}}"#),
        Given(form: .dockercfg, text: #"{"r":{"username":"u","password":"p"}}"#),
        Given(form: .dockercfg, text: #"{"r":{"auth":"?"}}"#), Given(form: .dockercfg, text: "[]"),
    ])
    func whatIsNoLoginForAHostIsRefused(data: Given) {
        #expect(HostRegistryLogins(data.form, data: data.text) == nil)
    }
}
