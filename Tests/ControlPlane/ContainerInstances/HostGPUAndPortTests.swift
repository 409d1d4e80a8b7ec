import AWSModels
import AgentProtocol
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import Placement
import Testing

@testable import AgentGateway

/// GPUs and ranges of ports, from a host's registration to what its agent is told and what its tasks show.
@Suite struct HostGPUAndPortTests {
    private static let rangeCapability = ["name": "ecs.capability.network.container-port-range"]

    private static let portRange = "ecs.capability.network.dynamic-host-port-range"

    private static func devices(_ ids: String...) -> [[String: String]] { ids.map { ["id": $0, "type": "GPU"] } }

    /// What an agent says when it registers.
    struct Registering: Sendable {
        var devices: [[String: String]]?
        /// The resource GPU.
        var resource: [String]?
        var attributes: [[String: String]]?

        var input: [String: Any] {
            var input: [String: Any] = [:]
            if let devices { input["platformDevices"] = devices }
            if let resource {
                input["totalResources"] =
                    TestControlPlane.resources() + [["name": "GPU", "type": "STRINGSET", "stringSetValue": resource]]
            }
            if let attributes { input["attributes"] = attributes }
            return input
        }
    }

    private static func gpus(_ instance: [String: Any], _ list: String) -> [String]? {
        instance.list(list).first { $0.text("name") == "GPU" }?["stringSetValue"] as? [String]
    }

    private static func twoContainers(_ first: String, _ second: String) -> [[String: Any]] {
        [("a", first), ("b", second), ("c", "")].map { name, count in
            [
                "name": name, "image": "busybox", "memory": 64,
                "resourceRequirements": count.isEmpty ? [] : [["type": "GPU", "value": count]],
            ]
        }
    }

    @Test(arguments: [
        Registering(devices: devices("GPU-b", "GPU-a")), Registering(resource: ["GPU-b", "GPU-a"]),
        Registering(devices: devices("GPU-b", "GPU-a"), resource: ["GPU-a", "GPU-b", "GPU-a"]),
    ])
    func bothWaysToRegisterGPUs(registering: Registering) async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.register(registering.input).text("containerInstanceArn")
        for list in ["registeredResources", "remainingResources"] {
            #expect(Self.gpus(try await plane.describe(arn), list) == ["GPU-b", "GPU-a"])
        }
        let gpu = try await plane.describe(arn).list("remainingResources").first { $0.text("name") == "GPU" }
        #expect(gpu?.text("type") == "STRINGSET")
        for zero in ["doubleValue", "integerValue", "longValue"] { #expect(gpu?[zero] as? Int == 0) }
        // An agent that names none any more has none.
        _ = try await plane.register(["containerInstanceArn": arn])
        #expect(Self.gpus(try await plane.describe(arn), "registeredResources") == nil)
    }

    @Test(arguments: [
        (Registering(devices: [["id": "GPU-a", "type": "TPU"]]), "should be one of [GPU]"),
        (Registering(devices: [["id": "GPU-a"]]), "type"), (Registering(devices: devices("a,b")), "a,b"),
        (Registering(devices: devices("")), "id of a GPU"),
        (Registering(devices: devices("GPU-a"), resource: ["GPU-b"]), "different devices"),
        (Registering(resource: ["\"x\""]), "id of a GPU"),
        (Registering(resource: (0..<2000).map { "GPU-\($0)" }), "1024"),
        (Registering(attributes: [["name": portRange, "value": "9-1"]]), "9-1"),
        (Registering(attributes: [["name": portRange]]), "two ports"),
    ])
    func whatIsNoDeviceOrRangeIsRefused(registering: Registering, names: String) async throws {
        let plane = try TestControlPlane()
        let failure = try await plane.failure(
            "RegisterContainerInstance", TestControlPlane.registration(registering.input))
        #expect(["InvalidParameterException", "ClientException"].contains(failure.code))
        #expect(failure.message.contains(names), "\(failure)")
    }

    @Test func eachContainerGetsItsOwnGPUs() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.register(["platformDevices": Self.devices("g1", "g2", "g3", "g4")])
            .text("containerInstanceArn")
        _ = try await plane.call(
            "RegisterTaskDefinition",
            ["family": "train", "containerDefinitions": Self.twoContainers("1", "2")])
        let run = try await plane.call("RunTask", ["taskDefinition": "train"])
        let task = run.list("tasks")[0]
        #expect(task.list("containers").map { $0["gpuIds"] as? [String] } == [["g1"], ["g2", "g3"], nil])
        #expect(Self.gpus(try await plane.describe(arn), "remainingResources") == ["g4"])
        #expect(Self.gpus(try await plane.describe(arn), "registeredResources") == ["g1", "g2", "g3", "g4"])

