import ControlPlaneState
import Foundation
import Placement
import Testing

/// Which capacity providers a cluster has, and its default strategy.
@Suite struct ClusterCapacityProviderTests {
    /// A control plane with the providers `blue`, `green` and, INACTIVE, `gone`, and the cluster `default`.
    private static func plane() async throws -> TestControlPlane {
        let plane = try TestControlPlane()
        for name in ["blue", "green", "gone"] {
            _ = try await plane.call(
                "CreateCapacityProvider",
                ["name": name, "autoScalingGroupProvider": ["autoScalingGroupArn": "group-\(name)"]])
        }
        _ = try await plane.call("DeleteCapacityProvider", ["capacityProvider": "gone"])
        _ = try await plane.call("CreateCluster")
        return plane
    }

    @Test func bothListsAreReplaced() async throws {
        let plane = try await Self.plane()
        let arn = "arn:aws:ecs:us-east-1:123456789012:capacity-provider/green"
        let put = try await plane.call(
            "PutClusterCapacityProviders",
            [
                "cluster": "default", "capacityProviders": ["blue", arn, "blue"],
                "defaultCapacityProviderStrategy": [
                    ["capacityProvider": arn, "base": 2], ["capacityProvider": "blue"],
                ],
            ]
        ).object("cluster")
        #expect(put["capacityProviders"] as? [String] == ["blue", "green"])
        #expect(put.text("attachmentsStatus") == "UPDATE_COMPLETE")
        let strategy = put.list("defaultCapacityProviderStrategy")
        #expect(strategy.map { $0.text("capacityProvider") } == ["green", "blue"])
        #expect(strategy.map { $0["base"] as? Int } == [2, 0])
        #expect(strategy.map { $0["weight"] as? Int } == [0, 0])

        let empty = try await plane.call(
            "PutClusterCapacityProviders",
            ["cluster": "default", "capacityProviders": ["FARGATE_SPOT"], "defaultCapacityProviderStrategy": []]
        ).object("cluster")
        #expect(empty["capacityProviders"] as? [String] == ["FARGATE_SPOT"])
        #expect(empty.list("defaultCapacityProviderStrategy").isEmpty)
    }

    @Test(arguments: ["capacityProviders", "defaultCapacityProviderStrategy"])
    func bothListsMustBeThere(missing: String) async throws {
        let plane = try await Self.plane()
        var input: [String: Any] = [
            "cluster": "default", "capacityProviders": [], "defaultCapacityProviderStrategy": [],
        ]
        input[missing] = nil
        let failure = try await plane.failure("PutClusterCapacityProviders", input)
        #expect(failure.code == "InvalidParameterException")
        #expect(failure.message == "Missing required parameter: \(missing)")
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var providers: [String]
        var strategy: [[String: any Sendable]]
        var message: String
        var testDescription: String { message }

        init(_ providers: [String], _ message: String) { self.init(providers, [], message) }

        init(_ providers: [String], _ strategy: [[String: any Sendable]], _ message: String) {
            self.providers = providers
            self.strategy = strategy
            self.message = message
        }
    }

    static let refusals = [
        Refusal(
            ["nope"],
            "The specified capacity provider 'nope' was not found. Specify a valid capacity provider and try again."),
        Refusal(
            ["gone"],
            "The specified capacity provider 'gone' is not in an ACTIVE state. Specify a valid capacity provider and "
                + "try again."),
        Refusal(["arn:aws:ecs:us-east-1:123456789012:cluster/x"], "The ARN provided is invalid."),
        Refusal(Array(repeating: "blue", count: 21), "capacityProviders can have at most 20 items."),
        Refusal(
            ["blue"], [["capacityProvider": "green"]],
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated with "
                + "the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider "
                + "and try again."),
        Refusal(
            ["blue"], [["capacityProvider": "blue"], ["capacityProvider": "blue"]],
            "The specified capacity provider strategy contains a capacity provider more than once."),
        Refusal(
            ["blue", "green"],
            [["capacityProvider": "blue", "base": 1], ["capacityProvider": "green", "base": 2]],
            "The specified capacity provider strategy contains multiple capacity providers with a base value defined."),
        Refusal(
            ["blue", "FARGATE"], [["capacityProvider": "blue"], ["capacityProvider": "FARGATE"]],
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and "
                + "Fargate providers."),
        Refusal(
            ["blue"], Array(repeating: ["capacityProvider": "blue"], count: 21),
            "defaultCapacityProviderStrategy can have at most 20 items."),
        Refusal(["blue"], [["capacityProvider": "blue", "weight": 1001]], "valid range: 0-1000"),
        Refusal(["blue"], [["capacityProvider": "blue", "base": 100_001]], "valid range: 0-100000"),
        Refusal(["blue"], [["weight": 1]], "defaultCapacityProviderStrategy[0].capacityProvider"),
    ]

    @Test(arguments: refusals) func whatIsWrongIsRefused(refusal: Refusal) async throws {
        let plane = try await Self.plane()
        let before = plane.store.commits.count
        for (operation, name) in [("PutClusterCapacityProviders", "cluster"), ("CreateCluster", "clusterName")] {
            let failure = try await plane.failure(
                operation,
                [
                    name: "default", "capacityProviders": refusal.providers,
                    "defaultCapacityProviderStrategy": refusal.strategy,
                ])
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message.contains(refusal.message), "\(failure.message)")
        }
        #expect(plane.store.commits.count == before)
    }

    @Test func aProviderThatTasksRunUnderStays() async throws {
        let plane = try await Self.plane()
        func put(_ providers: [String]) -> [String: Any] {
            ["cluster": "default", "capacityProviders": providers, "defaultCapacityProviderStrategy": []]
        }
        _ = try await plane.call("PutClusterCapacityProviders", put(["blue", "green"]))
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let arn = try await plane.call("RunTask", ["taskDefinition": "web", "launchType": "EC2"]).list("tasks")[0]
            .text("taskArn")
        let id = try #require(TaskID(String(arn.suffix(32))))
        try await plane.state.transact { tx in
            if var task = tx.tasks[id] {
                task.capacityProviderName = "blue"
                tx.put(task)
            }
        }
        let failure = try await plane.failure("PutClusterCapacityProviders", put(["green"]))
        #expect(failure.code == "ResourceInUseException")
        #expect(failure.message == "The specified capacity provider is in use and cannot be removed.")
        _ = try await plane.call("PutClusterCapacityProviders", put(["blue"]))

        try await plane.state.transact { tx in
            if var task = tx.tasks[id] {
                task.lastStatus = .stopped
                tx.put(task)
            }
        }
        _ = try await plane.call("PutClusterCapacityProviders", put([]))
    }
}
