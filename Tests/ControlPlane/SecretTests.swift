import AgentGateway
import AgentProtocol
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import HTTPServer
import Support
import Testing

@testable import ControlPlaneSecrets

private let arns = ARNFactory(region: "us-east-1", accountID: "123456789012")
private let asm = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
private let ssm = "arn:aws:ssm:us-east-1:123456789012:parameter"

/// A directory of secrets that goes with its test.
private final class Directory {
    let path = NSTemporaryDirectory() + "secrets-\(UUID().uuidString)"
    var secrets: FileSecrets { FileSecrets(directory: path) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func put(_ value: String, _ valueFrom: String) throws {
        try secrets.put(value, at: try SecretLocator(valueFrom: valueFrom, arns))
    }

    /// The value, or why there is none.
    func get(_ valueFrom: String) async -> String {
        do throws(SecretError) {
            return try await secrets.value(of: try SecretLocator(valueFrom: valueFrom, arns))
        } catch {
            return error.message
        }
    }
}

@Suite struct SecretLocatorTests {
    struct Reading: Sendable, CustomTestStringConvertible {
        var text: String
        var locator: SecretLocator
        var testDescription: String { text }
    }

    @Test(arguments: [
        Reading(text: "\(asm)db-AbCdEf", locator: .init(.secretsManager, name: "db-AbCdEf")),
        Reading(text: "\(asm)a/b:user::", locator: .init(.secretsManager, name: "a/b", jsonKey: "user")),
        Reading(text: "\(asm)db:::", locator: .init(.secretsManager, name: "db")),
        Reading(text: "\(asm)db:k:AWSCURRENT:", locator: .init(.secretsManager, name: "db", jsonKey: "k")),
        Reading(text: "\(ssm)/a/b", locator: .init(.parameterStore, name: "a/b")),
        Reading(text: "/a/b", locator: .init(.parameterStore, name: "a/b")),
        Reading(text: "plain", locator: .init(.parameterStore, name: "plain")),
    ])
    func reads(reading: Reading) throws {
        let locator = try SecretLocator(valueFrom: reading.text, arns)
        #expect(locator == reading.locator)
        #expect(try SecretLocator(valueFrom: locator.valueFrom(arns), arns) == locator)
    }

    @Test(arguments: [
        ("\(asm)db::AWSPREVIOUS:", "version stage AWSPREVIOUS"), ("\(asm)db:k::11111", "version id 11111"),
        ("name:3", "only the current version of a parameter"), ("\(ssm)/a:label", "only the current version"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", "is not of region us-east-1"),
        ("arn:aws:ssm:us-east-1:210987654321:parameter/a", "account 123456789012"),
        ("arn:aws:s3:::bucket", "is no secret and no parameter"), ("\(asm)", "is no secret"),
        ("\(asm)a:b:c:d:e", "is no secret"), ("arn:aws:ssm:us-east-1:123456789012:document/a", "is no parameter"),
    ])
    func refuses(text: String, problem: String) {
        let error = #expect(throws: SecretError.self) { try SecretLocator(valueFrom: text, arns) }
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
        #expect(error?.code == .refused)
    }

    @Test func aNameAloneIsASecretForARegistry() throws {
        #expect(try SecretLocator(credentialsParameter: "login", arns) == .init(.secretsManager, name: "login"))
        #expect(try SecretLocator(credentialsParameter: "\(asm)login", arns).name == "login")
    }
}

@Suite struct FileSecretsTests {
    @Test func whatIsPutCanBeRead() async throws {
        let directory = Directory()
        try directory.put("one\ntwo\n", "\(asm)db")
        try directory.put("three", "/app/db")
        try directory.put("four", "db")
        // With the hyphen and six characters that Secrets Manager adds, and without.
        #expect(await directory.get("\(asm)db") == "one\ntwo")
        #expect(await directory.get("\(asm)db-AbCdEf") == "one\ntwo")
        #expect(await directory.get("\(ssm)/app/db") == "three")
        #expect(await directory.get("\(ssm)/db") == "four")
        try directory.put("five", "db")
        #expect(await directory.get("db") == "five")
        #expect(try directory.secrets.list().map { $0.valueFrom(arns) } == ["\(asm)db", "\(ssm)/app/db", "\(ssm)/db"])
        #expect(try directory.secrets.remove(try SecretLocator(valueFrom: "db", arns)))
        #expect(try !directory.secrets.remove(try SecretLocator(valueFrom: "db", arns)))
        #expect(await directory.get("db") == "unable to retrieve secrets from ssm: invalid ssm parameters: db")
        #expect(!directory.secrets.isOpenToOthers)
    }

