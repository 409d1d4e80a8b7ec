import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

@testable import AgentMetadata

/// The shapes of the ECS Developer Guide's "Task metadata endpoint" pages.
@Suite struct TaskDocumentTests {
    private func documents(
        _ endpoint: TestEndpoint, version: String = "v4", path: String = "/task", from address: String = "172.17.0.2"
    ) async -> (task: [String: Any], container: [String: Any]) {
        let task = object(await endpoint.own(path, version: version, from: address).json)
        let container = object(await endpoint.own("", version: version, from: address).json)
        #expect((task["Containers"] as? [NSDictionary])?.first == container as NSDictionary)
        return (task, container)
    }

    @Test func aTaskOnTheBridge() async {
        let (task, container) = await documents(TestEndpoint([bridgeRecord(), otherRecord()]))
        #expect(
            Set(task.keys) == [
                "Cluster", "TaskARN", "Family", "Revision", "DesiredStatus", "KnownStatus", "Containers",
                "PullStartedAt", "PullStoppedAt", "AvailabilityZone", "LaunchType",
            ])
        #expect(task["Cluster"] as? String == "default")
        #expect(task["Revision"] as? String == "3", "a string")
        #expect(task["LaunchType"] as? String == "EC2")
        #expect(task["PullStartedAt"] as? String == "2027-01-15T08:00:00.000Z")
        #expect(
            Set(container.keys) == [
                "DockerId", "Name", "DockerName", "Image", "ImageID", "Ports", "Labels", "DesiredStatus", "KnownStatus",
                "Limits", "CreatedAt", "StartedAt", "Type", "Networks", "LogDriver", "ContainerARN",
            ])
        #expect(container["CreatedAt"] as? String == "2027-01-15T08:00:01.000Z")
        #expect(container["StartedAt"] as? String == "2027-01-15T08:00:02.000Z")
        #expect(container["Limits"] as? NSDictionary == ["CPU": 0, "Memory": 64])
        #expect(
            container["Ports"] as? [NSDictionary] == [
                ["ContainerPort": 80, "Protocol": "tcp", "HostPort": 32768, "HostIp": "0.0.0.0"]
            ])
        #expect(
            container["Networks"] as? [NSDictionary] == [["NetworkMode": "bridge", "IPv4Addresses": ["172.17.0.2"]]])
        #expect((container["DockerName"] as? String)?.hasPrefix("ecs-app-3-web-") == true)
        let labels = container["Labels"] as? [String: String] ?? [:]
        #expect(labels["com.amazonaws.ecs.task-arn"] == taskArn("t1"))
        #expect(labels.keys.allSatisfy { $0.hasPrefix("com.amazonaws.ecs.") }, "the agent's own is not shown")
    }

    @Test func whatOnlyVersion4Says() async {
        let record = bridgeRecord {
            $0.group = "service:web"
            $0.containers[0].restartPolicy = .init()
        }
        let (task, container) = await documents(TestEndpoint([record]))
        #expect(task["ServiceName"] as? String == "web")
        #expect(container["RestartCount"] as? Int == 0)
        let (older, olderContainer) = await documents(TestEndpoint([record]), version: "v3")
        #expect(older["ServiceName"] == nil && olderContainer["RestartCount"] == nil)
        #expect((olderContainer["Ports"] as? [[String: Any]])?.first?["HostIp"] == nil)
    }

    @Test func awsvpc() async throws {
        let record = bridgeRecord {
            $0.networkMode = .awsvpc
            $0.networkInterface = networkInterface("10.0.0.5")
        }
        let endpoint = TestEndpoint([record])
        endpoint.kernel["/proc/4242/net/fib_trie"] = "|-- 10.0.0.5\n /32 host LOCAL\n"
        let (task, container) = await documents(endpoint, from: "10.0.0.5")
        #expect(task["VPCID"] as? String == "vpc-1")
        #expect(
            container["Networks"] as? [NSDictionary] == [
                [
                    "NetworkMode": "awsvpc", "IPv4Addresses": ["10.0.0.5"], "AttachmentIndex": 0,
                    "MACAddress": "02:00:00:00:00:01", "IPv4SubnetCIDRBlock": "10.0.0.0/24",
                    "PrivateDNSName": "ip-10-0-0-5.internal",
                ]
            ])
    }

    @Test func tagsAndLimitsOfTheTask() async {
        let endpoint = TestEndpoint([
            bridgeRecord {
                $0.tags = ["team": "blue"]
                $0.cpuUnits = 512
                $0.memoryMiB = 256
            }
        ])
        #expect((await documents(endpoint)).task["TaskTags"] == nil)
        let tagged = (await documents(endpoint, path: "/taskWithTags")).task
        #expect(tagged["TaskTags"] as? [String: String] == ["team": "blue"])
        #expect(tagged["Limits"] as? NSDictionary == ["CPU": 0.5, "Memory": 256])
    }

    @Test func healthIsTheAgentsWordAndDockersLastProbe() async {
        var record = bridgeRecord()
        record.containers[0].health = .unknown
        record.containers[0].takeHealth(.unhealthy, at: startOfTime.addingTimeInterval(9))
        record.containers[0].takeHealth(.unhealthy, at: startOfTime.addingTimeInterval(19))
        let endpoint = TestEndpoint([record])
        endpoint.inspector.set(.init(id: "c1", imageID: "i", lastProbe: .init(exitCode: 3, output: "no\n")), for: "c1")
        #expect(
            (await documents(endpoint)).container["Health"] as? NSDictionary == [
                "status": "UNHEALTHY", "statusSince": "2027-01-15T08:00:09.000Z", "exitCode": 3, "output": "no\n",
            ])
    }

    @Test func anEnd() async {
        var record = bridgeRecord()
        record.desiredStatus = .stopped
        record.containers[0].phase = .stopped
        record.containers[0].exitCode = 7
        record.containers[0].finishedAt = startOfTime.addingTimeInterval(5)
        record.executionStoppedAt = startOfTime.addingTimeInterval(5)
        let (task, container) = await documents(TestEndpoint([record]))
        #expect(task["KnownStatus"] as? String == "STOPPED" && task["DesiredStatus"] as? String == "STOPPED")
        #expect(task["ExecutionStoppedAt"] as? String == "2027-01-15T08:00:05.000Z")
        #expect(container["ExitCode"] as? Int == 7)
        #expect(container["FinishedAt"] as? String == "2027-01-15T08:00:05.000Z")
    }

    /// What docker cannot tell of just now is left out.
    @Test func withoutDocker() async {
        let endpoint = TestEndpoint([bridgeRecord()])
        endpoint.inspector.set(nil, for: "c1")
        let (_, container) = await documents(endpoint)
        #expect(container["DockerId"] as? String == "c1" && container["ImageID"] as? String == "")
        #expect(container["Networks"] as? [NSDictionary] == [["NetworkMode": "bridge"]])
    }

    @Test func dockerIsAskedOnceInARun() async {
        let endpoint = TestEndpoint([bridgeRecord()])
        for _ in 0..<5 { _ = await endpoint.own("/task") }
        #expect(endpoint.inspector.calls == [["c1"]])
        // Started anew, it has another address.
        endpoint.directory.change(0) { $0.containers[0].restartCount = 1 }
        endpoint.inspector.set(.init(id: "c1", imageID: "i", ipv4Addresses: ["172.17.0.9"]), for: "c1")
        let networks = object(await endpoint.own().json)["Networks"] as? [NSDictionary]
        #expect(networks == [["NetworkMode": "bridge", "IPv4Addresses": ["172.17.0.9"]]])
        endpoint.directory.change(0) { $0.containers[0].phase = .stopped }
        _ = await endpoint.own()
        #expect(endpoint.inspector.calls.count == 2)
    }

    @Test(arguments: [
        (ContainerRecord.Phase.none, "NONE"), (.pulling, "NONE"), (.pulled, "PULLED"), (.creating, "PULLED"),
        (.running, "RUNNING"), (.restarting, "RUNNING"), (.stopping, "RUNNING"), (.stopped, "STOPPED"),
    ])
    func knownStatus(phase: ContainerRecord.Phase, status: String) {
        var record = bridgeRecord()
        record.containers[0].phase = phase
        #expect(record.containers[0].knownStatus.rawValue == status)
        #expect(record.knownStatus.rawValue == status)
    }
}
