import AWSModels
import Foundation
import Testing

struct ShapeTests {
    @Test func metadataAndTables() throws {
        #expect(ECS.metadata.targetPrefix == "AmazonEC2ContainerServiceV20141113")
        #expect(ECS.metadata.signingName == "ecs")
        #expect(ECS.operations.count == 77)
        #expect(ECS.operations.map(\.name) == ECS.operations.map(\.name).sorted())
        #expect(ECS.errors.count == 30)
        #expect(ECS.errors.filter(\.isFault) == [ECS.Errors.serverException])
        #expect(ECS.Errors.serverException.httpStatus == 500)
        #expect(ECS.errors.filter { $0.httpStatus != 400 }.count == 1)

        let runTask = try #require(ECS.operations.first { $0.name == "RunTask" })
        #expect(runTask == ECS.RunTask.operation)
        #expect(runTask.inputShapeName == "RunTaskRequest")
        #expect(runTask.errors.contains(ECS.Errors.conflictException))
        #expect(ECS.RunTask.Output.self == ECS.RunTaskResponse.self)
    }

    private static let task = ECS.Task(
        attributes: [.init(name: "a", value: "b")],
        containers: [.init(exitCode: 137, name: "web", networkBindings: [.init(containerPort: 80, hostPort: 32768)])],
        createdAt: Date(timeIntervalSince1970: 1_700_000_000.125), launchType: .ec2,
        overrides: .init(containerOverrides: [.init(command: ["a", "b"], environment: [.init(name: "K", value: "V")])]),
        stopCode: .init(rawValue: "OfTheFuture"), version: 1 << 40)

    @Test func storageRoundTripKeepsEverything() throws {
        let data = try JSONEncoder().encode(Self.task)
        #expect(try JSONDecoder().decode(ECS.Task.self, from: data) == Self.task)
    }

    @Test func storageIgnoresMembersOfTheFutureAndNulls() throws {
        let data = Data(#"{"taskArn": "t", "ofTheFuture": {"a": [1]}, "group": null}"#.utf8)
        #expect(try JSONDecoder().decode(ECS.Task.self, from: data) == ECS.Task(taskArn: "t"))
    }

    @Test func absentMembersAreNotStored() throws {
        #expect(try JSONEncoder().encode(ECS.Tag(key: "k")) == Data(#"{"key":"k"}"#.utf8))
    }

    @Test func documentsSurviveStorage() throws {
        let document = AWSDocument.object([
            "a": .array([.null, .boolean(true), .integer(1), .double(1.5), .string("s")]), "o": .object([:]),
        ])
        let data = try JSONEncoder().encode(document)
        #expect(try JSONDecoder().decode(AWSDocument.self, from: data) == document)
    }

    @Test func equalityAndHashSeeEveryLevel() {
        var other = Self.task
        #expect(other == Self.task)
        #expect(other.hashValue == Self.task.hashValue)
        other.containers?[0].networkBindings?[0].hostPort = 32769
        #expect(other != Self.task)
        #expect(Set([other, Self.task, Self.task]).count == 2)
    }

    @Test func enumsKeepUnknownValues() {
        #expect(ECS.LaunchType(rawValue: "FARGATE") == .fargate)
        #expect(ECS.LaunchType(rawValue: "MOON").isKnown == false)
        #expect(ECS.NetworkMode.allKnown == [.bridge, .host, .awsvpc, .noneValue])
    }
}
