import AWSModels
import AWSProtocol
import ControlPlaneState
import Foundation
import Placement
import Testing

@testable import ControlPlaneAPI

@Suite struct TaskOverrideTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var overrides: String
        var definition = "{}"
        var message: String
        var testDescription: String { message }
    }

    private static func container(_ json: String) -> String { #"{"containerOverrides":[\#(json)]}"# }

    @Test(arguments: [
        Case(
            overrides: container(#"{"command":["x"]}"#),
            message: "Every item of containerOverrides needs the name of a container."),
        Case(
            overrides: container(#"{"name":"c"}"#),
            message: "Override for container named c is not a container in the TaskDefinition."),
        Case(
            overrides: container(#"{"name":"app"},{"name":"app"}"#),
            message: "There is more than one override for the container named app."),
        Case(
            overrides: container(#"{"name":"app","command":["\#(String(repeating: "x", count: 8192))"]}"#),
            message: "Overrides can be at most 8192 characters of JSON."),
        Case(
            overrides: #"{"cpu":"much"}"#,
            message: "Invalid override: Invalid 'cpu' setting for task: 'much'. It must be CPU units, such as 1024, or "
                + "vCPUs, such as '1 vCPU'."),
        Case(
            overrides: #"{"memory":"-1"}"#,
            message: "Invalid override: Invalid 'memory' setting for task: '-1'. It must be MiB, such as 2048, or GB, "
                + "such as '2 GB'."),
        Case(
            overrides: #"{"taskRoleArn":"arn:aws:iam::123456789012:user/u"}"#,
            message: "Invalid override: taskRoleArn must be the name or the ARN of an IAM role; found "
                + "'arn:aws:iam::123456789012:user/u'."),
        Case(
            overrides: #"{"executionRoleArn":"a b"}"#,
            message: "Invalid override: executionRoleArn must be the name or the ARN of an IAM role; found 'a b'."),
        Case(
            overrides: #"{"ephemeralStorage":{"sizeInGiB":20}}"#,
            message: "Invalid override: EphemeralStorage size should be at least 21; found 20."),
        Case(
            overrides: #"{"ephemeralStorage":{"sizeInGiB":201}}"#,
            message: "Invalid override: EphemeralStorage size should be at most 200; found 201."),
        Case(
            overrides: #"{"inferenceAcceleratorOverrides":[{"deviceName":"d","deviceType":"t"}]}"#,
            message: "Override for inference accelerator named d is not an inference accelerator in the "
                + "TaskDefinition."),
        Case(
            overrides: container(#"{"name":"app","cpu":-1}"#),
            message: "Invalid override: Invalid 'cpu' setting for container 'app'. It must be from 0 to 1048576 CPU "
                + "units."),
        Case(
            overrides: container(#"{"name":"app","memory":5}"#),
            message: "Invalid override: Invalid 'memory' setting for container 'app'. It must be at least 6 MiB."),
        Case(
            overrides: container(#"{"name":"app","memoryReservation":101}"#),
            message: "Invalid override: Invalid setting for container 'app'. 'memory' must be greater than or equal to "
                + "'memoryReservation'."),
        Case(
            overrides: container(#"{"name":"app","environment":[{"name":"a=b","value":""}]}"#),
            message: "Invalid override: The environment variable 'a=b' of container 'app' contains a character that no "
                + "environment can hold."),
    ]) func refuses(test: Case) throws {
        #expect(try Self.error(test.overrides, test.definition) == .invalidParameter(test.message))
    }

    @Test(arguments: [
        "{}", #"{"cpu":"1 vCPU","memory":"2 GB","taskRoleArn":"role","ephemeralStorage":{"sizeInGiB":21}}"#,
        #"{"executionRoleArn":"arn:aws:iam::123456789012:role/path/r"}"#, container(#"{"name":"app","memory":6}"#),
        container(#"{"name":"app","environmentFiles":[{"type":"s3","value":"arn:aws:s3:::b/f.env"}]}"#),
    ]) func takes(overrides: String) throws {
        #expect(try Self.error(overrides, "{}") == nil)
    }

    /// The rules of registration may have become stricter since.
    @Test func whatTheDefinitionBreaksByItselfIsNotTheOverridesFault() throws {
        var definition = try taskDefinition()
        definition.containerDefinitions?[0].workingDirectory = "relative"
        let overrides = try shape(ECS.TaskOverride.self, Self.container(#"{"name":"app","cpu":5}"#))
        #expect(throws: Never.self) { try TaskOverrideRule.check(overrides, of: definition) }
    }

    @Test func everyFieldIsPutWhereItIsInTheDefinition() throws {
        let definition = try taskDefinition(
            #"{"cpu":"1","memory":"2","taskRoleArn":"a","executionRoleArn":"b","#
                + #""inferenceAccelerators":[{"deviceName":"d","deviceType":"old"}]}"#,
            container: #"{"command":["old"],"environment":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}"#)
        let overrides = try shape(
            ECS.TaskOverride.self,
            #"""
            {"cpu":"3","memory":"4","taskRoleArn":"c","executionRoleArn":"d","ephemeralStorage":{"sizeInGiB":30},
             "inferenceAcceleratorOverrides":[{"deviceName":"d","deviceType":"new"}],
             "containerOverrides":[{"name":"app","command":["new"],"cpu":5,"memory":60,"memoryReservation":50,
               "environment":[{"name":"B","value":"3"},{"name":"C","value":"4"}],
               "environmentFiles":[{"type":"s3","value":"f"}],"resourceRequirements":[{"type":"GPU","value":"1"}]}]}
            """#)
        let effective = definition.applying(overrides)
        #expect((effective.cpu, effective.memory) == ("3", "4"))
        #expect((effective.taskRoleArn, effective.executionRoleArn) == ("c", "d"))
        #expect(effective.ephemeralStorage?.sizeInGiB == 30)
        #expect(effective.inferenceAccelerators?.first?.deviceType == "new")
        let app = try #require(effective.containerDefinitions?.first)
        #expect(app.command == ["new"])
        #expect((app.cpu, app.memory, app.memoryReservation) == (5, 60, 50))
        #expect(app.environment?.map { "\($0.name ?? "")\($0.value ?? "")" } == ["A1", "B3", "C4"])
        #expect(app.environmentFiles?.count == 1)
        #expect(app.resourceRequirements?.count == 1)
        #expect(
            definition.applying(try shape(ECS.TaskOverride.self, #"{"cpu":"","containerOverrides":[]}"#)) == definition)
    }

    /// - Source: ECS runtime rules, section 4, "Host accounting".
    @Test func aTasksOwnSizeReplacesTheSums() throws {
        let small = #"{"name":"side","image":"i","cpu":20,"memory":50,"memoryReservation":30}"#
        let sums = try Self.launch("{}", #"{"containerDefinitions":[\#(small)]}"#)
        #expect((sums.demand.cpuUnits, sums.demand.memoryMiB) == (30, 130))
        let own = try Self.launch("{}", #"{"cpu":"0.5 vCPU","memory":"1GB","containerDefinitions":[\#(small)]}"#)
        #expect((own.demand.cpuUnits, own.demand.memoryMiB) == (512, 1024))
        let overridden = try Self.launch(
            #"{"cpu":"1 vCPU","containerOverrides":[{"name":"app","memoryReservation":70}]}"#,
            #"{"cpu":"256","containerDefinitions":[\#(small)]}"#)
        #expect((overridden.demand.cpuUnits, overridden.demand.memoryMiB) == (1024, 100))
        let record = Self.record(overridden)
        #expect((record.cpu, record.memory, record.overrides.cpu) == ("1024", nil, "1024"))
        #expect(record.containers.map(\.memoryReservation) == ["30", "70"])
    }

    @Test func aTaskWithItsOwnNetworkTakesNoPortOfItsHost() throws {
        let mapping = #"{"portMappings":[{"containerPort":80,"hostPort":80},{"containerPort":81}]}"#
        let bridge = try Self.launch("{}", "{}", container: mapping).demand
        #expect((bridge.staticPorts, bridge.dynamicTCPPortCount) == ([HostPort(.tcp, 80)], 1))
        let own = try Self.launch("{}", #"{"networkMode":"awsvpc"}"#, container: mapping).demand
        #expect((own.staticPorts, own.dynamicTCPPortCount) == ([], 0))
    }

    private static func error(_ overrides: String, _ definition: String) throws -> AWSError? {
        let overrides = try shape(ECS.TaskOverride.self, overrides)
        let definition = try taskDefinition(definition)
        do { try TaskOverrideRule.check(overrides, of: definition) } catch { return error }
        return nil
    }

    private static func launch(
        _ overrides: String, _ definition: String, container: String = "{}"
    ) throws -> TaskLaunch {
        var input = ECS.RunTaskRequest()
        input.overrides = try shape(ECS.TaskOverride.self, overrides)
        let record = TaskDefinitionRecord(
            id: TaskDefinitionID(family: "web", revision: 1),
            definition: try taskDefinition(definition, container: container), tags: [])
        let cluster = ClusterRecord(name: .default, createdAt: TestControlPlane.start)
        return try TaskLaunch(
            cluster: .default, definition: record, options: try TaskOptions(input),
            request: LaunchRequest(input, definition: record.definition, cluster: cluster))
    }

    private static func record(_ launch: TaskLaunch) -> TaskRecord {
        let placement = Placement(
            task: TaskID(high: 1, low: 2), host: HostID("i"), group: launch.group,
            reservation: Reservation(cpuUnits: launch.demand.cpuUnits, memoryMiB: launch.demand.memoryMiB))
        return launch.record(
            placement, of: launch.record(sequence: 1, now: TestControlPlane.start), interface: nil, sequence: 2,
            on: ContainerInstanceID("i"), containerIDs: { "a" })
    }
}
