import AgentGateway
import AgentProtocol
import Foundation
import Placement
import Testing

/// Messages that are written and read by hand say what an encoder and a decoder would.
@Suite struct AgentMessageTests {
    private static let texts = ["", "a", "\"\\/\u{8}\n\u{1f}", "é\u{1F600}", "arn:aws:ecs:x:1:task/c/0"]

    private static func text(_ generator: inout SeededGenerator) -> String {
        texts.randomElement(using: &generator) ?? ""
    }

    private static func maybe<Value>(_ generator: inout SeededGenerator, _ value: Value) -> Value? {
        Bool.random(using: &generator) ? value : nil
    }

    private static func container(_ random: inout SeededGenerator) -> ContainerSpecification {
        var container = ContainerSpecification(
            name: text(&random), image: text(&random), isEssential: .random(using: &random),
            entryPoint: maybe(&random, [text(&random)]), command: maybe(&random, [text(&random), text(&random)]),
            environment: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                EnvironmentVariable(name: text(&random), value: text(&random))
            }, workingDirectory: maybe(&random, text(&random)), user: maybe(&random, text(&random)),
            dockerLabels: [text(&random): text(&random), "k": "v"], cpuUnits: maybe(&random, 5),
            memoryMiB: maybe(&random, 6), memoryReservationMiB: maybe(&random, 7),
            portBindings: maybe(
                &random, [PortBinding(containerPort: 1, hostPort: 2, transportProtocol: .udp, isDynamic: true)]) ?? [],
            stopTimeoutSeconds: maybe(&random, 30))
        container.dependsOn = maybe(&random, [ContainerDependency("a", .healthy)])
        container.startTimeoutSeconds = maybe(&random, 3)
        container.restartPolicy = maybe(&random, RestartPolicy(ignoredExitCodes: [1]))
        container.healthCheck = maybe(&random, HealthCheck(command: ["CMD", text(&random)]))
        container.settings = maybe(&random, ContainerSettings())
        container.logConfiguration = maybe(
            &random, LogConfiguration(logDriver: "json-file", options: ["a": text(&random)]))
        container.mountPoints = maybe(&random, [MountPoint(sourceVolume: "v", containerPath: text(&random))])
        container.volumesFrom = maybe(&random, [VolumesFrom(sourceContainer: text(&random))])
        container.environmentFiles = maybe(&random, [text(&random)])
        container.secrets = maybe(&random, [SecretReference(name: "n", valueFrom: text(&random))])
        container.repositoryCredentials = maybe(&random, text(&random))
        container.gpuIDs = maybe(&random, [text(&random)])
        container.containerArn = maybe(&random, text(&random))
        return container
    }

    private static func task(_ random: inout SeededGenerator) -> TaskAssignment {
        var task = TaskAssignment(
            taskArn: text(&random), cluster: text(&random), family: text(&random), revision: -3,
            desiredStatus: .stopped, networkMode: .awsvpc,
            containers: (0..<Int.random(in: 0...2, using: &random)).map { _ in container(&random) })
        task.cpuUnits = maybe(&random, Int.max)
        task.memoryMiB = maybe(&random, Int.min)
        task.pidMode = maybe(&random, .task)
        task.ipcMode = maybe(&random, .none)
        task.volumes = maybe(&random, [VolumeSpecification(name: "v", kind: .hostPath(text(&random)))])
        task.networkInterface = maybe(
            &random,
            NetworkInterfaceSpecification(
                attachmentID: "a", networkInterfaceID: "b", macAddress: "c", privateIPv4Address: "d", subnetCIDR: "e",
                gatewayIPv4Address: "f", subnetID: "g", vpcID: "h", vpcCIDR: "i", privateDNSName: "j"))
        task.launchType = maybe(&random, .external)
        task.group = maybe(&random, text(&random))
        task.tags = maybe(&random, [text(&random): text(&random)])
        task.taskRoleArn = maybe(&random, text(&random))
        return task
    }

    @Test(arguments: 0..<200) func assignmentsAreAsTheEncoderWritesThem(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let message = AssignmentMessage(
            sequence: Int.random(in: 0...1000, using: &random), isComplete: .random(using: &random),
            tasks: (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.task(&random) },
            removedTaskArns: Self.texts)
        let read = try AgentCoding.decode(StreamMessage.self, from: Data(message.line()))
        #expect(read == .assignments(message))
    }

    /// What another task of the launch has in common comes from there, and each task's own from itself.
    @Test(arguments: 0..<50) func whatTasksShareIsWrittenOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let first = Self.task(&random)
        var second = first
        second.taskArn += "2"
        second.desiredStatus = .stopped
        second.networkInterface = nil
        for index in second.containers.indices {
            second.containers[index].containerArn = "arn\(index)"
            second.containers[index].gpuIDs = ["GPU-\(index)"]
            second.containers[index].portBindings = [
                PortBinding(containerPort: 80, hostPort: 40_000 + index, transportProtocol: .udp, isDynamic: true)
            ]
        }
        let message = AssignmentMessage(
            sequence: 7, isComplete: false, tasks: [second, Self.task(&random), first, Self.task(&random)])
        let shared = try SharedAssignmentText(first)
        let read = try AgentCoding.decode(
            StreamMessage.self, from: Data(message.line(sharing: [shared, nil, shared])))
        #expect(read == .assignments(message))
    }

    /// A member that is new must not be forgotten where they are written one by one.
    @Test func everyMemberIsWritten() throws {
        var names: Set<String> = []
        for seed in UInt64(0)..<64 {
            var random = SeededGenerator(seed: seed)
            let message = AssignmentMessage(sequence: 1, isComplete: true, tasks: [Self.task(&random)])
            let text = String(decoding: try message.line(), as: UTF8.self)
            for value in [message.tasks[0]] as [Any] + message.tasks[0].containers {
                for child in Mirror(reflecting: value).children {
                    let name = try #require(child.label)
                    if text.contains("\"\(name)\":") { names.insert("\(type(of: value)).\(name)") }
                }
            }
        }
        var random = SeededGenerator(seed: 1)
        let all: [Any] = [Self.task(&random), Self.container(&random)]
        for value in all {
            for child in Mirror(reflecting: value).children {
                #expect(names.contains("\(type(of: value)).\(child.label ?? "")"))
            }
        }
    }

    // MARK: Reports

    @Test(arguments: [[], texts], [nil, true, false])
    func repliesAreAsTheEncoderWritesThem(unknown: [String], lacksStream: Bool?) throws {
        let reply = ReportReply(batch: 12, unknownTaskArns: unknown, lacksStream: lacksStream)
        #expect(try AgentCoding.decode(ReportReply.self, from: Data(reply.json())) == reply)
    }

    private static func report(_ random: inout SeededGenerator) -> TaskReport {
        var container = ContainerReport(
            name: text(&random), status: .running, runtimeID: maybe(&random, text(&random)),
            exitCode: maybe(&random, 137), reason: maybe(&random, text(&random)),
            networkBindings: maybe(
                &random, [PortBinding(containerPort: 1, hostPort: 2, transportProtocol: .tcp, isDynamic: false)]) ?? [],
            health: maybe(&random, .unhealthy))
        container.imageDigest = maybe(&random, text(&random))
        var report = TaskReport(
            taskArn: text(&random), status: .deprovisioning, stopCode: maybe(&random, .taskFailedToStart),
            stoppedReason: maybe(&random, text(&random)),
            pullStartedAt: maybe(&random, Date(timeIntervalSince1970: 1_800_000_000.125)),
            pullStoppedAt: maybe(&random, Date(timeIntervalSince1970: 1_800_000_001)),
            executionStoppedAt: maybe(&random, Date(timeIntervalSince1970: 1)),
            containers: maybe(&random, [container]) ?? [])
        report.startedAt = maybe(&random, Date(timeIntervalSince1970: 3))
        report.stoppingAt = maybe(&random, Date(timeIntervalSince1970: 4))
        return report
    }

    private static func batch(_ random: inout SeededGenerator) -> ReportBatch {
        ReportBatch(
            containerInstanceArn: text(&random), sessionID: text(&random), batch: 7, appliedSequence: 3,
            reports: (0..<Int.random(in: 0...3, using: &random)).map { _ in report(&random) },
            health: maybe(
                &random, InstanceHealth(status: .impaired, reason: "r", since: Date(timeIntervalSince1970: 2))),
            hasMore: maybe(&random, true))
    }

    @Test(arguments: 0..<200) func reportsAreAsTheDecoderReadsThem(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let batch = Self.batch(&random)
        let json = Array(try AgentCoding.encode(batch))
        #expect(try ReportBatch(json: json) == batch)
    }

    /// What is broken, cut or of another type is refused by both.
    @Test(arguments: 0..<400) func bothRefuseWhatIsBroken(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var json = Array(try AgentCoding.encode(Self.batch(&random)))
        switch seed % 4 {
        case 0: json.removeLast(Int.random(in: 1..<json.count, using: &random))
        case 1: json[Int.random(in: 0..<json.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        case 2: json.insert(contentsOf: Array("null".utf8), at: Int.random(in: 0..<json.count, using: &random))
        default:
            let text = String(decoding: json, as: UTF8.self)
            let members = ["\"batch\"", "\"reports\"", "\"taskArn\"", "\"status\"", "\"containers\"", "\"sessionID\""]
            json = Array(text.replacingOccurrences(of: members.randomElement(using: &random)!, with: "\"x\"").utf8)
        }
        let expected = try? AgentCoding.decode(ReportBatch.self, from: Data(json))
        // Stricter in one thing: a text that is no UTF-8 is not repaired.
        guard String(validating: json, as: UTF8.self) != nil else { return }
        #expect((try? ReportBatch(json: json)) == expected)
    }

    @Test func nullIsAbsent() throws {
        let json = #"""
            {"protocolVersion":1,"containerInstanceArn":"i","sessionID":"s","batch":1,"appliedSequence":0,"health":null,
            "reports":[{"taskArn":"t","status":"RUNNING","stopCode":null,"pullStartedAt":null,"new":{"a":[1]},
            "containers":[{"name":"c","status":"RUNNING","exitCode":null,"networkBindings":[]}]}]}
            """#
        let read = try ReportBatch(json: Array(json.utf8))
        #expect(try AgentCoding.decode(ReportBatch.self, from: Data(json.utf8)) == read)
        #expect(read.reports[0].containers[0].exitCode == nil)
    }
}
