import Foundation
import Testing

/// What CreateCapacityProvider and its like refuse, with codes and messages.
@Suite struct CapacityProviderRefusalTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        var operation: String
        var input: [String: any Sendable]
        var code: String
        var message: String
        var testDescription: String { "\(operation): \(message)" }

        init(_ input: [String: any Sendable], code: String = "InvalidParameterException", _ message: String) {
            self.init("CreateCapacityProvider", input, code: code, message)
        }

        init(
            _ operation: String, _ input: [String: any Sendable], code: String = "InvalidParameterException",
            _ message: String
        ) {
            self.operation = operation
            self.input = input
            self.code = code
            self.message = message
        }
    }

    private static func creation(
        name: String = "mine", group: any Sendable = "group", _ more: [String: any Sendable] = [:]
    ) -> [String: any Sendable] {
        let provider = more.merging(["autoScalingGroupArn": group]) { given, _ in given }
        return ["name": name, "autoScalingGroupProvider": provider]
    }

    private static func scaling(_ scaling: [String: any Sendable]) -> [String: any Sendable] {
        creation(["managedScaling": scaling])
    }

    private static let invalidName =
        "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper "
        + "and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with \"aws\", \"ecs\", or "
        + "\"fargate\". Specify a valid name and try again."
    private static let oneKind =
        "A capacity provider needs exactly one of autoScalingGroupProvider and managedInstancesProvider."
    private static var managedInstances: [String: any Sendable] {
        [
            "infrastructureRoleArn": "arn:aws:iam::123456789012:role/x",
            "instanceLaunchTemplate": [
                "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/x",
                "networkConfiguration": ["subnets": ["subnet-1"]],
            ] as [String: any Sendable],
        ]
    }

    static let names = ["", "a b", "ä", "aws-mine", "AWSmine", "ecs", "Ecs-1", "fargate-2", "FARGATE"].map {
        Refusal(creation(name: $0), code: "ClientException", invalidName)
    }

    static let groups: [Refusal] = [
        "", "a:b", "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/",
        "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup::autoScalingGroupName/x",
        "arn:aws:ec2:us-east-1:123456789012:instance/i-1", String(repeating: "x", count: 256),
    ].map { Refusal(creation(group: $0), "autoScalingGroupArn must be the ARN of an Auto Scaling group or its name") }

    static let others = [
        Refusal(["name": "mine"], oneKind),
        Refusal(creation().merging(["managedInstancesProvider": managedInstances]) { first, _ in first }, oneKind),
        Refusal(
            ["name": "mine", "cluster": "default", "managedInstancesProvider": managedInstances],
            code: "UnsupportedFeatureException", "managedInstancesProvider is not supported"),
        Refusal(creation().merging(["cluster": "default"]) { first, _ in first }, "cluster is only for"),
        Refusal(creation(group: 7), code: "SerializationException", ""),
        Refusal(
            ["name": "mine", "autoScalingGroupProvider": [String: any Sendable]()],
            "autoScalingGroupProvider.autoScalingGroupArn"),
        Refusal(scaling(["targetCapacity": 0]), "targetCapacity: 0, valid range: 1-100"),
        Refusal(scaling(["targetCapacity": 101]), "valid range: 1-100"),
        Refusal(scaling(["minimumScalingStepSize": 0]), "valid range: 1-10000"),
        Refusal(scaling(["maximumScalingStepSize": 10_001]), "valid range: 1-10000"),
        Refusal(scaling(["instanceWarmupPeriod": 10_001]), "valid range: 0-10000"),
        Refusal(scaling(["status": "ON"]), "status should be one of [ENABLED,DISABLED]"),
        Refusal(
            scaling(["minimumScalingStepSize": 5, "maximumScalingStepSize": 4]),
            "The minimum or maximum scaling step size value is invalid. minimumScalingStepSize must not be greater than "
                + "maximumScalingStepSize; found 5 and 4."),
        Refusal(creation(["managedDraining": "SOME"]), "managedDraining should be one of [ENABLED,DISABLED]"),
        Refusal(creation().merging(["tags": [["key": "aws:x"]]]) { first, _ in first }, "reserved"),
        Refusal("UpdateCapacityProvider", ["name": "mine"], "autoScalingGroupProvider is required"),
        Refusal(
            "UpdateCapacityProvider", ["name": "nope", "autoScalingGroupProvider": [String: any Sendable]()],
            code: "ClientException", "The specified capacity provider does not exist."),
        Refusal(
            "UpdateCapacityProvider",
            ["name": "taken", "autoScalingGroupProvider": ["managedScaling": ["maximumScalingStepSize": 1]]],
            "The minimum or maximum scaling step size value is invalid."),
        Refusal(
            "UpdateCapacityProvider", ["name": "taken", "managedInstancesProvider": managedInstances],
            code: "UnsupportedFeatureException", "managedInstancesProvider is not supported"),
        Refusal(
            "DeleteCapacityProvider", ["capacityProvider": "nope"], code: "ClientException",
            "The specified capacity provider does not exist."),
        Refusal(
            "DeleteCapacityProvider", ["capacityProvider": "taken", "cluster": "default"], code: "ClientException",
            "The specified capacity provider does not exist."),
        Refusal(
            "DeleteCapacityProvider", ["capacityProvider": "taken", "cluster": "nope"],
            code: "ClusterNotFoundException", "Cluster not found."),
        Refusal(
            "DeleteCapacityProvider", ["capacityProvider": "arn:aws:ecs:us-east-1:123456789012:cluster/x"],
            "The ARN provided is invalid."),
        Refusal("DescribeCapacityProviders", ["maxResults": 11], "maxResults must be between 1 and 10; found 11."),
        Refusal("DescribeCapacityProviders", ["nextToken": "x"], "Invalid token"),
        Refusal(
            "DescribeCapacityProviders", ["capacityProviders": Array(repeating: "x", count: 101)],
            "capacityProviders can have at most 100 items."),
        Refusal(
            "DescribeCapacityProviders", ["cluster": "nope"], code: "ClusterNotFoundException", "Cluster not found."),
    ]

    @Test(arguments: names + groups + others) func whatIsWrongIsRefused(refusal: Refusal) async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        _ = try await plane.call(
            "CreateCapacityProvider",
            Self.creation(name: "taken", group: "taken", ["managedScaling": ["minimumScalingStepSize": 2]]))
        let before = plane.store.commits.count
        let failure = try await plane.failure(refusal.operation, refusal.input)
        #expect(failure.code == refusal.code)
        #expect(failure.message.contains(refusal.message) || refusal.message.isEmpty, "\(failure.message)")
        #expect(plane.store.commits.count == before)
    }
}
