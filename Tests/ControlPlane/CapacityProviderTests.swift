import Foundation
import Testing

@Suite struct CapacityProviderTests {
    private static let groupARN =
        "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:0f1e:autoScalingGroupName/group"

    private static func creation(_ name: String, group: String = "group", _ more: [String: Any] = [:]) -> [String: Any]
    {
        [
            "name": name,
            "autoScalingGroupProvider": ["autoScalingGroupArn": group].merging(more) { first, _ in first },
        ]
    }

    @Test func defaultsAreFilledIn() async throws {
        let plane = try TestControlPlane()
        let created = try await plane.call(
            "CreateCapacityProvider",
            Self.creation("mine").merging(["tags": [["key": "k", "value": "v"]]]) { first, _ in first }
        ).object("capacityProvider")
        #expect(created.text("capacityProviderArn") == "arn:aws:ecs:us-east-1:123456789012:capacity-provider/mine")
        #expect(created.text("status") == "ACTIVE")
        #expect(created.text("type") == "EC2_AUTOSCALING")
        #expect(created.list("tags").count == 1)
        let provider = created.object("autoScalingGroupProvider")
        #expect(provider.text("managedTerminationProtection") == "DISABLED")
        #expect(provider.text("managedDraining") == "ENABLED")
        let scaling = provider.object("managedScaling")
        #expect(scaling.text("status") == "DISABLED")
        #expect(scaling["targetCapacity"] as? Int == 100)
        #expect(scaling["minimumScalingStepSize"] as? Int == 1)
        #expect(scaling["maximumScalingStepSize"] as? Int == 10000)
        #expect(scaling["instanceWarmupPeriod"] as? Int == 300)
    }

