import AgentGateway
import AgentProtocol
import ControlPlaneAPI
import ControlPlaneState
import Controllers
import Foundation
import HTTPClient
import HTTPServer
import Support
import Synchronization
import Testing

/// The agents' conversation over real sockets, with agents that the test plays.
@Suite(.timeLimit(.minutes(2))) struct AgentGatewayTests {
    /// A control plane that listens, with signatures off so that the test may play any agent.
    final class ListeningPlane: Sendable {
        let plane: TestControlPlane
        let gateway: AgentGateway
        private final class Told: Sendable {
            let signs = Mutex<[Sign]>([])
        }

        enum Sign: Equatable {
            case seen(ContainerInstanceID)
            case streamEnded(ContainerInstanceID)
        }

        let liveness: AgentLiveness
        private let told: Told
        var signs: [Sign] { told.signs.withLock { $0 } }
        let server: Server
        let url: String
        let client = Client()

        init(roles: any RoleCredentialsProvider = NoRoleCredentials()) throws {
            let plane = try TestControlPlane(roles: roles)
            let clock = plane.clock
            let arns = plane.context.arns
            let told = Told()
            let liveness = AgentLiveness(
                state: plane.state, timeout: .seconds(30), now: { clock.now }, log: .discarding)
            let gateway = AgentGateway(
                state: plane.state, arns: arns, vpc: plane.context.vpc,
                settings: .init(agentTimeoutSeconds: 30, takesSigns: true), roles: roles,
                now: { clock.now }, log: .discarding, heard: { await liveness.heard($0) },
                seen: { id in told.signs.withLock { $0.append(.seen(id)) } },
                streamEnded: { id in told.signs.withLock { $0.append(.streamEnded(id)) } })
            plane.state.add(observer: gateway)
            let api = APIServer(
                services: [plane.service.operations()],
                routes: [
                    AgentPath.stream: .init(
                        "GET", access: .agents { await gateway.openStream($0, $1.principal) }),
                    AgentPath.reports: .init(
                        "POST", access: .agents { await gateway.takeReports($0, $1.principal) }),
                ], authenticator: Authenticator(state: plane.state, arns: arns, isOn: false), log: .discarding)
            server = Server(ServerConfiguration(), handler: api.handle)
            url = "http://127.0.0.1:\(try server.start())"
            self.plane = plane
            self.gateway = gateway
            self.liveness = liveness
            self.told = told
        }

        func stop() async {
            gateway.closeAll()
            client.close()
            await server.stop(gracePeriod: .seconds(1))
        }

        func stream(
            _ instance: String, session: String = "s", version: Int = 1, address: String? = nil, client: Client? = nil
        ) async throws -> ClientStream {
            let host = address.map { "&hostAddress=\($0)" } ?? ""
            let query = "containerInstanceArn=\(instance)&protocolVersion=\(version)&sessionId=\(session)\(host)"
            return try await (client ?? self.client).stream(
                ClientRequest(method: "GET", url: "\(url)\(AgentPath.stream)?\(query)"))
        }

        func report(
            _ instance: String, _ reports: [TaskReport], health: InstanceHealth? = nil, hasMore: Bool? = nil,
            session: String = "s", number: Int = 1
        ) async throws -> (Int, ReportReply?) {
            let batch = ReportBatch(
                containerInstanceArn: instance, sessionID: session, batch: number, appliedSequence: 1, reports: reports,
                health: health, hasMore: hasMore)
            let response = try await client.send(
                ClientRequest(
                    method: "POST", url: url + AgentPath.reports, body: Array(try AgentCoding.encode(batch))))
            return (response.status, try? AgentCoding.decode(ReportReply.self, from: Data(response.body)))
        }
    }

    /// Reads one message after the other from a stream.
    struct Messages {
        var iterator: ClientStream.AsyncIterator
        var buffer: [UInt8] = []

        init(_ stream: ClientStream) { iterator = stream.makeAsyncIterator() }

        mutating func next() async throws -> StreamMessage? {
            while true {
                if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Data(buffer[..<end])
                    buffer.removeSubrange(...end)
                    return try AgentCoding.decode(StreamMessage.self, from: line)
                }
                guard let piece = try await iterator.next() else { return nil }
                buffer += piece
            }
        }

        mutating func assignments() async throws -> AssignmentMessage {
            while let message = try await next() {
                if case .assignments(let assignments) = message { return assignments }
            }
            throw CancellationError()
        }

        mutating func network() async throws -> NetworkMessage {
            while let message = try await next() {
                if case .network(let network) = message { return network }
            }
            throw CancellationError()
        }

        mutating func close() async throws -> SessionClose {
            while let message = try await next() {
                if case .close(let close) = message { return close }
            }
            throw CancellationError()
        }
    }

    func withPlane(
        roles: any RoleCredentialsProvider = NoRoleCredentials(), _ body: (ListeningPlane) async throws -> Void
    ) async throws {
        let plane = try ListeningPlane(roles: roles)
        do { try await body(plane) } catch {
            await plane.stop()
            throw error
        }
        await plane.stop()
    }

    @Test func tellsAllThenWhatChanged() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            try await plane.registerTaskDefinition("web", portMappings: [["containerPort": 80]])
            let first = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0]

            var messages = Messages(try await listening.stream(instance))
            guard case .hello(let hello)? = try await messages.next() else {
                Issue.record("the stream does not begin with hello")
                return
            }
            #expect(hello.heartbeatIntervalSeconds == 10)
            let all = try await messages.assignments()
            #expect(all.isComplete)
            #expect(all.sequence == 1)
            #expect(all.tasks.map(\.taskArn) == [first.text("taskArn")])
            let binding = try #require(all.tasks.first?.containers.first?.portBindings.first)
            #expect((32768...60999).contains(binding.hostPort))
            #expect(binding.isDynamic)

            let second = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0].text("taskArn")
            let started = try await messages.assignments()
            #expect(!started.isComplete)
            #expect(started.sequence == 2)
            #expect(started.tasks.map(\.taskArn) == [second])

            _ = try await plane.call("StopTask", ["task": second])
            let stopping = try await messages.assignments()
            #expect(stopping.tasks.map(\.desiredStatus) == [.stopped])

            let (status, reply) = try await listening.report(
                instance, [TaskReport(taskArn: second, status: .stopped, containers: [])])
            #expect(status == 200)
            #expect(reply?.unknownTaskArns == [])
            let removed = try await messages.assignments()
            #expect(removed.tasks.isEmpty)
            #expect(removed.removedTaskArns == [second])
        }
    }

    @Test func datagramsOfTheOpenStreamsAgentCount() async throws {
        try await withPlane { listening in
            let instance = try await listening.plane.registerInstance()
            let id = ContainerInstanceID(String(instance.split(separator: "/").last ?? ""))
            func counts(_ number: UInt64, of arn: String, key: String) -> Bool {
                let before = listening.signs.count
                listening.gateway.take(
                    sign: SignOfLife.datagram(containerInstanceArn: arn, number: number, key: key))
                let new = listening.signs.dropFirst(before)
                #expect(new.isEmpty || Array(new) == [.seen(id)])
                return !new.isEmpty
            }
            func key(_ stream: ClientStream) async throws -> String {
                var messages = Messages(stream)
                guard case .hello(let hello)? = try await messages.next() else { throw CancellationError() }
                guard let key = hello.signKey else { throw CancellationError() }
                return key
            }
            #expect(!counts(1, of: instance, key: ""), "there is no stream")
            let stream = try await listening.stream(instance)
            let first = try await key(stream)
            #expect(first.utf8.count >= 32)
            #expect(counts(1, of: instance, key: first))
            #expect(!counts(1, of: instance, key: first), "sent again")
            #expect(counts(5, of: instance, key: first))
            #expect(!counts(4, of: instance, key: first), "overtaken")
            #expect(!counts(6, of: instance, key: "another"))
            #expect(!counts(6, of: instance + "x", key: first))
            listening.gateway.take(sign: Array("hello".utf8))
            #expect(counts(6, of: instance, key: first))

            let newer = try await listening.stream(instance, session: "t")
            let second = try await key(newer)
            #expect(second != first)
            #expect(!counts(7, of: instance, key: first), "of a session that is over")
            #expect(counts(1, of: instance, key: second))
            newer.cancel()
            try await hasNoStream(listening)
            #expect(!counts(2, of: instance, key: second), "the stream has ended")
            // Not dropped before, which would have ended it.
            stream.cancel()
        }
    }

    private func hasNoStream(_ listening: ListeningPlane) async throws {
        let deadline = ContinuousClock().now + .seconds(20)
        while listening.gateway.sessionCount > 0, ContinuousClock().now < deadline {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(listening.gateway.sessionCount == 0)
    }

    /// Its own end of a connection tells an agent nothing of the other.
    @Test func repliesSayWhetherTheStreamIsOpen() async throws {
        try await withPlane { listening in
            let instance = try await listening.plane.registerInstance()
            #expect(try await listening.report(instance, []).1?.lacksStream == true)
            let stream = try await listening.stream(instance)
            var messages = Messages(stream)
            _ = try await messages.next()
            #expect(try await listening.report(instance, []).1 == ReportReply(batch: 1))
            stream.cancel()
            try await hasNoStream(listening)
            #expect(try await listening.report(instance, []).1?.lacksStream == true)
        }
    }

    @Test func hostsHearWhereTheTasksOfOthersAre() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let versions = (17...44).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }
            let capabilities = versions + ["ecs.capability.task-eni"]
            let first = try await plane.registerInstance(attributes: capabilities)
            let second = try await plane.registerInstance(attributes: capabilities)
            _ = try await plane.call(
                "RegisterTaskDefinition",
                [
                    "family": "web", "networkMode": "awsvpc",
                    "containerDefinitions": [["name": "app", "image": "busybox", "memory": 8]],
                ])
            for address in ["127.0.0.1", "host", "224.0.0.1"] {
                #expect(try await listening.stream(second, address: address).status == 400)
            }
            var own = Messages(try await listening.stream(second, address: "192.0.2.2"))
            var others = Messages(try await listening.stream(first, address: "192.0.2.1"))
            #expect(
                try await others.network() == NetworkMessage(isComplete: true, vpcCIDR: "10.192.0.0/12", slices: []))

            let subnet = try #require(plane.state.peek { $0.networks.subnet(in: "us-east-1a")?.id.rawValue })
            let output = try await plane.call(
                "StartTask",
                [
                    "taskDefinition": "web", "containerInstances": [second],
                    "networkConfiguration": ["awsvpcConfiguration": ["subnets": [subnet]]],
                ])
            #expect(output.list("failures").isEmpty)
            let slice = NetworkMessage.Slice(cidr: "10.192.0.0/26", hostAddress: "192.0.2.2")
            #expect(
                try await others.network()
                    == NetworkMessage(isComplete: false, vpcCIDR: "10.192.0.0/12", slices: [slice]))
            // Its own are no news to a host, and the interface comes with the task.
            #expect(try await own.network().slices.isEmpty)
            var task = try await own.assignments().tasks.first
            if task == nil { task = try await own.assignments().tasks.first }
            let interface = try #require(task?.networkInterface)
            #expect(interface.privateIPv4Address == "10.192.0.4")
            #expect(interface.gatewayIPv4Address == "10.192.0.1")
            #expect(interface.subnetCIDR == "10.192.0.0/16")

            // The host has another address now.
            _ = try await listening.stream(second, session: "t", address: "192.0.2.3")
            #expect(try await others.network().slices.map(\.hostAddress) == ["192.0.2.3"])
            _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": second, "force": true])
            #expect(try await others.network().removedCIDRs == ["10.192.0.0/26"])
        }
    }

    @Test func overridesAreMergedIntoTheAssignment() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            _ = try await plane.call(
                "RegisterTaskDefinition",
                [
                    "family": "web",
                    "containerDefinitions": [
                        [
                            "name": "app", "image": "busybox", "memory": 64, "command": ["a"], "entryPoint": ["e"],
                            "environment": [["name": "A", "value": "1"], ["name": "B", "value": "2"]],
                        ]
                    ],
                ])
            let override: [String: Any] = [
                "name": "app", "command": ["b", "c"], "memory": 99,
                "environment": [["name": "B", "value": "3"], ["name": "C", "value": ""]],
            ]
            _ = try await plane.call(
                "RunTask", ["taskDefinition": "web", "overrides": ["containerOverrides": [override]]])
            var messages = Messages(try await listening.stream(instance))
            let container = try #require(try await messages.assignments().tasks.first?.containers.first)
            #expect(container.command == ["b", "c"])
            #expect(container.entryPoint == ["e"])
            #expect(container.memoryMiB == 99)
            #expect(container.environment.map { "\($0.name)=\($0.value)" } == ["A=1", "B=3", "C="])
        }
    }

    @Test func whatATaskNeedsBesideContainersIsInTheAssignment() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let names = ["docker-plugin.nfs", "env-files.s3", "pid-ipc-namespace-sharing"].map {
                "ecs.capability.\($0)"
            }
            let instance = try await plane.registerInstance(
                attributes: names + [17, 25, 32].map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" })
            _ = try await plane.call(
                "RegisterTaskDefinition",
                [
                    "family": "web", "cpu": "1 vCPU", "memory": "512", "pidMode": "host", "ipcMode": "none",
                    "volumes": [
                        ["name": "host", "host": ["sourcePath": "/srv"]], ["name": "empty"],
                        [
                            "name": "docker",
                            "dockerVolumeConfiguration": [
                                "scope": "shared", "autoprovision": true, "driver": "nfs", "driverOpts": ["a": "b"],
                                "labels": ["c": "d"],
                            ],
                        ],
                    ],
                    "containerDefinitions": [
                        [
                            "name": "app", "image": "busybox", "volumesFrom": [["sourceContainer": "side"]],
                            "mountPoints": [["sourceVolume": "host", "containerPath": "/h", "readOnly": true]],
                            "environmentFiles": [["type": "s3", "value": "file:///old.env"]],
                        ], ["name": "side", "image": "busybox"],
                    ],
                ])
            let files = ["a", "b"].map { ["type": "s3", "value": "file:///\($0).env"] }
            let overrides: [String: Any] = [
                "memory": "1 GB", "containerOverrides": [["name": "app", "environmentFiles": files]],
            ]
            _ = try await plane.call("RunTask", ["taskDefinition": "web", "overrides": overrides])
            var messages = Messages(try await listening.stream(instance))
            let task = try #require(try await messages.assignments().tasks.first)
            #expect((task.cpuUnits, task.memoryMiB) == (1024, 1024))
            #expect(task.pidMode == .host)
            #expect(task.ipcMode == TaskAssignment.IPCNamespace.none)
            #expect(
                task.volumes == [
                    .init(name: "host", kind: .hostPath("/srv")), .init(name: "empty", kind: .anonymous),
                    .init(
                        name: "docker",
                        kind: .docker(
                            .init(
                                scope: .shared, autoprovision: true, driver: "nfs", driverOpts: ["a": "b"],
                                labels: ["c": "d"]))),
                ])
            let app = task.containers[0]
            #expect(app.mountPoints == [.init(sourceVolume: "host", containerPath: "/h", isReadOnly: true)])
            #expect(app.volumesFrom == [.init(sourceContainer: "side")])
            #expect(app.environmentFiles == ["file:///a.env", "file:///b.env"])
            #expect(task.containers[1].mountPoints == nil && task.containers[1].environmentFiles == nil)
        }
    }

    @Test func reportsMoveTasksAndStrangersAreToldSo() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            let other = try await plane.registerInstance()
            try await plane.registerTaskDefinition()
            let task = try await plane.call("StartTask", ["taskDefinition": "web", "containerInstances": [instance]])
                .list("tasks")[0].text("taskArn")
            let running = TaskReport(
                taskArn: task, status: .running,
                containers: [ContainerReport(name: "app", status: .running, runtimeID: "abc")])
            let (_, foreign) = try await listening.report(other, [running])
            #expect(foreign?.unknownTaskArns == [task])
            _ = try await listening.report(instance, [running])
            let described = try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0]
            #expect(described.text("lastStatus") == "RUNNING")
            #expect(described.list("containers")[0].text("runtimeId") == "abc")
            _ = try await listening.report(
                instance,
                [
                    TaskReport(
                        taskArn: task, status: .stopped, stopCode: .essentialContainerExited,
                        stoppedReason: "Essential container in task exited",
                        containers: [ContainerReport(name: "app", status: .stopped, exitCode: 7)])
                ])
            _ = try await listening.report(instance, [running])
            let stopped = try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0]
            #expect(stopped.text("lastStatus") == "STOPPED")
            #expect(stopped.text("stopCode") == "EssentialContainerExited")
            #expect(stopped.list("containers")[0]["exitCode"] as? Int == 7)
        }
    }

    @Test func whatAHostSaysOfItsRuntimeIsShown() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            func check() async throws -> [String: Any] {
                try await plane.describe(instance, include: ["CONTAINER_INSTANCE_HEALTH"]).object("healthStatus")
                    .list("details")[0]
            }
            _ = try await listening.report(instance, [])
            #expect(try await check().text("status") == "INSUFFICIENT_DATA")

            let start = TestControlPlane.start
            let well = InstanceHealth(status: .ok, since: start)
            _ = try await listening.report(instance, [], health: well)
            #expect(try await check().text("status") == "OK")
            plane.clock.advance(by: 10)
            _ = try await listening.report(instance, [], health: well)
            // Nothing is written for what is known.
            #expect(try await check()["lastUpdated"] as? Double == start.timeIntervalSince1970)

            let reason = String(repeating: "x", count: 600)
            let since = start.addingTimeInterval(5)
            _ = try await listening.report(
                instance, [], health: InstanceHealth(status: .impaired, reason: reason, since: since))
            // Who says nothing has nothing new to say.
            _ = try await listening.report(instance, [])
            let impaired = try await check()
            #expect(impaired.text("status") == "IMPAIRED")
            #expect(impaired.text("statusReason") == String(repeating: "x", count: 512))
            #expect(impaired["lastStatusChange"] as? Double == since.timeIntervalSince1970)
            #expect(impaired["lastUpdated"] as? Double == plane.clock.now.timeIntervalSince1970)

            try await plane.state.transact { tx in
                guard let id = tx.containerInstances.connectedIDs.first, var record = tx.containerInstances[id] else {
                    return
                }
                record.agentConnected = false
                tx.put(record)
            }
            #expect(try await check().text("status") == "INSUFFICIENT_DATA", "nobody hears of it any more")
        }
    }

    @Test func aNewerStreamReplacesTheOlder() async throws {
        try await withPlane { listening in
            let instance = try await listening.plane.registerInstance()
            var older = Messages(try await listening.stream(instance, session: "one"))
            _ = try await older.assignments()
            var newer = Messages(try await listening.stream(instance, session: "two"))
            _ = try await newer.assignments()
            #expect(try await older.close().reason == .replaced)
        }
    }

    /// One that was held up on its way, and whose sender gave up on it. It is told once that a task is HEALTHY.
    @Test func aBatchThatWasOvertakenChangesNothing() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            try await plane.registerTaskDefinition()
            let task = try await plane.call("StartTask", ["taskDefinition": "web", "containerInstances": [instance]])
                .list("tasks")[0].text("taskArn")
            func report(_ runtimeID: String, session: String, number: Int) async throws -> String {
                let container = ContainerReport(name: "app", status: .running, runtimeID: runtimeID)
                let report = TaskReport(taskArn: task, status: .running, containers: [container])
                let (status, _) = try await listening.report(instance, [report], session: session, number: number)
                #expect(status == (session == "one" ? 200 : 400))
                return try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0].list("containers")[0]
                    .text("runtimeId")
            }
            var messages = Messages(try await listening.stream(instance, session: "one"))
            _ = try await messages.assignments()
            #expect(try await report("second", session: "one", number: 2) == "second")
            #expect(try await report("first", session: "one", number: 1) == "second")
            #expect(try await report("again", session: "one", number: 2) == "again", "its answer may have been lost")
            #expect(try await report("late", session: "zero", number: 3) == "again", "of a stream that was given up")
        }
    }

    /// Services count its tasks again as soon as it is connected, so that what it has to say of them comes first.
    @Test func anAgentIsBackWhenItHasReported() async throws {
        try await withPlane { listening in
            let plane = listening.plane
            let instance = try await plane.registerInstance()
            let id = ContainerInstanceID(String(instance.split(separator: "/").last ?? ""))
            try await plane.state.transact { tx in
                guard var record = tx.containerInstances[id] else { return }
                record.agentConnected = false
                tx.put(record)
            }
            var messages = Messages(try await listening.stream(instance))
            _ = try await messages.assignments()
            #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == false)
            _ = try await listening.report(instance, [], hasMore: true)
            #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == false)
            _ = try await listening.report(instance, [])
            #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == true)
        }
    }

    /// The stream that is closed is the agent's, unless it has a newer one.
    @Test func tellsOfStreamsThatEnd() async throws {
        try await withPlane { listening in
            let instance = try await listening.plane.registerInstance()
            let id = ContainerInstanceID(String(instance.split(separator: "/").last ?? ""))
            var older = Messages(try await listening.stream(instance, session: "one"))
            _ = try await older.assignments()
            let other = Client()
            var newer = Messages(try await listening.stream(instance, session: "two", client: other))
            _ = try await newer.assignments()
            #expect(try await older.close().reason == .replaced)
            #expect(listening.signs == [.seen(id), .seen(id)])
            _ = try await listening.report(instance, [])
            other.close()
            let deadline = ContinuousClock().now + .seconds(20)
            while listening.signs.count < 4, ContinuousClock().now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(listening.signs == [.seen(id), .seen(id), .seen(id), .streamEnded(id)])
        }
    }

    @Test func aDeregisteredInstanceIsToldSo() async throws {
        try await withPlane { listening in
            let instance = try await listening.plane.registerInstance()
            var messages = Messages(try await listening.stream(instance))
            _ = try await messages.assignments()
            _ = try await listening.plane.call("DeregisterContainerInstance", ["containerInstance": instance])
            #expect(try await messages.close().reason == .inactive)
            #expect(try await listening.stream(instance).status == 400)
            #expect(try await listening.report(instance, []).0 == 400)
        }
    }

    @Test(arguments: [0, 2, 99]) func anotherProtocolIsRefused(version: Int) async throws {
        try await withPlane { listening in
            let instance = try await listening.plane.registerInstance()
            #expect(try await listening.stream(instance, version: version).status == 400)
        }
    }
}
