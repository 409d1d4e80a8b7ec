import Foundation
import Testing

@Suite struct ContainerInstanceRegistrationTests {
    private func document(_ id: String, type: String = "m5.large") -> String {
        "{\"instanceId\":\"\(id)\",\"instanceType\":\"\(type)\",\"imageId\":\"ami-1\",\"availabilityZone\":\"us-east-1a\"}"
    }

    private func failure(_ plane: TestControlPlane, _ input: [String: Any]) async throws -> (String, String) {
        try await plane.failure("RegisterContainerInstance", TestControlPlane.registration(input))
    }

    @Test func anIdentityDocumentNamesTheMachine() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.register(["instanceIdentityDocument": document("i-1")])
        #expect(first.text("ec2InstanceId") == "i-1")
        #expect(
            Set(attributeTexts(first)) == [
                "ecs.instance-type=m5.large", "ecs.ami-id=ami-1", "ecs.availability-zone=us-east-1a",
            ])
        // What the agent says itself stands.
        let zone = ["name": "ecs.availability-zone", "value": "cellar"]
        let second = try await plane.register(["instanceIdentityDocument": document("i-2"), "attributes": [zone]])
        #expect(attributeTexts(second).contains("ecs.availability-zone=cellar"))
        #expect(attributeTexts(second).count == 3)
    }

    @Test func aMachineIsOneInstance() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster", ["clusterName": "blue"])
        let first = try await plane.register(["instanceIdentityDocument": document("i-1")]).text("containerInstanceArn")
        let again = try await plane.register(["instanceIdentityDocument": document("i-1")])
        #expect(again.text("containerInstanceArn") == first)
        #expect(again["version"] as? Int == 2)
        // Another cluster's registry is its own, and a machine that was deregistered comes back as a new instance.
        let blue = try await plane.register(["instanceIdentityDocument": document("i-1"), "cluster": "blue"])
        #expect(blue.text("containerInstanceArn") != first)
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": first])
        let new = try await plane.register(["instanceIdentityDocument": document("i-1")]).text("containerInstanceArn")
        #expect(new != first)
        // Hosts without a document are as many as register.
        let plain = try await plane.registered()
        #expect(try await plane.registered() != plain)
    }

    @Test func aMachineDoesNotChangeItsType() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.register(["instanceIdentityDocument": document("i-1")]).text("containerInstanceArn")
        let id = String(arn.suffix(32))
        for input in [
            ["containerInstanceArn": arn, "instanceIdentityDocument": document("i-1", type: "m5.xlarge")],
            ["instanceIdentityDocument": document("i-1", type: "m5.xlarge")],
            ["containerInstanceArn": arn, "attributes": [["name": "ecs.instance-type", "value": "x"]]],
        ] as [[String: Any]] {
            #expect(
                try await failure(plane, input) == (
                    "ClientException",
                    "Container instance type changes are not supported. Container instance \(id) was previously "
                        + "registered as m5.large."
                ))
        }
        _ = try await plane.register(["containerInstanceArn": arn])
        #expect(attributeTexts(try await plane.describe(arn)).contains("ecs.instance-type=m5.large"))
    }

    /// What people gave the instance stays; what the agent can do is what it says now.
    @Test func registeringAgainMergesAttributesAndTags() async throws {
        let plane = try TestControlPlane()
        let capability = "com.amazonaws.ecs.capability.logging-driver."
        let arn = try await plane.register([
            "attributes": [
                ["name": capability + "json-file"], ["name": capability + "syslog"], ["name": "rack", "value": "r1"],
                ["name": "ecs.os-type", "value": "linux"],
            ], "tags": [["key": "a", "value": "1"], ["key": "b", "value": "1"]],
        ]).text("containerInstanceArn")
        let put = [
            ["name": "stack", "value": "prod", "targetId": arn], ["name": "rack", "value": "r2", "targetId": arn],
        ]
        _ = try await plane.call("PutAttributes", ["attributes": put])
        let again = try await plane.register([
            "containerInstanceArn": arn, "attributes": [["name": capability + "json-file"]],
            "tags": [["key": "b", "value": "2"], ["key": "c", "value": "2"]],
        ])
        #expect(
            Set(attributeTexts(again)) == [capability + "json-file", "ecs.os-type=linux", "rack=r2", "stack=prod"])
        #expect(again.list("tags").map { "\($0.text("key"))=\($0.text("value"))" }.sorted() == ["a=1", "b=2", "c=2"])
    }

    @Test func aDrainingHostGoesOnDraining() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered()
        _ = try await plane.call("UpdateContainerInstancesState", ["containerInstances": [arn], "status": "DRAINING"])
        #expect(try await plane.register(["containerInstanceArn": arn]).text("status") == "DRAINING")
    }

    @Test func refusesAnInstanceThatIsNotThere() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster", ["clusterName": "blue"])
        let arn = try await plane.registered()
        let unknown = arn.dropLast(32) + String(repeating: "0", count: 32)
        #expect(
            try await failure(plane, ["containerInstanceArn": String(unknown)]) == (
                "ClientException",
                "Referenced container instance \(String(repeating: "0", count: 32)) not registered."
            ))
        let moved = try await failure(plane, ["containerInstanceArn": arn, "cluster": "blue"])
        #expect(moved.0 == "InvalidParameterException" && moved.1.contains("is not in the cluster blue"))
        #expect(try await failure(plane, ["cluster": "nowhere"]) == ("ClusterNotFoundException", "Cluster not found."))
    }

    static let wrong: [(String, String)] = [
        ("{\"name\":\"\"}", "The name of an attribute"), ("{\"name\":\"a b\"}", "found \"a b\""),
        ("{\"name\":\"ä\"}", "The name of an attribute"),
        ("{\"name\":\"a\",\"value\":\" x\"}", "no space at either end"),
        ("{\"name\":\"a\",\"value\":\"x \"}", "no space at either end"),
        ("{\"name\":\"a\",\"value\":\"<\"}", "found \"<\""),
        ("{\"name\":\"a\",\"value\":\"a\\nb\"}", "The value of attribute a"),
        ("{\"name\":\"a\"},{\"name\":\"a\",\"value\":\"1\"}", "given more than once"),
        ((0..<11).map { "{\"name\":\"n\($0)\"}" }.joined(separator: ","), "at most 10 custom attributes"),
        ("{\"name\":\"\(String(repeating: "n", count: 129))\"}", "1 to 128"),
        ("{\"name\":\"a\",\"value\":\"\(String(repeating: "v", count: 129))\"}", "1 to 128"),
    ]

    @Test(arguments: wrong) func refusesWrongAttributes(json: String, words: String) async throws {
        let plane = try TestControlPlane()
        let attributes = try JSONSerialization.jsonObject(with: Data("[\(json)]".utf8))
        let failure = try await failure(plane, ["attributes": attributes])
        #expect(failure.0 == "InvalidParameterException")
        #expect(failure.1.contains(words), "\(failure.1)")
        #expect(try await plane.failure("ListContainerInstances").code == "ClusterNotFoundException")
    }

    @Test func capabilitiesDoNotCount() async throws {
        let plane = try TestControlPlane()
        let attributes: [[String: Any]] =
            (0..<40).map { ["name": "ecs.capability.c\($0)"] } + (0..<10).map { ["name": "n\($0)", "value": ""] }
        #expect(attributeTexts(try await plane.register(["attributes": attributes])).count == 50)
    }

    @Test(arguments: ["[]", "{", "\"x\"", "{\"instanceId\":1}", "{\"instanceId\":\"a b\"}", "{\"instanceType\":\"<\"}"])
    func refusesAWrongDocument(text: String) async throws {
        let plane = try TestControlPlane()
        #expect(
            try await failure(plane, ["instanceIdentityDocument": text]).0 == "InvalidParameterException")
    }

    @Test func anEmptyDocumentIsNone() async throws {
        let plane = try TestControlPlane()
        for text in ["", "{}"] {
            #expect(try await plane.register(["instanceIdentityDocument": text])["ec2InstanceId"] == nil)
        }
    }
}