    @Test func anUpdateChangesWhatItNames() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call(
            "CreateCapacityProvider",
            Self.creation(
                "mine", group: Self.groupARN, ["managedScaling": ["status": "ENABLED", "targetCapacity": 80]])
        )
        let updated = try await plane.call(
            "UpdateCapacityProvider",
            [
                "name": "mine",
                "autoScalingGroupProvider": ["managedScaling": ["targetCapacity": 50], "managedDraining": "DISABLED"],
            ]
        ).object("capacityProvider")
        #expect(updated.text("updateStatus") == "UPDATE_COMPLETE")
        let provider = updated.object("autoScalingGroupProvider")
        #expect(provider.text("autoScalingGroupArn") == Self.groupARN)
        #expect(provider.text("managedDraining") == "DISABLED")
        #expect(provider.object("managedScaling").text("status") == "ENABLED")
        #expect(provider.object("managedScaling")["targetCapacity"] as? Int == 50)
    }

    @Test func oneNameAndOneGroupAProvider() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCapacityProvider", Self.creation("mine", group: Self.groupARN))
        let sameName = try await plane.failure("CreateCapacityProvider", Self.creation("mine", group: "other"))
        #expect(sameName.code == "ClientException")
        #expect(
            sameName.message == "The specified capacity provider already exists. To change the configuration of an "
                + "existing capacity provider, update the capacity provider.")
        // The group's name and its ARN are the same group.
        let sameGroup = try await plane.failure("CreateCapacityProvider", Self.creation("yours"))
        #expect(sameGroup.code == "ClientException")
        #expect(
            sameGroup.message == "The specified Auto Scaling group ARN is already being used by another capacity "
                + "provider. Specify a unique Auto Scaling group ARN and try again.")

        let deleted = try await plane.call("DeleteCapacityProvider", ["capacityProvider": "mine"])
            .object("capacityProvider")
        #expect(deleted.text("status") == "INACTIVE")
        #expect(deleted.text("updateStatus") == "DELETE_COMPLETE")
        _ = try await plane.call("CreateCapacityProvider", Self.creation("yours"))
        _ = try await plane.call("CreateCapacityProvider", Self.creation("mine", group: "other"))
        let again = try await plane.call("DescribeCapacityProviders", ["capacityProviders": ["mine"]])
        #expect(again.list("capacityProviders").first?.text("status") == "ACTIVE")
        #expect(again.list("capacityProviders").first?["updateStatus"] == nil)
    }

    @Test func oneThatAClusterHasIsNotDeleted() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCapacityProvider", Self.creation("mine"))
        _ = try await plane.call("CreateCluster", ["clusterName": "blue", "capacityProviders": ["mine"]])
        let refused = try await plane.call("DeleteCapacityProvider", ["capacityProvider": "mine"])
            .object("capacityProvider")
        #expect(refused.text("status") == "ACTIVE")
        #expect(refused.text("updateStatus") == "DELETE_FAILED")
        #expect(
            refused.text("updateStatusReason") == "The capacity provider cannot be deleted because it is associated "
                + "with cluster: blue. Remove the capacity provider from the cluster and try again.")

        _ = try await plane.call("DeleteCluster", ["cluster": "blue"])
        let deleted = try await plane.call("DeleteCapacityProvider", ["capacityProvider": "mine"])
            .object("capacityProvider")
        #expect(deleted.text("status") == "INACTIVE")
        #expect(deleted["updateStatusReason"] == nil)
        let missing = try await plane.failure("DeleteCapacityProvider", ["capacityProvider": "mine"])
        #expect(missing.code == "ClientException")
        #expect(
            missing.message
                == "The specified capacity provider does not exist. Specify a valid name or ARN and try again.")
    }

    @Test(arguments: ["FARGATE", "FARGATE_SPOT"]) func ecsOwnProvidersAreThereAndStay(name: String) async throws {
        let plane = try TestControlPlane()
        let described = try await plane.call("DescribeCapacityProviders", ["capacityProviders": [name]])
        let provider = try #require(described.list("capacityProviders").first)
        #expect(provider.text("status") == "ACTIVE")
        #expect(provider.text("type") == name)
        #expect(provider.text("capacityProviderArn").hasSuffix(":capacity-provider/\(name)"))
        let deletion = try await plane.failure("DeleteCapacityProvider", ["capacityProvider": name])
        #expect(deletion.message == "The capacity provider \(name) is reserved and cannot be deleted.")
        let update = try await plane.failure(
            "UpdateCapacityProvider", ["name": name, "autoScalingGroupProvider": [String: Any]()])
        #expect(update.message == "The capacity provider \(name) is reserved and cannot be updated.")
    }

    @Test func pagesOfAllOfAClusterAndOfNames() async throws {
        let plane = try TestControlPlane()
        var names: [String] = []
        for index in 10..<35 {
            names.append("p\(index)")
            _ = try await plane.call("CreateCapacityProvider", Self.creation("p\(index)", group: "g\(index)"))
        }
        _ = try await plane.call("DeleteCapacityProvider", ["capacityProvider": "p34"])
        #expect(try await Self.pages(plane, [:]).map(\.count) == [10, 10, 6])
        #expect(
            try await Self.pages(plane, [:]).flatMap { $0 } == ["FARGATE", "FARGATE_SPOT"] + names.dropLast())
        #expect(try await Self.pages(plane, ["maxResults": 9]).map(\.count) == [9, 9, 8])

        _ = try await plane.call(
            "CreateCluster", ["clusterName": "c", "capacityProviders": Array(names[5..<17].reversed())])
        #expect(try await Self.pages(plane, ["cluster": "c"]).flatMap { $0 } == Array(names[5..<17]))

        let wanted = names.reversed() + ["nope", "p20"]
        let first = try await plane.call("DescribeCapacityProviders", ["capacityProviders": Array(wanted)])
        #expect(first.list("failures").isEmpty)
        #expect(
            try await Self.pages(plane, ["capacityProviders": Array(wanted)]).flatMap { $0 }
                == names.reversed() + ["missing: nope"])
        // One that another cluster has is not this one's.
        #expect(
            try await Self.pages(plane, ["cluster": "c", "capacityProviders": ["p15", "p10"]]).flatMap { $0 }
                == ["p15", "missing: p10"])
    }

    private static func pages(_ plane: TestControlPlane, _ input: [String: Any]) async throws -> [[String]] {
        var pages: [[String]] = []
        var input = input
        repeat {
            let page = try await plane.call("DescribeCapacityProviders", input)
            let missing = page.list("failures").map { failure in
                "missing: " + failure.text("arn").split(separator: "/")[1]
            }
            pages.append(page.list("capacityProviders").map { $0.text("name") } + missing)
            input["nextToken"] = page["nextToken"]
        } while input["nextToken"] != nil
        return pages
    }

    @Test func tagsComeWhenAskedFor() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call(
            "CreateCapacityProvider",
            Self.creation("mine").merging(["tags": [["key": "k", "value": "v"]]]) { first, _ in first })
        for (include, count) in [([], 0), (["TAGS"], 1)] as [([String], Int)] {
            let described = try await plane.call(
                "DescribeCapacityProviders", ["capacityProviders": ["mine"], "include": include])
            #expect(described.list("capacityProviders").first?.list("tags").count == count)
        }
    }

    @Test func hasTagsOfItsOwn() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.call("CreateCapacityProvider", Self.creation("mine")).object("capacityProvider")
            .text("capacityProviderArn")
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [["key": "k", "value": "v"]]])
        #expect(try await plane.call("ListTagsForResource", ["resourceArn": arn]).list("tags").count == 1)
        _ = try await plane.call("UntagResource", ["resourceArn": arn, "tagKeys": ["k"]])
        let described = try await plane.call(
            "DescribeCapacityProviders", ["capacityProviders": ["mine"], "include": ["TAGS"]])
        #expect(described.list("capacityProviders").first?.list("tags").isEmpty == true)
    }

    @Test(arguments: ["-9223372036854775808", "-5", "9223372036854775807", "99", "x"])
    func aTokenOfOnesOwnMakingDoesNoHarm(position: String) async throws {
        let plane = try TestControlPlane()
        let token = Data("namedCapacityProviders\n\(position)".utf8).base64EncodedString()
        let input: [String: Any] = ["capacityProviders": ["FARGATE"], "nextToken": token]
        if position == "x" {
            let failure = try await plane.failure("DescribeCapacityProviders", input)
            #expect(failure.code == "InvalidParameterException")
        } else {
            #expect(try await plane.call("DescribeCapacityProviders", input).list("failures").isEmpty)
        }
    }
}
