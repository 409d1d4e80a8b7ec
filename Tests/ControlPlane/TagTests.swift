import ControlPlaneState
import Foundation
import Testing

@Suite struct TagTests {
    private static let prefix = "arn:aws:ecs:us-east-1:123456789012:"

    private func tag(_ key: String, _ value: String = "v") -> [String: String] { ["key": key, "value": value] }

    private func tags(_ plane: TestControlPlane, _ arn: String) async throws -> [String] {
        try await plane.call("ListTagsForResource", ["resourceArn": arn]).list("tags")
            .map { "\($0.text("key"))=\($0.text("value"))" }
    }

    /// One of each kind that can be tagged, as the ARN that its operation gave.
    private func resources(_ plane: TestControlPlane) async throws -> [String] {
        let cluster = try await plane.call("CreateCluster", ["tags": [tag("made")]])
        let instance = try await plane.registerInstance()
        let definition = try await plane.registerTaskDefinition()
        let task = try await plane.call("RunTask", ["taskDefinition": "web"]).list("tasks")[0]
        return [cluster.object("cluster").text("clusterArn"), instance, definition, task.text("taskArn")]
    }

    @Test func everyKindIsTaggedAndUntagged() async throws {
        let plane = try TestControlPlane()
        for arn in try await resources(plane) {
            let given = try await tags(plane, arn)
            let output = try await plane.call(
                "TagResource", ["resourceArn": arn, "tags": [tag("a", "1"), tag("b"), ["key": "c"]]])
            #expect(output.isEmpty)
            #expect(try await tags(plane, arn) == given + ["a=1", "b=v", "c="])
            _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [tag("a", "2"), tag("A")]])
            #expect(try await tags(plane, arn) == given + ["a=2", "b=v", "c=", "A=v"])
            _ = try await plane.call("UntagResource", ["resourceArn": arn, "tagKeys": ["a", "c", "nope"]])
            #expect(try await tags(plane, arn) == given + ["b=v", "A=v"])
        }
    }

    @Test func describeShowsThem() async throws {
        let plane = try TestControlPlane()
        let arns = try await resources(plane)
        for arn in arns {
            _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [tag("a")]])
        }
        let cluster = try await plane.call("DescribeClusters", ["include": ["TAGS"]]).list("clusters")[0]
        #expect(cluster.list("tags").map { $0.text("key") } == ["made", "a"])
        let instance = try await plane.call(
            "DescribeContainerInstances", ["containerInstances": [arns[1]], "include": ["TAGS"]])
        #expect(instance.list("containerInstances")[0].list("tags").map { $0.text("key") } == ["a"])
        let definition = try await plane.call(
            "DescribeTaskDefinition", ["taskDefinition": arns[2], "include": ["TAGS"]])
        #expect(definition.list("tags").map { $0.text("key") } == ["a"])
        let task = try await plane.call("DescribeTasks", ["tasks": [arns[3]], "include": ["TAGS"]]).list("tasks")[0]
        #expect(task.list("tags").map { $0.text("key") } == ["a"])
    }

    @Test func aResourceHasAtMostFifty() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registerTaskDefinition()
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": (1...50).map { tag("k\($0)") }])
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [tag("k1", "new")]])
        let failure = try await plane.failure(
            "TagResource", ["resourceArn": arn, "tags": [tag("k1"), tag("one-more")]])
        #expect(failure.code == "LimitExceededException")
        #expect(try await tags(plane, arn).count == 50)
        #expect(try await tags(plane, arn)[0] == "k1=new")
    }

    @Test func tagsOfAWSAreNotCountedNorTouched() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let task = try await plane.call("RunTask", ["taskDefinition": "web", "enableECSManagedTags": true])
            .list("tasks")[0].text("taskArn")
        _ = try await plane.call("TagResource", ["resourceArn": task, "tags": (1...50).map { tag("k\($0)") }])
        #expect(try await tags(plane, task).count == 51)
        for key in ["aws:ecs:clusterName", "AWS:x", "aWs:"] {
            for (operation, input) in [
                ("TagResource", ["tags": [tag(key)]]), ("UntagResource", ["tagKeys": [key]]),
            ] as [(String, [String: Any])] {
                let failure = try await plane.failure(operation, input.merging(["resourceArn": task]) { $1 })
                #expect(failure.code == "InvalidParameterException")
                #expect(failure.message.contains("reserved"))
            }
        }
        #expect(try await tags(plane, task)[0] == "aws:ecs:clusterName=default")
    }

    struct BadTags: Sendable, CustomTestStringConvertible {
        var json: String
        var message: String
        var testDescription: String { message }
    }

    static let bad: [BadTags] = [
        .init(json: #"[{"value":"v"}]"#, message: "needs a key"),
        .init(json: #"[{"key":"","value":"v"}]"#, message: "key"),
        .init(json: #"[{"key":"a"},{"key":"a","value":"x"}]"#, message: "more than once"),
        .init(json: #"[{"key":"aws:a"}]"#, message: "reserved"),
        .init(json: #"[{"key":"a","value":"AWS:b"}]"#, message: "reserved"),
        .init(json: #"[{"key":"a;b"}]"#, message: "key"), .init(json: #"[{"key":"a","value":"<"}]"#, message: "value"),
        .init(json: #"[{"key":"\#(String(repeating: "k", count: 129))"}]"#, message: "128"),
        .init(json: #"[{"key":"k","value":"\#(String(repeating: "é", count: 257))"}]"#, message: "256"),
        .init(
            json: "[" + (0...50).map { #"{"key":"k\#($0)"}"# }.joined(separator: ",") + "]", message: "50"),
    ]

    /// The same when a resource is made as when it is tagged.
    @Test(arguments: bad) func refuses(bad: BadTags) async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registerTaskDefinition()
        let list = try JSONSerialization.jsonObject(with: Data(bad.json.utf8))
        for (operation, input) in [
            ("TagResource", ["resourceArn": arn, "tags": list]), ("CreateCluster", ["tags": list]),
        ] as [(String, [String: Any])] {
            let failure = try await plane.failure(operation, input)
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message.contains(bad.message), "\(failure.message)")
        }
        #expect(try await tags(plane, arn) == [])
    }

    @Test func takesWhatCharactersThereAre() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registerTaskDefinition()
        let key = "Ünï 漢字 ١ _.:/=+-@" + String(repeating: "é", count: 100)
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [tag(key, "")]])
        #expect(try await tags(plane, arn) == ["\(key)="])
    }

    @Test(arguments: [
        ("nonsense", "The ARN provided is invalid."), ("", "The ARN provided is invalid."),
        ("arn:aws:iam::123456789012:root", "The ARN provided is invalid."),
        (prefix + "cluster/", "The ARN provided is invalid."), (prefix + "cluster/a/b", "The ARN provided is invalid."),
        (prefix + "container/a/b/c", "The ARN provided is invalid."),
        (prefix + "task-definition/web", "The ARN provided is invalid."),
        (prefix + "task-definition/web:x", "The ARN provided is invalid."),
        ("arn:aws:ecs:eu-west-1:123456789012:cluster/default", "The ARN provided is invalid."),
        ("arn:aws:ecs:us-east-1:999999999999:cluster/default", "The ARN provided is invalid."),
        ("arn:aws-cn:ecs:us-east-1:123456789012:cluster/default", "The ARN provided is invalid."),
        (prefix + "service/web", "Long arn format must be used for tagging operations"),
        (prefix + "task/0123", "Long arn format must be used for tagging operations"),
        (prefix + "container-instance/0123", "Long arn format must be used for tagging operations"),
    ]) func refusesWhatIsNoARNOfItsOwn(arn: String, message: String) async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        for (operation, input) in Self.calls {
            let failure = try await plane.failure(operation, input.merging(["resourceArn": arn]) { $1 })
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message.hasPrefix(message))
        }
    }

    private static var calls: [(String, [String: Any])] {
        [
            ("TagResource", ["tags": [["key": "a"]]]), ("UntagResource", ["tagKeys": ["a"]]),
            ("ListTagsForResource", [:]),
        ]
    }

    @Test(arguments: [
        "task-definition/web:1", "task/default/0123456789abcdef0123456789abcdef", "task/default/x",
        "container-instance/default/0123456789abcdef0123456789abcdef", "capacity-provider/cp", "service/default/web",
        "task-set/default/web/ecs-svc/1", "daemon/default/d",
    ]) func whatIsNotThereIsNotFound(resource: String) async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        for (operation, input) in Self.calls {
            let failure = try await plane.failure(
                operation, input.merging(["resourceArn": Self.prefix + resource]) { $1 })
            let code = operation == "ListTagsForResource" ? "InvalidParameterException" : "ResourceNotFoundException"
            #expect(failure.code == code)
            #expect(failure.message.contains("was not found"))
        }
    }

    @Test(arguments: ["cluster/nope", "task/nope/0123456789abcdef0123456789abcdef", "service/nope/web"])
    func anUnknownClusterIsNotFound(resource: String) async throws {
        let plane = try TestControlPlane()
        for (operation, input) in Self.calls {
            let failure = try await plane.failure(
                operation, input.merging(["resourceArn": Self.prefix + resource]) { $1 })
            #expect(failure.code == "ClusterNotFoundException")
            #expect(failure.message == "Cluster not found.")
        }
    }

    /// Its tags are gone for the API; those of the tasks that ran there can be read as long as the tasks are kept.
    @Test func anInactiveClusterHasNoTags() async throws {
        let plane = try TestControlPlane()
        let arns = try await resources(plane)
        _ = try await plane.call("TagResource", ["resourceArn": arns[3], "tags": [tag("a")]])
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": arns[1], "force": true])
        _ = try await plane.call("SubmitTaskStateChange", ["task": arns[3], "status": "STOPPED"])
        _ = try await plane.call("DeleteCluster", ["cluster": "default"])
        for (operation, input) in Self.calls {
            let failure = try await plane.failure(operation, input.merging(["resourceArn": arns[0]]) { $1 })
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message == "The specified cluster is inactive. Specify an active cluster and try again.")
        }
        #expect(try await tags(plane, arns[3]) == ["a=v"])
        let failure = try await plane.failure("UntagResource", ["resourceArn": arns[3], "tagKeys": ["a"]])
        #expect(failure.code == "InvalidParameterException")
    }

    @Test func tagsOfADefinitionSurviveItsDeregistration() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registerTaskDefinition()
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [tag("a")]])
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": arn])
        #expect(try await tags(plane, arn) == ["a=v"])
        _ = try await plane.call("UntagResource", ["resourceArn": arn, "tagKeys": ["a"]])
        #expect(try await tags(plane, arn) == [])
    }
}
