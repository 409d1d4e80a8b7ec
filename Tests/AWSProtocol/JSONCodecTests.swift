import AWSModels
import Foundation
import Testing

@testable import AWSProtocol

/// Golden samples of awsJson 1.1, both ways.
struct JSONCodecTests {
    let codec = AWSJSONCodec()

    private func text(_ shape: some AWSShape) throws -> String {
        String(decoding: try codec.encode(shape), as: UTF8.self)
    }

    private func decode<Shape: AWSShape>(_ type: Shape.Type, _ json: String) throws -> Shape {
        try codec.decode(type, from: Array(json.utf8))
    }

    @Test func contentTypes() {
        #expect(AWSJSONCodec().contentType == "application/x-amz-json-1.1")
        #expect(AWSJSONCodec(version: "1.0").contentType == "application/x-amz-json-1.0")
    }

    /// Overrides that are the same as those before are not written member by member.
    @Test func overridesOfTasks() throws {
        let first = ECS.TaskOverride(containerOverrides: [ECS.ContainerOverride(name: "a")], cpu: "1")
        var tasks: [ECS.Task] = []
        for overrides in [first, first, ECS.TaskOverride(), first, first, nil, ECS.TaskOverride(cpu: "2")] {
            var task = ECS.Task()
            task.overrides = overrides
            task.version = 1
            tasks.append(task)
        }
        let (one, none) = (#"{"overrides":{"containerOverrides":[{"name":"a"}],"cpu":"1"},"version":1}"#, "{}")
        let expected =
            [one, one, #"{"overrides":\#(none),"version":1}"#, one, one, #"{"version":1}"#]
            + [#"{"overrides":{"cpu":"2"},"version":1}"#]
        #expect(
            try text(ECS.DescribeTasksResponse(tasks: tasks)) == #"{"tasks":[\#(expected.joined(separator: ","))]}"#)
    }

    @Test func aRequestOfEveryKind() throws {
        let request = try decode(
            ECS.RegisterTaskDefinitionRequest.self,
            #"""
             { "family" : "web", "networkMode":"bridge", "unknown": [{"deep": [1, 2.5e3, "x\"y", null, true]}],
               "containerDefinitions": [ {
                 "name": "nginx", "image": "nginx:latest", "cpu": 256.0, "memory": 1e3, "essential": true,
                 "environment": [{"name": "GREETING", "value": "gr\u00fc\u00df \ud83d\udea2 \\ \/ \b\f\n\r\t"}],
                 "portMappings": [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}],
                 "dockerLabels": {"b": "2", "a": "1"}, "command": [] } ],
               "tags": null }
            """#)
        let expected = ECS.RegisterTaskDefinitionRequest(
            containerDefinitions: [
                .init(
                    command: [], cpu: 256, dockerLabels: ["a": "1", "b": "2"],
                    environment: [.init(name: "GREETING", value: "grüß 🚢 \\ / \u{8}\u{c}\n\r\t")], essential: true,
                    image: "nginx:latest", memory: 1000, name: "nginx",
                    portMappings: [.init(containerPort: 80, hostPort: 0, protocol: .tcp)])
            ], family: "web", networkMode: .bridge)
        #expect(request == expected)
        // What we write, we read.
        #expect(try codec.decode(ECS.RegisterTaskDefinitionRequest.self, from: codec.encode(request)) == request)
    }

    @Test func anEmptyBodyIsAnEmptyObject() throws {
        #expect(try decode(ECS.ListClustersRequest.self, "") == ECS.ListClustersRequest())
        #expect(try decode(ECS.ListClustersRequest.self, " {} \n") == ECS.ListClustersRequest())
    }

    @Test func ofAMemberGivenTwiceTheLastCounts() throws {
        #expect(try decode(ECS.ListClustersRequest.self, #"{"maxResults":1,"maxResults":2}"#).maxResults == 2)
    }

    @Test func aResponse() throws {
        let response = ECS.DescribeTasksResponse(
            failures: [],
            tasks: [
                .init(
                    createdAt: Date(timeIntervalSince1970: 1_700_000_000), launchType: .ec2,
                    startedAt: Date(timeIntervalSince1970: 1_700_000_000.25), stoppedReason: "a\"b\\c\nd\u{1}é",
                    version: 3)
            ])
        #expect(
            try text(response)
                == #"{"failures":[],"tasks":[{"createdAt":1700000000,"launchType":"EC2","startedAt":1700000000.25,"#
                + #""stoppedReason":"a\"b\\c\nd\u0001é","version":3}]}"#)
    }

    @Test(
        arguments: [
            (1.0, "1"), (0, "0"), (-1.5, "-1.5"), (1_461_623_435.123, "1461623435.123"), (0.0004, "0"),
            (0.0006, "0.001"),
            (1.01, "1.01"), (-0.001, "-0.001"), (1e300, "1e+300"), (.infinity, #""Infinity""#), (.nan, #""NaN""#),
        ] as [(Double, String)])
    func timestampsAreEpochSeconds(seconds: Double, expected: String) throws {
        let task = ECS.Task(createdAt: Date(timeIntervalSince1970: seconds))
        #expect(try text(task) == #"{"createdAt":\#(expected)}"#)
    }

    @Test(arguments: [
        ("1700000000", 1_700_000_000.0), ("1700000000.125", 1_700_000_000.125), ("1.5E3", 1500), ("-1", -1),
    ])
    func timestampsAreReadFromEpochSeconds(json: String, seconds: Double) throws {
        #expect(
            try decode(ECS.Task.self, #"{"createdAt":\#(json)}"#).createdAt == Date(timeIntervalSince1970: seconds))
    }

    @Test func documents() throws {
        let json = #"{"hookDetails":{"a":[1,2.5,"x",null,true,{}],"b":-9223372036854775808}}"#
        let hook = try decode(ECS.DeploymentLifecycleHook.self, json)
        #expect(
            hook.hookDetails
                == .object([
                    "a": .array([.integer(1), .double(2.5), .string("x"), .null, .boolean(true), .object([:])]),
                    "b": .integer(.min),
                ]))
        #expect(try text(hook) == json)
    }

    @Test func errors() {
        let plain = AWSError(ECS.Errors.clusterNotFoundException, "Cluster not found.")
        #expect(plain.httpStatus == 400)
        #expect(
            String(decoding: codec.encode(plain), as: UTF8.self)
                == #"{"__type":"ClusterNotFoundException","message":"Cluster not found."}"#)

        let conflict = AWSError(
            ECS.Errors.conflictException, "Taken.",
            fields: ["resourceIds": .array([.string("arn:1"), .string("arn:2")])])
        let body = codec.encode(conflict)
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"__type":"ConflictException","message":"Taken.","resourceIds":["arn:1","arn:2"]}"#)
        #expect(codec.decodeError(from: body, httpStatus: 400) == conflict)
    }

    @Test(arguments: [
        (#"{"__type":"com.amazonaws.ecs#ClientException","Message":"m"}"#, "ClientException", "m"),
        (#"{"code":"ClientException:http://internal/"}"#, "ClientException", "HTTP status 400"),
        ("<html>", "UnknownError", "HTTP status 400"), ("", "UnknownError", "HTTP status 400"),
        (##"{"__type":"#"}"##, "UnknownError", "HTTP status 400"),
    ])
    func errorsOfOthers(body: String, code: String, message: String) {
        let error = codec.decodeError(from: Array(body.utf8), httpStatus: 400)
        #expect(error.code == code)
        #expect(error.message == message)
    }

    @Test func severalViolationsAreOneError() throws {
        let error = try #require(AWSError.invalidParameters(ECS.CreateAttributesLike.violations))
        #expect(error.code == "InvalidParameterException")
        #expect(
            error.message
                == "Missing required parameter: attributes[0].name; Missing required parameter: attributes[1].name")
        #expect(AWSError.invalidParameters([]) == nil)
    }
}

extension ECS {
    fileprivate enum CreateAttributesLike {
        static var violations: [ConstraintViolation] {
            PutAttributesRequest(attributes: [.init(), .init(value: "v")]).validate()
        }
    }
}
