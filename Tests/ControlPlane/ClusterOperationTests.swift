import ControlPlaneState
import Foundation
import Placement
import Testing

@Suite struct ClusterOperationTests {
    @Test func lifeOfACluster() async throws {
        let plane = try TestControlPlane()
        let created = try await plane.call(
            "CreateCluster", ["clusterName": "blue", "tags": [["key": "team", "value": "a"]]])
        let cluster = created.object("cluster")
        #expect(cluster.text("clusterArn") == "arn:aws:ecs:us-east-1:123456789012:cluster/blue")
        #expect(cluster.text("status") == "ACTIVE")

        let again = try await plane.call("CreateCluster", ["clusterName": "blue"])
        #expect(again.object("cluster").list("tags").first?.text("key") == "team")

        let plain = try await plane.call("DescribeClusters", ["clusters": ["blue", "nope"]])
        #expect(plain.list("clusters").first?.list("tags").isEmpty == true)
        #expect(plain.list("failures").first?.text("reason") == "MISSING")
        #expect(plain.list("failures").first?.text("arn") == "arn:aws:ecs:us-east-1:123456789012:cluster/nope")

        _ = try await plane.call("DeleteCluster", ["cluster": "blue"])
        let deleted = try await plane.call("DescribeClusters", ["clusters": ["blue"]])
        #expect(deleted.list("clusters").first?.text("status") == "INACTIVE")
        let listed = try await plane.call("ListClusters")
        #expect((listed["clusterArns"] as? [String])?.isEmpty == true)
        #expect(try await plane.failure("DeleteCluster", ["cluster": "nope"]).code == "ClusterNotFoundException")
    }

    @Test func defaultsToTheNameDefault() async throws {
        let plane = try TestControlPlane()
        let created = try await plane.call("CreateCluster")
        #expect(created.object("cluster").text("clusterName") == "default")
        let described = try await plane.call("DescribeClusters", ["clusters": []])
        #expect(described.list("clusters").map { $0.text("clusterName") } == ["default"])
    }

    @Test func anActiveNameIsGivenBackUnchangedAndAnInactiveOneMadeAnew() async throws {
        let plane = try TestControlPlane()
        let first: [String: Any] = [
            "clusterName": "blue", "tags": [["key": "team", "value": "a"]],
            "settings": [["name": "containerInsights", "value": "enhanced"]],
            "capacityProviders": ["FARGATE"], "serviceConnectDefaults": ["namespace": "shop"],
        ]
        let created = try await plane.call("CreateCluster", first).object("cluster")
        let again = try await plane.call(
            "CreateCluster", ["clusterName": "blue", "settings": [["name": "containerInsights", "value": "disabled"]]]
        ).object("cluster")
        #expect(NSDictionary(dictionary: again) == NSDictionary(dictionary: created))

        _ = try await plane.call("DeleteCluster", ["cluster": "blue"])
        let fresh = try await plane.call("CreateCluster", ["clusterName": "blue"]).object("cluster")
        #expect(fresh.text("clusterArn") == created.text("clusterArn"))
        #expect(fresh.text("status") == "ACTIVE")
        #expect(fresh.list("tags").isEmpty)
        #expect(fresh["capacityProviders"] as? [String] == [])
        #expect(fresh["serviceConnectDefaults"] == nil)
        #expect(fresh.list("settings").first?.text("value") == "disabled")
    }

