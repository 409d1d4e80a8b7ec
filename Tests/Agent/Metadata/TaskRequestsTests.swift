import AgentJournal
import AgentProtocol
import Foundation
import Testing

@testable import AgentMetadata

@Suite struct TaskRequestsTests {
    private let endpoint = TestEndpoint([bridgeRecord(), otherRecord()])

    // MARK: - A task is told of itself alone

    @Test(arguments: ["", "/task", "/taskWithTags", "/stats", "/task/stats"])
    func anotherTasksAddressIsToldNothing(path: String) async {
        #expect(await endpoint.own(path).status == 200)
        #expect(await endpoint.own(path, from: "172.17.0.3").status == 404)
        #expect(await endpoint.own(path, task: 1, from: "172.17.0.2").status == 404)
        #expect(await endpoint.own(path, task: 1, from: "172.17.0.3").status == 200)
    }

    /// Every network has 127.0.0.1, so it tells nothing of who asks.
    @Test(arguments: ["127.0.0.1", "169.254.170.2", "10.0.0.1", ""]) func nobodyElseIsEither(address: String) async {
        #expect(await endpoint.own(from: address).status == 404)
    }

    @Test func anIDIsNotToBeGuessed() async {
        let id = endpointIdentity.containerID(task: taskArn("t1"), container: "web")
        for wrong in [
            "t1", "t1-", "t1-00000000000000000000", String(id.dropLast()), id + "0", id.uppercased(), "-", "%2e%2e",
            endpointIdentity.containerID(task: taskArn("t1"), container: "db"),
            EndpointIdentity(secret: [0]).containerID(task: taskArn("t1"), container: "web"),
        ] {
            let answer = await endpoint.get("/v4/\(wrong)/task")
            #expect(answer.status == 404, "\(wrong)")
            #expect(answer.json is String, "ECS answers with a JSON string")
        }
        #expect(await endpoint.get("/v4/\(id)/task").status == 200)
    }

    @Test func idsAreStableAndOfOneTask() {
        let id = endpointIdentity.containerID(task: taskArn("t1"), container: "web")
        #expect(id == EndpointIdentity(secret: Array(1...32)).containerID(task: taskArn("t1"), container: "web"))
        #expect(id.hasPrefix("t1-") && id.count == 23)
        #expect(id != endpointIdentity.containerID(task: taskArn("t1"), container: "we"))
        let credentials = endpointIdentity.credentialsID(task: taskArn("t1"))
        #expect(UUID(uuidString: credentials) != nil && credentials == credentials.lowercased())
        #expect(credentials != endpointIdentity.credentialsID(task: taskArn("t2")))
    }