        let refused = try await plane.call("RunTask", ["taskDefinition": "train"]).list("failures")[0]
        #expect(refused.text("reason") == "RESOURCE:GPU")
        #expect(refused.text("detail") == "needs 3 GPUs; 1 of 4 are free")
        let started = try await plane.call("StartTask", ["taskDefinition": "train", "containerInstances": [arn]])
        #expect(started.list("failures")[0].text("reason") == "RESOURCE:GPU")

        let assignment = try #require(plane.assignment(task.text("taskArn")))
        #expect(assignment.containers.map(\.gpuIDs) == [["g1"], ["g2", "g3"], nil])

        _ = try await plane.call("SubmitTaskStateChange", ["task": task.text("taskArn"), "status": "STOPPED"])
        #expect(Self.gpus(try await plane.describe(arn), "remainingResources") == ["g1", "g2", "g3", "g4"])
    }

    @Test func overridesSayHowManyGPUs() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.register(["platformDevices": Self.devices("g1", "g2", "g3")])
        _ = try await plane.call(
            "RegisterTaskDefinition", ["family": "train", "containerDefinitions": Self.twoContainers("2", "2")])
        func overrides(_ type: String, _ value: String) -> [String: Any] {
            let requirement = ["type": type, "value": value]
            return ["containerOverrides": [["name": "a", "resourceRequirements": [requirement]]]]
        }
        #expect(try await plane.call("RunTask", ["taskDefinition": "train"]).list("failures").count == 1)
        let run = try await plane.call("RunTask", ["taskDefinition": "train", "overrides": overrides("GPU", "1")])
        #expect(
            run.list("tasks")[0].list("containers").map { $0["gpuIds"] as? [String] } == [["g1"], ["g2", "g3"], nil])
        for (type, value) in [("InferenceAccelerator", "x"), ("GPU", "0"), ("GPU", "many")] {
            let input: [String: Any] = ["taskDefinition": "train", "overrides": overrides(type, value)]
            #expect(try await plane.failure("RunTask", input).code == "InvalidParameterException")
        }
    }

    @Test func aRangeIsAssignedShownAndMoved() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.register(["attributes": [Self.rangeCapability]]).text("containerInstanceArn")
        try await plane.registerTaskDefinition(
            "web",
            portMappings: [
                ["containerPort": 80], ["containerPortRange": "8000-8010"],
                ["containerPortRange": "53-54", "protocol": "udp"],
            ])
        let task = try await plane.runTask("web")
        let bindings = try #require(plane.assignment(task)?.containers.first?.portBindings)
        let expected = [
            PortBinding(containerPort: 80, hostPort: 32779, transportProtocol: .tcp, isDynamic: true),
            PortBinding(containerPort: 8000, hostPort: 32768, transportProtocol: .tcp, isDynamic: true, portCount: 11),
            PortBinding(containerPort: 53, hostPort: 32768, transportProtocol: .udp, isDynamic: true, portCount: 2),
        ]
        #expect(bindings == expected)
        let ports = try await plane.describe(arn).list("remainingResources").first { $0.text("name") == "PORTS" }
        #expect(ports?["stringSetValue"] as? [String] == ["22"], "dynamic ports are not listed")

        // The agent had to take the first range elsewhere.
        var moved = expected
        moved[1].hostPort = 40_000
        try await plane.observe(task, moved)
        let shown = try await plane.call("DescribeTasks", ["tasks": [task]]).list("tasks")[0].list("containers")[0]
            .list("networkBindings")
        #expect(
            shown[0] as NSDictionary == [
                "bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 32779, "protocol": "tcp",
            ])
        #expect(
            shown[1] as NSDictionary == [
                "bindIP": "0.0.0.0", "containerPortRange": "8000-8010", "hostPortRange": "40000-40010",
                "protocol": "tcp",
            ])
        #expect(shown[2].text("hostPortRange") == "32768-32769")
        #expect(plane.dynamicTCPPorts(arn) == [32779] + Array(40_000...40_010))

        // Where another task's ports are, nothing moves on the books.
        let other = try await plane.runTask("web")
        let before = plane.dynamicTCPPorts(arn)
        moved[1].hostPort = 39_995
        try await plane.observe(other, [moved[1]])
        #expect(plane.dynamicTCPPorts(arn) == before)

        // A restart knows it all, and a stop gives all of it back.
        let again = try TestControlPlane(store: plane.store)
        #expect(again.dynamicTCPPorts(arn) == plane.dynamicTCPPorts(arn))
        for task in [task, other] {
            _ = try await again.call("SubmitTaskStateChange", ["task": task, "status": "STOPPED"])
        }
        #expect(again.dynamicTCPPorts(arn).isEmpty)
    }

    @Test func aHostThatCannotDoRangesGetsNone() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.registered()
        try await plane.registerTaskDefinition("web", portMappings: [["containerPortRange": "8000-8010"]])
        let failure = try await plane.call("RunTask", ["taskDefinition": "web"]).list("failures")[0]
        #expect(failure.text("reason") == "ATTRIBUTE")
    }

    @Test func aHostsOwnRangeOfDynamicPortsCounts() async throws {
        let plane = try TestControlPlane()
        let range = ["name": Self.portRange, "value": "40000-40004"]
        let arn = try await plane.register(["attributes": [range, Self.rangeCapability]]).text("containerInstanceArn")
        try await plane.registerTaskDefinition("web", portMappings: [["containerPortRange": "8000-8003"]])
        _ = try await plane.runTask("web")
        #expect(plane.dynamicTCPPorts(arn) == Array(40_000...40_003))
        let failure = try await plane.call("RunTask", ["taskDefinition": "web"]).list("failures")[0]
        #expect(failure.text("reason") == "RESOURCE:PORTS")
        #expect(failure.text("detail") == "needs 4 tcp ports in a row; from 40000 to 40004 there is no such gap")
        // An agent that does not name one any more has the usual one again.
        _ = try await plane.register(["containerInstanceArn": arn, "attributes": [Self.rangeCapability]])
        _ = try await plane.runTask("web")
        #expect(plane.dynamicTCPPorts(arn).last.map { $0 > 40_004 || $0 < 40_000 } == true)
    }

    /// Whatever an agent reports, the control plane goes on.
    @Test(arguments: [Int.max, Int.min, 0, -1, 65_535]) func hostileReportsDoNoHarm(number: Int) async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.register(["attributes": [Self.rangeCapability]]).text("containerInstanceArn")
        try await plane.registerTaskDefinition("web", portMappings: [["containerPortRange": "8000-8010"]])
        let task = try await plane.runTask("web")
        let before = plane.dynamicTCPPorts(arn)
        for count in [Int.max, Int.min, 0, -1, 11] {
            let binding = PortBinding(
                containerPort: 8000, hostPort: number, transportProtocol: .tcp, isDynamic: true, portCount: count)
            try await plane.observe(task, [binding])
        }
        #expect(plane.dynamicTCPPorts(arn) == before)
    }
}

