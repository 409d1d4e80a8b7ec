import Foundation
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
        #expect(
            try await plane.failure("DeleteCluster", ["cluster": "blue"]).message
                == "The referenced cluster was inactive.")
        #expect(try await plane.failure("DeleteCluster", ["cluster": "nope"]).code == "ClusterNotFoundException")
    }

    @Test func defaultsToTheNameDefault() async throws {
        let plane = try TestControlPlane()
        let created = try await plane.call("CreateCluster")
        #expect(created.object("cluster").text("clusterName") == "default")
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

    @Test func aClusterWithHostsOrTasksIsNotDeleted() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance()
        #expect(
            try await plane.failure("DeleteCluster", ["cluster": "default"]).code
                == "ClusterContainsContainerInstancesException")
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": instance])
        _ = try await plane.call("DeleteCluster", ["cluster": "default"])
    }

    @Test func whatIsNotBuiltIsRefusedByName() async throws {
        let plane = try TestControlPlane()
        let failure = try await plane.failure("CreateService", ["serviceName": "x"])
        #expect(failure.code == "UnsupportedFeatureException")
        #expect(failure.message.contains("CreateService"))
        #expect(try await plane.failure("NoSuchOperation").code == "UnknownOperationException")
        #expect(
            try await plane.failure("CreateCluster", ["capacityProviders": ["x"]]).message.contains("not supported"))
    }
}