    @Test func aSecretIsMadeOnceAndKept() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/endpoints-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try EndpointIdentity.load(directory: directory).containerID(task: taskArn("t1"), container: "a")
        #expect(
            try EndpointIdentity.load(directory: directory).containerID(task: taskArn("t1"), container: "a") == first)
        try Data("no secret\n".utf8).write(to: URL(filePath: directory + "/endpoint-secret"))
        #expect(
            try EndpointIdentity.load(directory: directory).containerID(task: taskArn("t1"), container: "a") != first)
    }

    // MARK: - Requests

    @Test(arguments: ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get", ""]) func onlyGET(method: String) async {
        #expect(await endpoint.get("/v4/x", method: method).status == 405)
    }

    @Test(arguments: ["/", "/v4", "/v5/x", "/v4/x/y", "/v1/metadata", "/api/x/task-protection/v1/state"])
    func unknownPaths(path: String) async {
        let answer = await endpoint.get(path)
        #expect(answer.status == 404)
        #expect(answer.json is String)
    }

    @Test func version2KnowsTasksOfTheirOwnAddressAlone() async {
        #expect(await endpoint.get("/v2/metadata").status == 404)
        let awsvpc = TestEndpoint([
            bridgeRecord {
                $0.networkMode = .awsvpc
                $0.networkInterface = networkInterface("10.0.0.5")
            }
        ])
        #expect(object(await awsvpc.get("/v2/metadata", from: "10.0.0.5").json)["TaskARN"] as? String == taskArn("t1"))
        #expect(object(await awsvpc.get("/v2/metadata/c1", from: "10.0.0.5").json)["DockerId"] as? String == "c1")
        #expect(await awsvpc.get("/v2/metadata/c2", from: "10.0.0.5").status == 404)
        #expect(await awsvpc.get("/v2/metadata", from: "10.0.0.6").status == 404)
    }

    @Test func tooManyAreToldSo() async {
        let endpoint = TestEndpoint([bridgeRecord()], rate: .init(perSecond: 1, burst: 2))
        #expect(await endpoint.own().status == 200)
        #expect(await endpoint.own().status == 200)
        #expect(await endpoint.own().status == 429)
    }

    @Test func theRateIsSteadyAfterABurst() {
        let start = ContinuousClock.now
        let limit = RateLimit(.init(perSecond: 2, burst: 3), now: start)
        #expect((0..<4).map { _ in limit.admit(at: start) } == [true, true, true, false])
        #expect(!limit.admit(at: start + .milliseconds(400)))
        #expect(limit.admit(at: start + .milliseconds(600)))
        #expect((0..<4).map { _ in limit.admit(at: start + .seconds(100)) } == [true, true, true, false])
        #expect((0..<1000).allSatisfy { _ in RateLimit(.init(perSecond: 0, burst: 0), now: start).admit(at: start) })
    }

    @Test func rates() {
        #expect(RateLimit.Rate("40,60") == .init(perSecond: 40, burst: 60))
        #expect(RateLimit.Rate(" 40, 60 ") == .init(perSecond: 40, burst: 60))
        for text in ["", "40", "40,", "a,b", "-1,60", "60,40", "1,2,3", "1.5,2"] {
            #expect(RateLimit.Rate(text) == nil)
        }
    }

    /// The container runs a moment before docker says so to the agent.
    @Test func theFirstThingAContainerDoesMayBeToAsk() async {
        let started = bridgeRecord()
        var starting = started
        starting.containers[0].phase = .creating
        starting.containers[0].runtimeID = nil
        let endpoint = TestEndpoint([starting])
        async let answer = endpoint.own()
        endpoint.directory.change(0) { $0 = started }
        #expect(await answer.status == 200)
        starting.containers[0].phase = .pulling
        #expect(await TestEndpoint([starting]).own().status == 404)
    }

    @Test func associationsAreNone() async {
        let answer = await endpoint.own("/associations/elastic-inference")
        #expect(object(answer.json)["Associations"] as? [String] == [])
        #expect(await endpoint.own("/associations/elastic-inference/x").status == 404)
    }

    @Test func figuresOfWhatHasStoppedAreNull() async {
        endpoint.directory.change(0) { $0.containers[0].phase = .stopped }
        endpoint.kernel.removeAll(below: "/sys/fs/cgroup/docker/c1")
        #expect(await endpoint.own("/stats").json is NSNull)
        #expect(object(await endpoint.own("/task/stats").json)["c1"] is NSNull)
    }

    // MARK: - Credentials

    private func withRole(_ expiration: Date? = nil) -> (endpoint: TestEndpoint, path: String) {
        let role = "arn:aws:iam::123456789012:role/app"
        let endpoint = TestEndpoint([bridgeRecord { $0.taskRoleArn = role }, otherRecord()])
        endpoint.credentials.take(
            CredentialsMessage(tasks: [
                TaskCredentials(
                    taskArn: taskArn("t1"), roleArn: role, accessKeyID: "AKIA", secretAccessKey: "secret",
                    sessionToken: "token", expiration: expiration)
            ]))
        return (endpoint, endpointIdentity.credentialsID(task: taskArn("t1")))
    }

    /// AWS SDKs and Tools Reference Guide, "Container credential provider".
    @Test func credentialsAreWhatSDKsRead() async {
        let (endpoint, id) = withRole(startOfTime.addingTimeInterval(60))
        let answer = await endpoint.get("/v2/credentials/\(id)")
        #expect(answer.status == 200)
        #expect(
            answer.json as? [String: String] == [
                "RoleArn": "arn:aws:iam::123456789012:role/app", "AccessKeyId": "AKIA", "SecretAccessKey": "secret",
                "Token": "token", "Expiration": "2027-01-15T08:01:00Z",
            ])
        #expect(await endpoint.get("/v1/credentials", query: "id=\(id)").status == 200)
    }

    @Test func aKeyWithoutAnEndIsAskedForAgainInHours() async {
        let (endpoint, id) = withRole()
        let answer = await endpoint.get("/v2/credentials/\(id)")
        #expect(object(answer.json)["Expiration"] as? String == "2027-01-15T14:00:00Z")
    }

    @Test func credentialsOfOthersAreNot() async {
        let (endpoint, id) = withRole()
        for (answer, code) in [
            (await endpoint.get("/v2/credentials/\(id)", from: "172.17.0.3"), "InvalidIdInRequest"),
            (
                await endpoint.get("/v2/credentials/\(endpointIdentity.credentialsID(task: taskArn("t2")))"),
                "InvalidIdInRequest"
            ),
            (await endpoint.get("/v2/credentials/x"), "InvalidIdInRequest"),
            (await endpoint.get("/v2/credentials"), "NoIdInRequest"),
            (await endpoint.get("/v1/credentials"), "NoIdInRequest"),
        ] {
            #expect(answer.status == 400)
            #expect(object(answer.json)["code"] as? String == code)
            #expect((object(answer.json)["message"] as? String)?.isEmpty == false)
        }
        #expect(await endpoint.get("/v2/credentials/\(id)", method: "POST").status == 405)
    }

    @Test func aStoppedTaskHasNoCredentials() async {
        let (endpoint, id) = withRole()
        endpoint.directory.change(0) { $0.containers[0].phase = .stopped }
        #expect(await endpoint.get("/v2/credentials/\(id)").status == 400)
    }

    @Test func credentialsThatAreNotThereYetOrAnyMore() async {
        let (endpoint, id) = withRole(startOfTime)
        let expired = await endpoint.get("/v2/credentials/\(id)")
        #expect(expired.status == 503 && object(expired.json)["code"] as? String == "CredentialsUninitialized")
        endpoint.credentials.take(CredentialsMessage(tasks: []))
        #expect(await endpoint.get("/v2/credentials/\(id)").status == 503)
    }

    @Test func noDescriptionHoldsAValue() {
        let credentials = TaskCredentials(
            taskArn: "t", roleArn: "r", accessKeyID: "AKIA", secretAccessKey: "hidden", sessionToken: "covert")
        var dumped = ""
        dump(StreamMessageBox(message: CredentialsMessage(tasks: [credentials])), to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("hidden") && !text.contains("covert") && !text.contains("AKIA"))
        }
    }

    private struct StreamMessageBox {
        var message: CredentialsMessage
    }
}
