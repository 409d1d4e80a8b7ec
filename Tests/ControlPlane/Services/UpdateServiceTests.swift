import Foundation
import Testing

@Suite struct UpdateServiceTests {
    private func deploymentIDs(_ service: [String: Any]) -> [String] {
        service.list("deployments").map { $0.text("id") }
    }

    struct Update: Sendable, CustomTestStringConvertible {
        var json: String
        var startsDeployment: Bool
        var testDescription: String { json }
    }

    @Test(arguments: [
        Update(json: #"{"taskDefinition":"web:2"}"#, startsDeployment: true),
        Update(json: #"{"taskDefinition":"web"}"#, startsDeployment: true),
        Update(json: #"{"forceNewDeployment":true}"#, startsDeployment: true),
        Update(json: #"{"taskDefinition":"web:1"}"#, startsDeployment: false),
        Update(json: #"{"forceNewDeployment":false}"#, startsDeployment: false),
        Update(json: #"{"desiredCount":7}"#, startsDeployment: false),
        Update(json: #"{"deploymentConfiguration":{"minimumHealthyPercent":50}}"#, startsDeployment: false),
        Update(json: #"{"placementStrategy":[]}"#, startsDeployment: false),
        Update(json: #"{"placementConstraints":[{"type":"distinctInstance"}]}"#, startsDeployment: false),
        Update(json: #"{"healthCheckGracePeriodSeconds":10}"#, startsDeployment: false),
        Update(json: #"{"availabilityZoneRebalancing":"DISABLED"}"#, startsDeployment: false),
        Update(json: #"{"propagateTags":"SERVICE","enableECSManagedTags":true}"#, startsDeployment: false),
        Update(json: #"{"deploymentController":{"type":"ECS"}}"#, startsDeployment: false),
    ]) func startsADeployment(update: Update) async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let before = try await plane.createService()
        plane.clock.advance(by: 1)
        let options = try JSONSerialization.jsonObject(with: Data(update.json.utf8)) as? [String: Any]
        let after = try await plane.updateService("s", options ?? [:])
        #expect(deploymentIDs(after).count == (update.startsDeployment ? 2 : 1))
        #expect(try await plane.serviceDeployments().count == (update.startsDeployment ? 2 : 1))
        #expect(
            (after.text("currentServiceDeployment") != before.text("currentServiceDeployment"))
                == update.startsDeployment)
        #expect(try await plane.describeService() as NSDictionary == after as NSDictionary)
    }

    @Test func theEarlierDeploymentIsSuperseded() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let before = try await plane.createService()
        plane.clock.advance(by: 1)
        let after = try await plane.updateService("s", ["taskDefinition": "web:2"])
        #expect(after.list("deployments").map { $0.text("status") } == ["PRIMARY", "ACTIVE"])
        #expect(deploymentIDs(after)[1] == deploymentIDs(before)[0])
        #expect(after.list("currentServiceRevisions").count == 2)
        let history = try await plane.serviceDeployments()
        #expect(history.map { $0.text("status") } == ["IN_PROGRESS", "STOPPED"])
        let new = try await plane.describeServiceDeployment(history[0].text("serviceDeploymentArn"))
        let old = try await plane.describeServiceDeployment(history[1].text("serviceDeploymentArn"))
        #expect(
            new.list("sourceServiceRevisions").map { $0.text("arn") }
                == [old.object("targetServiceRevision").text("arn")])
        #expect(old["stoppedAt"] != nil && old["finishedAt"] != nil)
    }

    @Test func theDesiredCountIsThePrimaryDeploymentsToo() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        try await plane.updateService("s", ["taskDefinition": "web:2"])
        let after = try await plane.updateService("s", ["desiredCount": 5])
        #expect(after.number("desiredCount") == 5)
        #expect(after.list("deployments").map { $0.number("desiredCount") } == [5, 2])
    }

    @Test func whatIsNotSaidStays() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService(
            "s",
            [
                "deploymentConfiguration": [
                    "minimumHealthyPercent": 50, "deploymentCircuitBreaker": ["enable": true, "rollback": true],
                ], "placementStrategy": [["type": "spread", "field": "attribute:ecs.availability-zone"]],
                "propagateTags": "SERVICE",
            ])
        let after = try await plane.updateService("s", ["deploymentConfiguration": ["maximumPercent": 150]])
        let configuration = after.object("deploymentConfiguration")
        #expect((configuration.number("minimumHealthyPercent"), configuration.number("maximumPercent")) == (50, 150))
        #expect(configuration.object("deploymentCircuitBreaker")["enable"] as? Bool == true)
        #expect(after.list("placementStrategy").count == 1)
        #expect(after.text("propagateTags") == "SERVICE")
        let without = try await plane.updateService("s", ["placementStrategy": [[String: Any]()]])
        #expect(without.list("placementStrategy").isEmpty, "an empty object takes the strategy away")
    }

    @Test func aServiceScalesThoughItsTaskDefinitionIsInactive() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web:1"])
        #expect(try await plane.updateService("s", ["desiredCount": 5]).number("desiredCount") == 5)
        let failure = try await plane.failure("UpdateService", ["service": "s", "forceNewDeployment": true])
        #expect((failure.code, failure.message) == ("ClientException", "TaskDefinition is inactive"))
    }

    @Test func anotherStrategyTakesForce() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        _ = try await plane.call(
            "CreateCapacityProvider",
            ["name": "mine", "autoScalingGroupProvider": ["autoScalingGroupArn": "group"]])
        _ = try await plane.call(
            "PutClusterCapacityProviders",
            ["cluster": "default", "capacityProviders": ["mine"], "defaultCapacityProviderStrategy": []])
        try await plane.createService()
        let strategy: [String: Any] = ["capacityProviderStrategy": [["capacityProvider": "mine", "weight": 1]]]
        let failure = try await plane.failure("UpdateService", strategy.merging(["service": "s"]) { $1 })
        #expect(failure.message.contains("you must force a new deployment"))
        let after = try await plane.updateService("s", strategy.merging(["forceNewDeployment": true]) { $1 })
        #expect(after["launchType"] == nil)
        #expect(after.list("deployments").map { $0["launchType"] == nil } == [true, false])
        #expect(try await plane.updateService("s", strategy).list("deployments").count == 2, "nothing new")
        let back = try await plane.updateService(
            "s", ["capacityProviderStrategy": [], "forceNewDeployment": true])
        #expect(back.text("launchType") == "EC2")
        #expect(back["capacityProviderStrategy"] == nil)
    }

    @Test(arguments: [
        (#"{"service":"nope"}"#, "ServiceNotFoundException", "Service not found."),
        (#"{"service":"ended"}"#, "ServiceNotActiveException", "Service was not ACTIVE."),
        (#"{"service":"draining"}"#, "ServiceNotActiveException", "Service was not ACTIVE."),
        (#"{"service":"s","cluster":"nope"}"#, "ClusterNotFoundException", "Cluster not found."),
        (#"{"service":"daemon","desiredCount":1}"#, "InvalidParameterException", "does not support a desired count"),
        (
            #"{"service":"s","deploymentConfiguration":{"maximumPercent":100}}"#, "InvalidParameterException",
            "cannot be 100"
        ),
        (
            #"{"service":"s","deploymentController":{"type":"EXTERNAL"}}"#, "InvalidParameterException",
            "deployment controller"
        ),
        (
            #"{"service":"s","loadBalancers":[{"targetGroupArn":"a"}]}"#, "InvalidParameterException",
            "loadBalancers is not"
        ),
        (
            #"{"service":"external","taskDefinition":"web"}"#, "InvalidParameterException",
            "Unable to update task definition"
        ),
        (
            #"{"service":"external","forceNewDeployment":true}"#, "InvalidParameterException",
            "Cannot force a new deployment"
        ),
        (
            #"{"service":"s","enableExecuteCommand":true}"#, "InvalidParameterException",
            "The service couldn't be updated"
        ),
    ]) func refuses(json: String, code: String, message: String) async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        try await plane.createService("daemon", ["schedulingStrategy": "DAEMON"])
        try await plane.createService("external", ["deploymentController": ["type": "EXTERNAL"]])
        for name in ["ended", "draining"] {
            let service = try await plane.createService(name)
            if name == "draining" {
                try await plane.startTask(of: service.list("deployments")[0].text("id"), service: name)
            }
            _ = try await plane.call("DeleteService", ["service": name, "force": true])
        }
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let failure = try await plane.failure("UpdateService", input ?? [:])
        #expect(failure.code == code)
        #expect(failure.message.contains(message), "\(failure.message)")
    }
}