    @Test(arguments: [
        ("user", "u"), ("port", "5432"), ("ratio", "1.5"), ("on", "true"), ("empty", ""),
        (
            "none",
            "unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key none: db"
        ),
        ("list", "unable to retrieve secret from asm: the json key list of db is neither text, number nor boolean"),
        ("null", "unable to retrieve secret from asm: the json key null of db is neither text, number nor boolean"),
    ])
    func aJSONKeyPicksAMember(key: String, value: String) async throws {
        let directory = Directory()
        try directory.put(
            #"{"user":"u","port":5432,"ratio":1.5,"on":true,"empty":"","list":["hunter2"],"null":null}"#, "\(asm)db")
        #expect(await directory.get("\(asm)db:\(key)::") == value)
    }

    @Test func noErrorQuotesAValue() async throws {
        let directory = Directory()
        for value in ["hunter2", #"{"a":hunter2}"#, #"["hunter2"]"#] {
            try directory.put(value, "\(asm)db")
            #expect(
                await directory.get("\(asm)db:key::")
                    == "unable to retrieve secret from asm: db is no JSON object, and its json key key is asked for")
        }
    }

    @Test(arguments: [
        "..", ".", "../../etc/passwd", "a/../../b", "db.new", "a%2Fb", "-rf", "/", "ä", "a\u{0}b", "x\ny", "\u{202E}",
    ])
    func noNameLeadsOutOfTheDirectory(name: String) async throws {
        let directory = Directory()
        let locator = SecretLocator(.secretsManager, name: name)
        try directory.secrets.put("v", at: locator)
        let file = FileSecrets.fileName(name)
        #expect(!file.contains("/") && !file.contains("."))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/secretsmanager") == [file])
        #expect(try directory.secrets.list() == [locator])
        #expect(try await directory.secrets.value(of: locator) == "v")
    }

    @Test func whatIsNoValueIsRefused() throws {
        let directory = Directory()
        for value in ["a\u{0}b", "\u{FFFD}", String(repeating: "x", count: 65_537)] {
            #expect(throws: ConfigurationError.self) { try directory.put(value, "db") }
        }
        #expect(throws: ConfigurationError.self) { try directory.put("v", String(repeating: "x", count: 300)) }
    }

    @Test func whatCannotBeReadMayBeLater() async throws {
        let directory = Directory()
        try FileManager.default.createDirectory(atPath: directory.path + "/ssm/db", withIntermediateDirectories: true)
        do throws(SecretError) {
            _ = try await directory.secrets.value(of: .init(.parameterStore, name: "db"))
            Issue.record("a directory was read")
        } catch {
            #expect(error.code == .unavailable)
        }
    }
}

/// Who gets what from the gateway.
@Suite struct SecretGatewayTests {
    private final class Scene {
        let plane: TestControlPlane
        let directory = Directory()
        let gateway: AgentGateway
        let own: String
        let other: String
        let task: String