extension TestControlPlane {
    private static func id(_ arn: String) -> String { String(arn.split(separator: "/").last ?? "") }

    fileprivate func dynamicTCPPorts(_ instance: String) -> [UInt16] {
        state.peek { tables in
            let record = tables.containerInstances[ContainerInstanceID(Self.id(instance))]
            return record.flatMap { tables.remaining(of: $0) }?.dynamicTCPPorts ?? []
        }
    }

    /// What the task's agent is told.
    fileprivate func assignment(_ task: String) -> TaskAssignment? {
        let builder = AssignmentBuilder(arns: context.arns)
        return state.peek { tables in
            guard let task = TaskID(Self.id(task)).flatMap({ tables.tasks[$0] }),
                let definition = tables.taskDefinitions[task.taskDefinition]
            else { return nil }
            return builder.assignment(for: task, definition: definition)
        }
    }

    /// A report of our agent: the task runs, with these ports.
    fileprivate func observe(_ task: String, _ bindings: [PortBinding]) async throws {
        let container = ContainerReport(name: "app", status: .running, networkBindings: bindings)
        let report = TaskReport(taskArn: task, status: .running, containers: [container])
        let now = Self.start
        try await state.transact { tx in
            guard let record = TaskID(Self.id(task)).flatMap({ tx.tasks[$0] }) else { return }
            _ = tx.observe(TaskObservation(report), of: record, now: now)
        }
    }
}
