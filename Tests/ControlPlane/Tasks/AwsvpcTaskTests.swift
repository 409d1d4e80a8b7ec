import AWSModels
import ControlPlaneAPI
import Foundation
import Support
import Testing

@testable import ControlPlaneState

/// Tasks in network mode awsvpc: their subnets, addresses and attachments.
@Suite struct AwsvpcTaskTests {
    /// Makes a host that can give interfaces to tasks, and says its ARN and subnet.
    private func host(_ plane: TestControlPlane, zone: String? = nil) async throws -> (arn: String, subnet: String) {
        var attributes = (17...44).map { ["name": "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)"] }
        attributes.append(["name": "ecs.capability.task-eni"])
        if let zone { attributes.append(["name": "ecs.availability-zone", "value": zone]) }
        let instance = try await plane.call(
            "RegisterContainerInstance",
            [
                "totalResources": [
                    ["name": "CPU", "type": "INTEGER", "integerValue": 100_000],
                    ["name": "MEMORY", "type": "INTEGER", "integerValue": 100_000],
                ], "attributes": attributes,
            ]
        ).object("containerInstance")
        let subnet = instance.list("attributes").first { $0.text("name") == "ecs.subnet-id" }?.text("value")
        return (instance.text("containerInstanceArn"), subnet ?? "")
    }

    private func define(_ plane: TestControlPlane) async throws {
        _ = try await plane.call(
            "RegisterTaskDefinition",
            [
                "family": "web", "networkMode": "awsvpc",
                "containerDefinitions": [
                    ["name": "app", "image": "busybox", "memory": 8, "portMappings": [["containerPort": 80]]]
                ],
            ])
    }

    private func run(
        _ plane: TestControlPlane, _ subnets: String..., on instance: String? = nil
    ) async throws -> [String: Any] {
        var input: [String: Any] = [
            "taskDefinition": "web", "networkConfiguration": ["awsvpcConfiguration": ["subnets": subnets]],
        ]
        if let instance { input["containerInstances"] = [instance] }
        let output = try await plane.call(instance == nil ? "RunTask" : "StartTask", input)
        return try #require(output.list("tasks").first, "\(output)")
    }

    private func address(_ task: [String: Any]) -> String {
        task.list("containers").first?.list("networkInterfaces").first?.text("privateIpv4Address") ?? ""
    }

    private func end(_ plane: TestControlPlane, _ task: [String: Any]) async throws {
        _ = try await plane.call("SubmitTaskStateChange", ["task": task.text("taskArn"), "status": "STOPPED"])
    }