        init() async throws {
            let plane = try TestControlPlane()
            self.plane = plane
            gateway = AgentGateway(
                state: plane.state, arns: arns, vpc: plane.context.vpc, settings: .init(agentTimeoutSeconds: 30),
                log: .discarding,
                secrets: directory.secrets, heard: { _ in })
            own = try await plane.registerInstance()
            other = try await plane.registerInstance()
            _ = try await plane.call(
                "RegisterTaskDefinition",
                [
                    "family": "web", "executionRoleArn": "r",
                    "containerDefinitions": [
                        [
                            "name": "app", "image": "busybox", "memory": 64,
                            "secrets": [["name": "A", "valueFrom": "a"], ["name": "B", "valueFrom": "\(asm)b:k::"]],
                            "repositoryCredentials": ["credentialsParameter": "a"],
                        ], ["name": "plain", "image": "busybox", "memory": 64],
                    ],
                ])
            try directory.put("value-of-a", "a")
            try directory.put(#"{"k":"value-of-b"}"#, "\(asm)b")
            try directory.put("login", "\(asm)a")
            try directory.put("nobody's", "c")
            let attributes = [
                "private-registry-authentication.secretsmanager", "secrets.asm.environment-variables",
                "secrets.ssm.environment-variables",
            ].map { ["name": "ecs.capability.\($0)"] }
            let instance: [String: Any] = [
                "containerInstanceArn": own, "attributes": attributes,
                "totalResources": [
                    ["name": "CPU", "type": "INTEGER", "integerValue": 2048],
                    ["name": "MEMORY", "type": "INTEGER", "integerValue": 4096],
                ],
            ]
            _ = try await plane.call("RegisterContainerInstance", instance)
            let run = try await plane.call("StartTask", ["taskDefinition": "web", "containerInstances": [own]])
            task = try #require(run.list("tasks").first).text("taskArn")
        }

        func ask(
            _ instance: String, _ container: String, _ use: SecretsRequest.Use, task: String? = nil,
            as principal: AccessKeyRecord.Principal = .root
        ) async throws -> (status: Int, text: String, values: [String: String]) {
            let request = SecretsRequest(
                containerInstanceArn: instance, taskArn: task ?? self.task, containerName: container, use: use)
            let response = await gateway.giveSecrets(
                Request(
                    method: "POST", path: AgentPath.secrets, body: Array(try AgentCoding.encode(request))), principal)
            guard case .bytes(let body) = response.body else { throw CancellationError() }
            let reply = try? AgentCoding.decode(SecretsReply.self, from: Data(body))
            return (response.status, String(decoding: body, as: UTF8.self), reply?.values ?? [:])
        }

        func agent(_ instance: String) -> AccessKeyRecord.Principal {
            .agent(
                cluster: .default, containerInstance: ContainerInstanceID(String(instance.split(separator: "/")[2])))
        }
    }

    @Test func theHostOfATaskGetsWhatTheDefinitionNames() async throws {
        let scene = try await Scene()
        let agent = scene.agent(scene.own)
        #expect(
            try await scene.ask(scene.own, "app", .environment, as: agent).values
                == ["a": "value-of-a", "\(asm)b:k::": "value-of-b"])
        #expect(try await scene.ask(scene.own, "app", .registry, as: agent).values == ["a": "login"])
        #expect(try await scene.ask(scene.own, "plain", .environment, as: agent).values == [:])
    }

    @Test func nobodyElseGetsAnything() async throws {
        let scene = try await Scene()
        let attempts = [
            // With a key for another instance, in the own name and in the host's.
            try await scene.ask(scene.other, "app", .environment, as: scene.agent(scene.other)),
            try await scene.ask(scene.own, "app", .environment, as: scene.agent(scene.other)),
            try await scene.ask(scene.own, "app", .environment, as: .agent(cluster: .default, containerInstance: nil)),
            try await scene.ask(scene.own, "none", .environment, as: scene.agent(scene.own)),
            try await scene.ask(scene.own, "app", .environment, task: scene.task + "0", as: scene.agent(scene.own)),
        ]
        for attempt in attempts {
            #expect(attempt.status == 403)
            #expect(!attempt.text.contains("value-of"))
        }
    }

    @Test func aTaskThatIsOverGetsNoMore() async throws {
        let scene = try await Scene()
        _ = try await scene.plane.call("SubmitTaskStateChange", ["task": scene.task, "status": "STOPPED"])
        #expect(try await scene.ask(scene.own, "app", .environment, as: scene.agent(scene.own)).status == 403)
    }

    @Test func whatIsMissingIsNamedAndFinal() async throws {
        let scene = try await Scene()
        _ = try scene.directory.secrets.remove(.init(.parameterStore, name: "a"))
        let answer = try await scene.ask(scene.own, "app", .environment, as: scene.agent(scene.own))
        #expect(answer.status == 400)
        #expect(answer.text.contains("invalid ssm parameters: a"))
        #expect(!answer.text.contains("value-of"))
    }
}
