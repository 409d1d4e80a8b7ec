import AWSModels
import ControlPlaneState
import Foundation
import Placement
import Testing

@Suite struct AttributeTests {
    private func put(_ plane: TestControlPlane, _ arn: String, _ attributes: KeyValuePairs<String, String>) async throws
    {
        _ = try await plane.call(
            "PutAttributes",
            ["attributes": attributes.map { ["name": $0.key, "value": $0.value, "targetId": arn] }])
    }

    private func list(_ plane: TestControlPlane, _ input: [String: Any] = [:]) async throws -> [String] {
        var texts: [String] = []
        var token: String?
        repeat {
            var input = input.merging(["targetType": "container-instance"]) { given, _ in given }
            input["nextToken"] = token
            let page = try await plane.call("ListAttributes", input)
            texts += attributeTexts(page)
            token = page["nextToken"] as? String
        } while token != nil
        return texts
    }

    @Test func putsChangesAndDeletes() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered(attributes: ["ecs.os-type": "linux"])
        let output = try await plane.call(
            "PutAttributes",
            [
                "attributes": [
                    ["name": "stack", "value": "prod", "targetId": arn],
                    ["name": "flag", "targetId": String(arn.suffix(32)), "targetType": "container-instance"],
                ]
            ])
        #expect(attributeTexts(output) == ["stack=prod", "flag"])
        #expect(output.list("attributes").map { $0.text("targetId") } == [arn, arn])
        #expect(try await plane.describe(arn)["version"] as? Int == 3)
        try await put(plane, arn, ["stack": "dev"])
        #expect(attributeTexts(try await plane.describe(arn)) == ["ecs.os-type=linux", "stack=dev", "flag"])
        // What is so already is no change.
        try await put(plane, arn, ["stack": "dev"])
        #expect(try await plane.describe(arn)["version"] as? Int == 4)

