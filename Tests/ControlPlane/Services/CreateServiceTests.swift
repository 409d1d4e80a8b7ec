import ControlPlaneAPI
import Foundation
import Testing

@Suite struct CreateServiceTests {
    /// The members that real answers of ECS have for a service on container instances.
    @Test func showsWhatECSShows() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let service = try await plane.createService("shop", ["tags": [["key": "k", "value": "v"]]])
        #expect(
            Set(service.keys) == [
                "availabilityZoneRebalancing", "clusterArn", "createdAt", "createdBy", "currentServiceDeployment",
                "currentServiceRevisions", "deploymentConfiguration", "deploymentController", "deployments",
                "desiredCount", "enableECSManagedTags", "enableExecuteCommand", "events", "launchType",
                "loadBalancers", "pendingCount", "placementConstraints", "placementStrategy", "propagateTags",
                "resourceManagementType", "runningCount", "schedulingStrategy", "serviceArn", "serviceName",
                "serviceRegistries", "status", "tags", "taskDefinition",
            ])
        #expect(service.text("serviceArn") == TestControlPlane.prefix + "service/default/shop")
        #expect(service.text("taskDefinition") == TestControlPlane.prefix + "task-definition/web:1")
        #expect(service.text("status") == "ACTIVE")
        #expect(service.text("launchType") == "EC2")
        #expect(service.text("createdBy") == TestControlPlane.root.arn)
        #expect(service.text("availabilityZoneRebalancing") == "ENABLED")
        #expect((service.number("desiredCount"), service.number("runningCount")) == (2, 0))
        let configuration = service.object("deploymentConfiguration")
        #expect((configuration.number("minimumHealthyPercent"), configuration.number("maximumPercent")) == (100, 200))
        #expect(configuration.object("deploymentCircuitBreaker")["enable"] as? Bool == false)
        let deployment = service.list("deployments")[0]
        #expect(deployment.text("status") == "PRIMARY")
        #expect(deployment.text("rolloutState") == "IN_PROGRESS")
        #expect(deployment.text("rolloutStateReason") == "ECS deployment \(deployment.text("id")) in progress.")
        #expect(deployment.text("id").range(of: "^ecs-svc/[0-9]{19}$", options: .regularExpression) != nil)
        #expect(deployment.number("desiredCount") == 2)
        #expect(try await plane.describeService("shop") as NSDictionary == service as NSDictionary)
    }

    @Test func aDaemonHasDefaultsOfItsOwn() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let service = try await plane.createService("s", ["schedulingStrategy": "DAEMON"])
        let configuration = service.object("deploymentConfiguration")
        #expect((configuration.number("minimumHealthyPercent"), configuration.number("maximumPercent")) == (0, 100))
        #expect(service.text("availabilityZoneRebalancing") == "DISABLED")
        #expect(service.number("desiredCount") == 0)
    }

    @Test func everythingThatWasSaidIsShown() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let said: [String: Any] = [
            "deploymentConfiguration": [
                "minimumHealthyPercent": 50, "maximumPercent": 150,
                "deploymentCircuitBreaker": ["enable": true, "rollback": true],
            ],
            "placementConstraints": [["type": "distinctInstance"]],
            "placementStrategy": [["type": "spread", "field": "attribute:ecs.availability-zone"]],
            "healthCheckGracePeriodSeconds": 30, "propagateTags": "SERVICE", "enableECSManagedTags": true,
            "availabilityZoneRebalancing": "DISABLED", "schedulingStrategy": "REPLICA", "launchType": "EC2",
        ]
        let service = try await plane.createService("s", said)
        for (name, value) in said where name != "deploymentConfiguration" {
            let shown = try #require(service[name] as? NSObject)
            #expect(shown == value as? NSObject, "\(name)")
        }
        let configuration = service.object("deploymentConfiguration")
        #expect((configuration.number("minimumHealthyPercent"), configuration.number("maximumPercent")) == (50, 150))
        #expect(configuration.object("deploymentCircuitBreaker")["rollback"] as? Bool == true)
        let deployment = try await plane.describeServiceDeployment(service.text("currentServiceDeployment"))
        #expect(deployment.object("deploymentCircuitBreaker").text("status") == "MONITORING")
        #expect(deployment.object("deploymentCircuitBreaker").number("threshold") == 3)
    }

    @Test func theClustersStrategyIsTheDefault() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        _ = try await plane.call(
            "CreateCapacityProvider",
            ["name": "mine", "autoScalingGroupProvider": ["autoScalingGroupArn": "group"]])
        let put = ["cluster": "default", "capacityProviders": ["mine"]] as [String: Any]
        _ = try await plane.call(
            "PutClusterCapacityProviders",
            put.merging(["defaultCapacityProviderStrategy": [["capacityProvider": "mine", "weight": 1]]]) { $1 })
        let service = try await plane.createService()
        #expect(service["launchType"] == nil)
        #expect(service.list("capacityProviderStrategy").map { $0.text("capacityProvider") } == ["mine"])
        #expect(service.list("capacityProviderStrategy")[0].number("base") == 0)
        let own = try await plane.createService("own", ["launchType": "EC2"])
        #expect(own["capacityProviderStrategy"] == nil)
        let failure = try await plane.failure(
            "PutClusterCapacityProviders",
            ["cluster": "default", "capacityProviders": [], "defaultCapacityProviderStrategy": []])
        #expect(failure.code == "ResourceInUseException", "a service starts its tasks by it")
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        _ = try await plane.call(
            "PutClusterCapacityProviders",
            ["cluster": "default", "capacityProviders": [], "defaultCapacityProviderStrategy": []])
    }

    // MARK: Again

    @Test func theSameAgainIsTheSameService() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let first = try await plane.createService()
        let again = try await plane.createService(
            "s", ["taskDefinition": TestControlPlane.prefix + "task-definition/web:1"])
        #expect(again as NSDictionary == first as NSDictionary)
        for other in [["desiredCount": 3], ["taskDefinition": "web:2"], ["propagateTags": "SERVICE"]] as [[String: Any]]
        {
            let input = ["serviceName": "s", "taskDefinition": "web:1", "desiredCount": 2].merging(other) { $1 }
            let failure = try await plane.failure("CreateService", input)
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message == "Creation of service was not idempotent.")
        }
    }

    @Test func aClientTokenStandsForOneRequest() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let first = try await plane.createService("s", ["clientToken": "t"])
        try await plane.updateService("s", ["desiredCount": 5])
        let again = try await plane.createService("s", ["clientToken": "t", "cluster": "default"])
        #expect(again.number("desiredCount") == 5, "the service as it is, not as it was asked for")
        #expect(again.text("serviceArn") == first.text("serviceArn"))
        let failure = try await plane.failure(
            "CreateService", ["serviceName": "u", "taskDefinition": "web", "desiredCount": 1, "clientToken": "t"])
        #expect(failure.message == "The clientToken was used before with other parameters.")
        let elsewhere = try await plane.call("CreateCluster", ["clusterName": "other"])
        #expect(elsewhere.isEmpty == false)
        try await plane.createService("s", ["clientToken": "t", "cluster": "other"])
    }

    @Test func theNameOfAnInactiveServiceIsFree() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let first = try await plane.createService()
        let deployment = first.text("currentServiceDeployment")
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        #expect(try await plane.describeServiceDeployment(deployment).text("status") == "STOPPED")
        plane.clock.advance(by: 1)
        let second = try await plane.createService("s", ["taskDefinition": "web:2"])
        #expect(second.text("status") == "ACTIVE")
        #expect(second.list("deployments").count == 1)
        #expect(try await plane.serviceDeployments().count == 1, "the history goes with the service")
        #expect(try await plane.describeServiceDeployment(deployment).isEmpty)
    }

    @Test func theNameOfADrainingServiceIsNot() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let service = try await plane.createService()
        try await plane.startTask(of: service.list("deployments")[0].text("id"))
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        let failure = try await plane.failure(
            "CreateService", ["serviceName": "s", "taskDefinition": "web:1", "desiredCount": 2])
        #expect(failure.message == "Unable to Start a service that is still Draining.")
    }

    // MARK: Refusals

    struct Refusal: Sendable, CustomTestStringConvertible {
        var json: String
        var code = "InvalidParameterException"
        var message: String
        var testDescription: String { json }
    }

    static let refusals: [Refusal] = [
        .init(json: #"{"serviceName":"a b"}"#, message: "The name of a service must be"),
        .init(json: #"{"cluster":"nope"}"#, code: "ClusterNotFoundException", message: "Cluster not found."),
        .init(json: #"{"taskDefinition":"nope"}"#, code: "ClientException", message: "TaskDefinition not found."),
        .init(json: #"{"taskDefinition":"gone:1"}"#, code: "ClientException", message: "TaskDefinition is inactive"),
        .init(json: #"{"taskDefinition":""}"#, message: "TaskDefinition can not be blank."),
        .init(json: #"{"desiredCount":null}"#, message: "desiredCount must be specified"),
        .init(json: #"{"desiredCount":-1}"#, message: "desiredCount must be from 0 to 5000"),
        .init(json: #"{"desiredCount":5001}"#, message: "desiredCount must be from 0 to 5000"),
        .init(json: #"{"clientToken":"a b"}"#, message: "clientToken must be 1 to 36"),
        .init(
            json: #"{"schedulingStrategy":"DAEMON"}"#,
            message: "The daemon scheduling strategy does not support a desired count for services."),
        .init(
            json:
                #"{"schedulingStrategy":"DAEMON","desiredCount":null,"deploymentConfiguration":{"maximumPercent":200}}"#,
            message: "The daemon scheduling strategy does not support values above 100 for maximumPercent."),
        .init(
            json: #"{"schedulingStrategy":"DAEMON","desiredCount":null,"placementStrategy":[{"type":"random"}]}"#,
            message: "The daemon scheduling strategy does not support placement strategies."),
        .init(
            json: #"{"schedulingStrategy":"DAEMON","desiredCount":null,"deploymentController":{"type":"EXTERNAL"}}"#,
            message: "The daemon scheduling strategy does not support the EXTERNAL deployment controller."),
        .init(
            json: #"{"deploymentConfiguration":{"maximumPercent":100}}"#,
            message: "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."),
        .init(
            json: #"{"deploymentConfiguration":{"maximumPercent":0,"minimumHealthyPercent":0}}"#,
            message: "Both maximumPercent and minimumHealthyPercent cannot be 0 as this will block deployments."),
        .init(
            json: #"{"deploymentConfiguration":{"maximumPercent":200,"minimumHealthyPercent":101}}"#,
            message: "minimumHealthyPercent must be from 0 to 100; found 101."),
        .init(
            json: #"{"deploymentConfiguration":{"maximumPercent":90,"minimumHealthyPercent":50}}"#,
            message: "maximumPercent must be at least 100; found 90."),
        .init(json: #"{"healthCheckGracePeriodSeconds":-1}"#, message: "healthCheckGracePeriodSeconds must be"),
        .init(
            json: #"{"role":"ecsServiceRole"}"#,
            message: "IAM roles are only valid for services configured to use load balancers."),
        .init(
            json: #"{"launchType":"EC2","capacityProviderStrategy":[{"capacityProvider":"mine","weight":1}]}"#,
            message: "Specifying both a launch type and capacity provider strategy is not supported."),
        .init(
            json: #"{"launchType":"FARGATE"}"#, message: "Task definition does not support launch_type FARGATE."),
        .init(json: #"{"launchType":"NOPE"}"#, message: "should be one of [EC2,FARGATE,EXTERNAL"),
        .init(
            json: #"{"platformVersion":"1.4.0"}"#,
            message: "The platform version must be null when specifying an EC2 launch type."),
        .init(
            json: #"{"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}}}"#,
            message: "Network Configuration is not valid for the given networkMode of this task definition."),
        .init(
            json: #"{"placementStrategy":[{"type":"binpack","field":"x"}]}"#, message: "binpack field 'x' is invalid"),
        .init(
            json: #"{"placementConstraints":[{"type":"memberOf","expression":"x =="}]}"#, message: "Invalid expression"),
        .init(
            json:
                #"{"availabilityZoneRebalancing":"ENABLED","deploymentConfiguration":{"maximumPercent":100,"minimumHealthyPercent":0}}"#,
            message: "Availability Zone rebalancing cannot be enabled for services with a maximumPercent of 100"),
        .init(
            json: #"{"availabilityZoneRebalancing":"ENABLED","placementStrategy":[{"type":"random"}]}"#,
            message: "Availability Zone rebalancing cannot be enabled for services whose first placement strategy"),
        .init(
            json: #"{"enableExecuteCommand":true}"#,
            message: "The service couldn't be created because a valid taskRoleArn"),
        .init(
            json: #"{"deploymentController":{"type":"CODE_DEPLOY"}}"#, code: "UnsupportedFeatureException",
            message: "CODE_DEPLOY is not supported"),
        .init(json: #"{"deploymentController":{"type":"EXTERNAL"}}"#, message: "TaskDefinition must be blank"),
        .init(
            json: #"{"deploymentController":{"type":"EXTERNAL"},"taskDefinition":null,"launchType":"EC2"}"#,
            message: "launchType, capacityProviderStrategy and platformVersion are of the task sets"),
        .init(
            json: #"{"loadBalancers":[{"targetGroupArn":"arn","containerName":"app","containerPort":80}]}"#,
            message: "loadBalancers is not supported by this version of Stevedore."),
        .init(json: #"{"serviceRegistries":[{"registryArn":"arn"}]}"#, message: "serviceRegistries is not supported"),
        .init(
            json: #"{"serviceConnectConfiguration":{"enabled":true}}"#,
            message: "serviceConnectConfiguration is not supported"),
        .init(
            json: #"{"vpcLatticeConfigurations":[{"roleArn":"r","targetGroupArn":"t","portName":"p"}]}"#,
            message: "vpcLatticeConfigurations is not supported"),
        .init(json: #"{"volumeConfigurations":[{"name":"v"}]}"#, message: "volumeConfigurations is not supported"),
        .init(
            json: #"{"deploymentConfiguration":{"alarms":{"alarmNames":["a"],"enable":true,"rollback":true}}}"#,
            message: "deploymentConfiguration.alarms is not supported"),
        .init(
            json: #"{"deploymentConfiguration":{"strategy":"BLUE_GREEN","bakeTimeInMinutes":1}}"#,
            message: "deploymentConfiguration.strategy BLUE_GREEN is not supported"),
        .init(
            json: #"{"deploymentConfiguration":{"strategy":"CANARY"}}"#,
            message: "deploymentConfiguration.strategy CANARY is not supported"),
        .init(
            json: #"{"deploymentConfiguration":{"strategy":"LINEAR"}}"#,
            message: "deploymentConfiguration.strategy LINEAR is not supported"),
        .init(
            json: #"{"deploymentConfiguration":{"bakeTimeInMinutes":1}}"#,
            message: "deploymentConfiguration.bakeTimeInMinutes is not supported"),
        .init(json: #"{"tags":[{"key":"aws:x","value":"v"}]}"#, message: "reserved"),
    ]

    @Test(arguments: refusals) func refuses(refusal: Refusal) async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let gone = try await plane.registerTaskDefinition("gone", cpu: 1, memory: 6)
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": gone])
        var input: [String: Any] = ["serviceName": "s", "taskDefinition": "web:1", "desiredCount": 1]
        let more = try JSONSerialization.jsonObject(with: Data(refusal.json.utf8)) as? [String: Any]
        for (name, value) in more ?? [:] { input[name] = value is NSNull ? nil : value }
        let commits = plane.store.commits.count
        let failure = try await plane.failure("CreateService", input)
        #expect(failure.code == refusal.code)
        #expect(failure.message.contains(refusal.message), "\(failure.message)")
        #expect(plane.store.commits.count == commits, "nothing was changed")
    }

    @Test func whatAsksForNothingIsLetPass() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService(
            "s",
            [
                "loadBalancers": [], "serviceRegistries": [], "serviceConnectConfiguration": ["enabled": false],
                "volumeConfigurations": [], "vpcLatticeConfigurations": [],
                "deploymentController": ["type": "ECS"], "taskDefinition": "web",
                "deploymentConfiguration": [
                    "strategy": "ROLLING", "bakeTimeInMinutes": 0, "lifecycleHooks": [],
                    "alarms": ["alarmNames": [], "enable": false, "rollback": false],
                ],
            ])
        #expect(try await plane.describeService().text("taskDefinition").hasSuffix("web:2"))
    }
}