    @Test(arguments: [
        "DeleteCluster", "UpdateCluster", "UpdateClusterSettings", "PutClusterCapacityProviders",
        "DescribeCapacityProviders", "ListContainerInstances", "ListTasks",
    ]) func anInactiveClusterAnswersToNothingElse(operation: String) async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster", ["clusterName": "blue"])
        _ = try await plane.call("DeleteCluster", ["cluster": "blue"])
        let input: [String: Any] = [
            "cluster": "blue", "settings": [["name": "containerInsights", "value": "enabled"]],
            "capacityProviders": [], "defaultCapacityProviderStrategy": [],
        ]
        let failure = try await plane.failure(operation, input)
        #expect(failure.code == "ClusterNotFoundException")
        #expect(failure.message == "The referenced cluster was inactive.")
    }

    @Test func pagesStayRightWhileClustersAreMade() async throws {
        let plane = try TestControlPlane()
        for index in 0..<25 { _ = try await plane.call("CreateCluster", ["clusterName": "c\(100 + index)"]) }
        var seen: [String] = []
        var token: String?
        repeat {
            var input: [String: Any] = ["maxResults": 10]
            input["nextToken"] = token
            let page = try await plane.call("ListClusters", input)
            seen += page["clusterArns"] as? [String] ?? []
            token = page["nextToken"] as? String
            _ = try await plane.call("CreateCluster", ["clusterName": "a\(seen.count)"])
        } while token != nil
        #expect(seen.count == 25)
        #expect(Set(seen).count == 25)
    }

    @Test(arguments: ["", "a b", "ä", "../x", "-", String(repeating: "x", count: 256)])
    func namesAreChecked(name: String) async throws {
        let plane = try TestControlPlane()
        if name == "-" {
            _ = try await plane.call("CreateCluster", ["clusterName": name])
        } else {
            #expect(try await plane.failure("CreateCluster", ["clusterName": name]).code == "InvalidParameterException")
        }
    }

    @Test func thereIsALimitOfClusters() async throws {
        let plane = try TestControlPlane()
        try await plane.state.transact { tx in
            for index in 0..<9_999 {
                tx.put(ClusterRecord(name: ClusterName("c\(index)"), createdAt: TestControlPlane.start))
            }
        }
        _ = try await plane.call("CreateCluster")
        let failure = try await plane.failure("CreateCluster", ["clusterName": "more"])
        #expect(failure.code == "ClientException")
        #expect(failure.message == "There can be at most 10000 clusters.")
        _ = try await plane.call("CreateCluster", ["clusterName": "c7"])
        _ = try await plane.call("DeleteCluster", ["cluster": "c7"])
        _ = try await plane.call("CreateCluster", ["clusterName": "more"])
    }

    @Test func aClusterWithHostsOrTasksIsNotDeleted() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let task = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0].text("taskArn")
        let hosts = try await plane.failure("DeleteCluster", ["cluster": "default"])
        #expect(hosts.code == "ClusterContainsContainerInstancesException")
        #expect(
            hosts.message == "The Cluster cannot be deleted while Container Instances are active or draining.")

        // A task whose host is gone: what a forced deregistration may leave behind.
        try await plane.state.transact { tx in
            if var record = tx.containerInstances[ContainerInstanceID(String(instance.suffix(32)))] {
                record.status = .inactive
                tx.put(record)
            }
        }
        let tasks = try await plane.failure("DeleteCluster", ["cluster": "default"])
        #expect(tasks.code == "ClusterContainsTasksException")
        #expect(tasks.message == "The Cluster cannot be deleted while Tasks are active.")

        try await plane.state.transact { tx in
            if let id = TaskID(String(task.suffix(32))), var record = tx.tasks[id] {
                record.lastStatus = .stopped
                tx.put(record)
            }
        }
        _ = try await plane.call("DeleteCluster", ["cluster": "default"])
    }

    @Test func whatEarlierVersionsStoredIsRead() async throws {
        let store = FakeStore()
        let json = #"{"v":1,"record":{"name":"old","status":"ACTIVE","createdAt":1700000000,"tags":[]}}"#
        try store.commit([StoreMutation(kind: "cluster", key: "old", value: Data(json.utf8))], revision: 1)
        let plane = try TestControlPlane(store: store)
        let cluster = try await plane.call("DescribeClusters", ["clusters": ["old"], "include": ["SETTINGS"]])
            .list("clusters")[0]
        #expect(cluster.text("status") == "ACTIVE")
        #expect(cluster.list("settings").first?.text("value") == "disabled")
        #expect(cluster["capacityProviders"] as? [String] == [])
    }

    @Test func aRestartKeepsEverything() async throws {
        let store = FakeStore()
        let plane = try TestControlPlane(store: store)
        _ = try await plane.call(
            "CreateCapacityProvider", ["name": "mine", "autoScalingGroupProvider": ["autoScalingGroupArn": "group"]])
        _ = try await plane.call("PutAccountSettingDefault", ["name": "containerInsights", "value": "enabled"])
        let cluster = try await plane.call("CreateCluster", ["capacityProviders": ["mine"]])
        let provider = try await plane.call("DescribeCapacityProviders", ["capacityProviders": ["mine"]])

        let next = try TestControlPlane(store: store)
        let again = try await next.call("CreateCluster")
        #expect(NSDictionary(dictionary: again) == NSDictionary(dictionary: cluster))
        #expect(again.object("cluster").list("settings").first?.text("value") == "enabled")
        let described = try await next.call("DescribeCapacityProviders", ["capacityProviders": ["mine"]])
        #expect(NSDictionary(dictionary: described) == NSDictionary(dictionary: provider))
        let deletion = try await next.call("DeleteCapacityProvider", ["capacityProvider": "mine"])
        #expect(deletion.object("capacityProvider").text("updateStatus") == "DELETE_FAILED")
        let effective = try await next.call("ListAccountSettings", ["name": "containerInsights"])
        #expect(effective.list("settings").first?.text("value") == "enabled")
    }
}