        let deleted = try await plane.call(
            "DeleteAttributes",
            [
                "attributes": [
                    ["name": "stack", "targetId": arn], ["name": "flag", "value": "no", "targetId": arn],
                    ["name": "never", "targetId": arn],
                ]
            ])
        #expect(attributeTexts(deleted) == ["stack=dev"])
        #expect(deleted.list("attributes").map { $0.text("targetId") } == [arn])
        #expect(attributeTexts(try await plane.describe(arn)) == ["ecs.os-type=linux", "flag"])
    }

    @Test func placementSeesThemAtOnce() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered()
        try await put(plane, arn, ["stack": "prod"])
        let host = plane.state.peek { $0.hosts[.default]?.host(.init(String(arn.suffix(32)))) }
        #expect(host?.attributes.map(\.description) == ["stack=prod"])
        let again = try TestControlPlane(store: plane.store)
        #expect(try await list(again) == ["stack=prod"])
    }

    @Test func tenAtMost() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered(attributes: ["a0": "x", "ecs.os-type": "linux"])
        let nine = (1...9).map { ["name": "a\($0)", "value": "x", "targetId": arn] }
        _ = try await plane.call("PutAttributes", ["attributes": nine])
        let failure = try await plane.failure(
            "PutAttributes",
            ["attributes": [["name": "a1", "value": "y", "targetId": arn], ["name": "b", "targetId": arn]]])
        #expect(failure.code == "AttributeLimitExceededException")
        #expect(failure.message.contains("more than 10 custom attributes"))
        // All or nothing.
        #expect(try await list(plane, ["attributeName": "a1"]) == ["a1=x"])
        try await put(plane, arn, ["a1": "y"])
        #expect(try await list(plane, ["attributeName": "a1"]) == ["a1=y"])
    }

    @Test(arguments: ["PutAttributes", "DeleteAttributes"]) func refuses(operation: String) async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered(attributes: ["ecs.os-type": "linux"])
        let other = arn.replacingOccurrences(of: "default", with: "elsewhere")
        let unknown = String(repeating: "0", count: 32)
        let cases: [([[String: Any]], String, String)] = [
            ([], "InvalidParameterException", "attributes can not be empty"),
            ((0..<11).map { ["name": "a\($0)", "targetId": arn] }, "InvalidParameterException", "at most 10 items"),
            ([["name": "a"]], "InvalidParameterException", "targetId can not be empty"),
            ([["name": "a", "targetId": unknown]], "TargetNotFoundException", "Could not find \(unknown)"),
            ([["name": "a", "targetId": "x"]], "TargetNotFoundException", "Could not find x"),
            ([["name": "a", "targetId": other]], "InvalidParameterException", "is not in the cluster default"),
            ([["name": "a", "targetId": "arn:aws:ecs"]], "InvalidParameterException", "The ARN provided is invalid."),
            (
                [["name": "ecs.os-type", "value": "x", "targetId": arn]], "InvalidParameterException",
                "cannot be changed"
            ),
            ([["name": "com.amazonaws.ecs.capability.x", "targetId": arn]], "InvalidParameterException", "cannot be"),
            ([["name": "", "targetId": arn]], "InvalidParameterException", "The name of an attribute"),
            ([["name": "a!", "targetId": arn]], "InvalidParameterException", "found \"a!\""),
            ([["name": "a", "value": " b", "targetId": arn]], "InvalidParameterException", "The value of attribute a"),
            (
                [["name": "a", "targetId": arn], ["name": "a", "targetId": String(arn.suffix(32))]],
                "InvalidParameterException", "given more than once"
            ),
            (
                [["name": "a", "targetId": arn, "targetType": "task"]], "InvalidParameterException",
                "container-instance"
            ),
        ]
        for (attributes, code, words) in cases {
            let failure = try await plane.failure(operation, ["attributes": attributes])
            #expect(failure.code == code, "\(failure.message)")
            #expect(failure.message.contains(words), "\(failure.message)")
        }
        #expect(
            try await plane.failure(operation, ["cluster": "x", "attributes": [["name": "a", "targetId": "b"]]]).code
                == "ClusterNotFoundException")
        #expect(try await list(plane) == ["ecs.os-type=linux"])
    }

    @Test func listsByNameAndValue() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.registered(attributes: ["stack": "prod", "ecs.os-type": "linux"])
        _ = try await plane.registered(attributes: ["stack": "dev", "a": "b"])
        _ = try await plane.registered(attributes: ["stack": "prod"])
        _ = try await plane.call("CreateCluster", ["clusterName": "blue"])
        _ = try await plane.register(["cluster": "blue", "attributes": [["name": "stack", "value": "prod"]]])
        #expect(try await list(plane) == ["ecs.os-type=linux", "stack=prod", "a=b", "stack=dev", "stack=prod"])
        for size in 1...5 {
            #expect(
                try await list(plane, ["maxResults": size])
                    == ["ecs.os-type=linux", "stack=prod", "a=b", "stack=dev", "stack=prod"])
        }
        #expect(try await list(plane, ["attributeName": "stack"]) == ["stack=prod", "stack=dev", "stack=prod"])
        #expect(try await list(plane, ["attributeName": "stack", "maxResults": 1]).count == 3)
        #expect(
            try await list(plane, ["attributeName": "stack", "attributeValue": "prod"]) == ["stack=prod", "stack=prod"])
        #expect(try await list(plane, ["attributeName": "stack", "attributeValue": "x"]) == [])
        #expect(try await list(plane, ["attributeName": "never"]) == [])
        #expect(try await list(plane, ["cluster": "blue"]) == ["stack=prod"])
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": first])
        #expect(try await list(plane, ["attributeName": "stack"]) == ["stack=dev", "stack=prod"])

        for input in [
            ["attributeValue": "prod"], ["maxResults": 101], ["maxResults": 0], ["nextToken": "x"],
            ["nextToken": Data("attributes\n1".utf8).base64EncodedString()],
            ["nextToken": Data("attributes\n-9223372036854775808 a".utf8).base64EncodedString()],
            ["nextToken": Data("containerInstances\n1".utf8).base64EncodedString()], ["targetType": "task"],
        ] as [[String: Any]] {
            let failure = try await plane.failure(
                "ListAttributes", input.merging(["targetType": "container-instance"]) { given, _ in given })
            #expect(failure.code == "InvalidParameterException", "\(input)")
        }
    }

    /// Pages go on behind the last attribute shown, whatever came or went meanwhile.
    @Test func pagesStayRightWhileAttributesChange() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered(attributes: ["b": "1", "d": "1", "f": "1"])
        let first = try await plane.call("ListAttributes", ["targetType": "container-instance", "maxResults": 2])
        #expect(attributeTexts(first) == ["b=1", "d=1"])
        try await put(plane, arn, ["a": "2", "e": "2"])
        _ = try await plane.call("DeleteAttributes", ["attributes": [["name": "d", "targetId": arn]]])
        let second = try await plane.call(
            "ListAttributes", ["targetType": "container-instance", "nextToken": first.text("nextToken")])
        #expect(attributeTexts(second) == ["e=2", "f=1"])
        #expect(second["nextToken"] == nil)
    }

    /// A value that few hosts have: each call looks at its share, and the pages together find it.
    @Test func aCallLooksAtABoundedNumberOfHosts() async throws {
        let plane = try TestControlPlane()
        try await plane.put(hosts: 2100) { number, record in
            record.attributes = [ECS.Attribute(name: "stack", value: number == 2050 ? "rare" : "common")]
        }
        let input = ["targetType": "container-instance", "attributeName": "stack", "attributeValue": "rare"]
        let first = try await plane.call("ListAttributes", input)
        #expect(first.list("attributes").isEmpty)
        #expect(first["nextToken"] as? String != nil)
        #expect(try await list(plane, input) == ["stack=rare"])
    }
}