    @Test func aTaskHasAnAttachmentAndItsContainersShowIt() async throws {
        let plane = try TestControlPlane()
        let (_, subnet) = try await host(plane)
        try await define(plane)
        let task = try await run(plane, subnet)
        let attachment = try #require(task.list("attachments").first)
        #expect(task.text("lastStatus") == "PROVISIONING")
        #expect(attachment.text("type") == "ElasticNetworkInterface")
        #expect(attachment.text("status") == "PRECREATED")
        let details = attachment.list("details").map { "\($0.text("name"))=\($0.text("value"))" }
        #expect(details[0] == "subnetId=\(subnet)")
        #expect(details[1].hasPrefix("networkInterfaceId=eni-") && details[1].utf8.count == 40)
        #expect(
            details[2...] == [
                "macAddress=0a:58:0a:c0:00:04", "privateDnsName=ip-10-192-0-4.ec2.internal",
                "privateIPv4Address=10.192.0.4",
            ])
        let interface = try #require(task.list("containers").first?.list("networkInterfaces").first)
        #expect(interface.text("attachmentId") == attachment.text("id"))
        // Two tasks of one host may have the same port: none of the host's is taken.
        #expect(task.list("containers").first?.list("networkBindings").isEmpty == true)
        try await end(plane, task)
        let stopped = try await plane.call("DescribeTasks", ["tasks": [task.text("taskArn")]]).list("tasks")[0]
        #expect(stopped.list("attachments").first?.text("status") == "DETACHED")
    }

    @Test func anAddressIsATasksUntilItHasStopped() async throws {
        let plane = try TestControlPlane()
        let (_, subnet) = try await host(plane)
        try await define(plane)
        var tasks: [[String: Any]] = []
        // The slice has 64, of which the subnet keeps the first four.
        for _ in 0..<60 { tasks.append(try await run(plane, subnet)) }
        #expect(Set(tasks.map(address)).count == 60)
        #expect(address(tasks[59]) == "10.192.0.63")
        _ = try await plane.call("StopTask", ["task": tasks[7].text("taskArn")])
        let next = try await run(plane, subnet)
        #expect(address(next) == "10.192.0.64", "the host has a second slice, since the task has not stopped yet")
        try await end(plane, tasks[7])
        #expect(address(try await run(plane, subnet)) == address(tasks[7]))
        #expect(plane.state.peek { $0.networks.allSlices.count } == 2)
    }

    @Test func everyHostHasSlicesOfItsOwnUntilItIsGone() async throws {
        let plane = try TestControlPlane()
        let (first, second) = (try await host(plane), try await host(plane))
        #expect(first.subnet == second.subnet)
        try await define(plane)
        let here = try await run(plane, first.subnet, on: first.arn)
        let there = try await run(plane, first.subnet, on: second.arn)
        #expect([here, there].map(address) == ["10.192.0.4", "10.192.0.64"])
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": first.arn, "force": true])
        let left = plane.state.peek { $0.networks.allSlices.map(\.cidr.description) }
        #expect(left == ["10.192.0.64/26"])
    }

    @Test func whatIsKeptIsTheSameAfterARestart() async throws {
        let plane = try TestControlPlane()
        let (arn, subnet) = try await host(plane)
        try await define(plane)
        let task = try await run(plane, subnet)
        let again = try TestControlPlane(store: plane.store)
        let described = try await again.call("DescribeTasks", ["tasks": [task.text("taskArn")]]).list("tasks")[0]
        #expect(address(described) == address(task))
        #expect(address(try await run(again, subnet, on: arn)) == "10.192.0.5")
    }

    @Test func aTaskGoesWhereOneOfItsSubnetsIs() async throws {
        let plane = try TestControlPlane()
        let (west, east) = (try await host(plane, zone: "west"), try await host(plane, zone: "east"))
        #expect(west.subnet != east.subnet)
        try await define(plane)
        for _ in 0..<3 {
            #expect(try await run(plane, east.subnet).text("containerInstanceArn") == east.arn)
            #expect(try await run(plane, west.subnet).text("containerInstanceArn") == west.arn)
        }
        let input: [String: Any] = [
            "taskDefinition": "web", "containerInstances": [west.arn],
            "networkConfiguration": ["awsvpcConfiguration": ["subnets": [east.subnet]]],
        ]
        let refused = try await plane.call("StartTask", input)
        #expect(refused.list("failures").first?.text("reason") == "LOCATION")
        #expect(refused.list("tasks").isEmpty)
    }

    @Test func aSubnetThatIsNotThereIsNamed() async throws {
        let plane = try TestControlPlane()
        let (_, subnet) = try await host(plane)
        try await define(plane)
        let configurations: [([String: Any], String)] = [
            (["subnets": [subnet, "subnet-0"]], "The subnet ID 'subnet-0' does not exist"),
            (["subnets": [subnet], "securityGroups": ["sg-1"]], "The security group 'sg-1' does not exist"),
        ]
        for (configuration, message) in configurations {
            let failure = try await plane.failure(
                "RunTask",
                ["taskDefinition": "web", "networkConfiguration": ["awsvpcConfiguration": configuration]])
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message.contains(message))
        }
    }

    // MARK: - Division

    @Test func aVPCIsDividedIntoSixteenSubnets() throws {
        let vpc = VPC(region: "eu-west-1", accountID: "1")
        #expect(vpc.subnet(in: "a", number: 15)?.cidr.description == "10.207.0.0/16")
        #expect(vpc.subnet(in: "a", number: 16) == nil)
        #expect(vpc.privateDNSName(IPv4Address(bits: 0x0A_C0_00_04)) == "ip-10-192-0-4.eu-west-1.compute.internal")
        for length in [7, 21] {
            let cidr = IPv4Network(around: IPv4Address(bits: 10 << 24), prefixLength: length)
            #expect(VPC(cidr: cidr, region: "r", accountID: "1") == nil)
        }
    }

    @Test func aSmallSubnetIsGivenOutToTheLastAddress() throws {
        let cidr = try #require(IPv4Network("10.0.0.0/20"))
        let vpc = try #require(VPC(cidr: cidr, region: "r", accountID: "1"))
        let subnet = try #require(vpc.subnet(in: "a", number: 0))
        var table = NetworkTable()
        table.replace(nil, subnet)
        var addresses: [String] = []
        while let slice = table.freeSlice(of: subnet, for: ContainerInstanceID("i")) {
            table.replace(nil, slice)
            for _ in 0..<slice.cidr.count {
                // A table has an address until a task has it: the search goes on by itself.
                if let address = table.freeAddress(in: slice), !addresses.contains("\(address)") {
                    addresses.append("\(address)")
                }
            }
        }
        #expect(addresses.count == 256 - 5)
        #expect(addresses.first == "10.0.0.4")
        #expect(addresses.last == "10.0.0.254")
        #expect(table.slices(of: ContainerInstanceID("i")).count == 64)
    }
}
