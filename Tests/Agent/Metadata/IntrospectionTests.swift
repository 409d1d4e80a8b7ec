import AgentRuntime
import Foundation
import HTTPServer
import Support
import Testing

@testable import AgentMetadata

@Suite struct IntrospectionTests {
    private let inspector = FakeInspector([.init(id: "c1", imageID: "sha256:11")])

    private func requests(allowsOffHost: Bool = false) -> IntrospectionRequests {
        let directory = FakeDirectory([otherRecord(), bridgeRecord()])
        return IntrospectionRequests(
            tasks: directory, details: DetailsCache(inspector: inspector, logger: .discarding),
            allowsOffHost: allowsOffHost,
            interfaces: {
                [
                    HostInterface(name: "lo", address: 0x7F00_0001, mask: 0xFF00_0000),
                    HostInterface(name: "eth0", address: 0xC0A8_0105, mask: 0xFFFF_FF00),
                    HostInterface(name: "docker0", address: 0xAC11_0001, mask: 0xFFFF_0000),
                ]
            },
            status: {
                AgentStatus(
                    version: "1.2.3", cluster: "default", controlPlane: "http://cp", containerInstanceArn: "arn:i",
                    connection: .init(isConnected: false, since: startOfTime, problem: "away"),
                    endpointProblem: "there is no program iptables", records: directory.taskRecords())
            })
    }

    private func get(
        _ path: String, query: String? = nil, from address: String = "127.0.0.1", method: String = "GET",
        allowsOffHost: Bool = false
    ) async -> (status: Int, json: Any?) {
        answer(
            await requests(allowsOffHost: allowsOffHost).handle(
                Request(method: method, path: path, query: query, remoteAddress: address)))
    }

    @Test func metadata() async {
        let answer = await get("/v1/metadata")
        #expect(
            answer.json as? [String: String] == [
                "Cluster": "default", "ContainerInstanceArn": "arn:i", "Version": "Stevedore Agent - v1.2.3",
            ])
    }

    @Test func tasks() async throws {
        let tasks = try #require(object(await get("/v1/tasks").json)["Tasks"] as? [[String: Any]])
        #expect(tasks.map { $0["Arn"] as? String } == [taskArn("t1"), taskArn("t2")])
        #expect(
            Set(tasks[0].keys) == ["Arn", "DesiredStatus", "KnownStatus", "Family", "Version", "Containers"])
        let container = try #require((tasks[0]["Containers"] as? [[String: Any]])?.first)
        #expect(
            Set(container.keys) == [
                "DockerId", "DockerName", "Name", "Image", "ImageID", "CreatedAt", "StartedAt", "Ports", "Networks",
            ])
        #expect(inspector.calls == [["c1", "c2"]], "one question for all")
    }

    @Test(arguments: [
        "taskarn=\(taskArn("t1"))", "dockerid=c1",
        "taskarn=arn%3Aaws%3Aecs%3Aus-east-1%3A123456789012%3Atask%2Fdefault%2Ft1",
    ])
    func oneTask(query: String) async {
        let answer = await get("/v1/tasks", query: query)
        #expect(answer.status == 200 && object(answer.json)["Arn"] as? String == taskArn("t1"))
    }

    @Test(arguments: [
        ("taskarn=x", 404), ("taskarn=", 404), ("dockerid=", 404), ("dockerid=x", 404), ("dockerid=c", 400),
    ])
    func notOneTask(query: String, status: Int) async {
        #expect(await get("/v1/tasks", query: query).status == status)
    }

    @Test func otherPathsAndMethods() async {
        #expect(
            object(await get("/").json)["AvailableCommands"] as? [String] == [
                "/v1/metadata", "/v1/tasks", "/license", "/stevedore/v1/status",
            ])
        #expect(await get("/license").status == 200)
        #expect(await get("/v2/tasks").status == 404)
        #expect(await get("/v1/tasks", method: "POST").status == 405)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.10", true), ("192.168.1.5", true), ("192.168.1.6", false),
        ("172.17.0.2", true), ("172.18.0.2", false), ("::1", false), ("", false), ("1.2.3", false),
        ("1.2.3.4.5", false),
        ("1.2.3.400", false),
    ])
    func whoMayAsk(address: String, isAllowed: Bool) async {
        #expect(await get("/v1/metadata", from: address).status == (isAllowed ? 200 : 403))
        #expect(await get("/v1/metadata", from: address, allowsOffHost: true).status == 200)
    }

    @Test func statusIsReadAsItIsWritten() async throws {
        let response = await requests().handle(Request(method: "GET", path: IntrospectionRequests.statusPath))
        guard case .bytes(let bytes) = response.body else { throw CancellationError() }
        let status = try AgentStatus.decode(bytes)
        #expect(status.tasks.map(\.arn) == [taskArn("t1"), taskArn("t2")])
        #expect(
            status.text == """
                Agent:         1.2.3
                Cluster:       default
                Instance:      arn:i
                Control plane: http://cp, not connected since 2027-01-15T08:00:00.000Z: away
                Endpoints:     not reachable: there is no program iptables
                Tasks:         2
                  \(taskArn("t1"))  app:3  RUNNING  not reported yet
                    web  box:1  RUNNING  c1
                  \(taskArn("t2"))  app:3  RUNNING  not reported yet
                    db  box  RUNNING  c2

                """)
    }
}
